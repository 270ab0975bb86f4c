"""`fxfir generate` and `fxfir design`: what they write and say."""

import json
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import FixedFir, from_json

FILES = {
    "{n}.v",
    "manifest.json",
    "vectors.json",
    "test_{n}.py",
    "{n}_tb.v",
    "Makefile",
    "{n}.core",
    "coefficients.csv",
    "README.md",
}


def manifest(folder: str = "core") -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def test_the_files(run) -> None:
    ran = run("generate", "--taps", "1,2,3", "-o", "lp")
    assert ran.status == 0
    assert {p.name for p in Path("lp").iterdir()} == {name.format(n="lp") for name in FILES}
    assert [p.name for p in Path().iterdir()] == ["lp"]


def test_taps_are_real_values(run) -> None:
    assert run("generate", "--taps", "1,2,3", "-o", "core").status == 0
    fir = from_json(manifest()["filter"])
    assert isinstance(fir, FixedFir)
    assert [tap * fir.coeff.step for tap in fir.taps] == [1, 2, 3]
    assert str(fir.coeff) == "sfix16_En13"
    assert str(fir.input) == str(fir.output.to) == "sfix16_En15"


def test_spaces_commas_and_a_leading_minus(run) -> None:
    assert run("generate", "--taps", "-0.25 0.5, 0.25", "-o", "core").status == 0
    assert manifest()["source"]["lanes"][0]["ideal"] == [-0.25, 0.5, 0.25]


def test_the_gain_changes_only_when_asked(run) -> None:
    assert run("generate", "--taps", "0.3,0.3", "-o", "a").status == 0
    assert manifest("a")["source"]["lanes"][0]["gain"] == "1"
    ran = run("generate", "--taps", "0.3,0.3", "-o", "b", "--scale-taps")
    assert ran.status == 0
    assert "gain x" in ran.out
    assert manifest("b")["filter"]["taps"] == [32767, 32767]


def test_exceeding_the_output_is_said_with_the_format_that_fits(run) -> None:
    ran = run("generate", "--taps", "1,1", "-o", "core")
    assert ran.status == 0
    assert "sfix17_En15 fits" in ran.err


@pytest.mark.parametrize("suffix", ["csv", "txt", "npy", "json"])
def test_the_same_taps_from_any_file(run, suffix: str) -> None:
    taps = [0.1, 0.5, -0.25]
    path = Path(f"taps.{suffix}")
    if suffix == "npy":
        np.save(path, taps)
    elif suffix == "json":
        path.write_text(json.dumps(taps))
    else:
        path.write_text("\n".join(map(str, taps)))
    assert run("generate", "--taps", str(path), "-o", "core").status == 0
    assert run("generate", "--taps", "0.1,0.5,-0.25", "-o", "same/core").status == 0
    assert Path("core/core.v").read_bytes() == Path("same/core/core.v").read_bytes()


def test_codes(run) -> None:
    Path("a.coe").write_text("radix=16;\ncoefdata=ffff,\n7fff,0001;\n")
    assert run("generate", "--taps", "a.coe", "--coeff", "sfix16_En15", "-o", "core").status == 0
    assert manifest()["filter"]["taps"] == [-1, 32767, 1]


@pytest.mark.parametrize("arch", ["direct", "transposed", "serial"])
def test_numbers_do_not_depend_on_the_architecture(run, arch: str) -> None:
    assert run("generate", "--taps", "3,1,4,1,5", "-o", "auto").status == 0
    assert run("generate", "--taps", "3,1,4,1,5", "-o", "other", "--arch", arch).status == 0
    assert manifest("other")["architecture"]["name"] == arch
    assert manifest("auto")["filter"] == manifest("other")["filter"]
    vectors = [json.loads(Path(d, "vectors.json").read_text()) for d in ("auto", "other")]
    assert vectors[0] == vectors[1]


def test_auto(run) -> None:
    for taps, name in (("1,2,1", "symmetric"), ("1,0,-1", "symmetric"), ("1,2,3", "transposed")):
        assert run("generate", "--taps", taps, "-o", "core", "--force").status == 0
        assert manifest()["architecture"]["name"] == name


def test_ports_of_both_interfaces(run) -> None:
    assert run("generate", "--taps", "1,2", "-o", "core", "--input", "ufix12_En0").status == 0
    assert {p["name"]: p["width"] for p in manifest()["ports"]}["s_axis_tdata"] == 16
    args = ("--interface", "stream", "--no-backpressure", "--input", "ufix12_En0")
    assert run("generate", "--taps", "1,2", "-o", "core", "--force", *args).status == 0
    ports = {p["name"]: p["width"] for p in manifest()["ports"]}
    assert ports["i_payload"] == 12
    assert "o_ready" not in ports
    assert "i_ready" in ports


def test_force_replaces_the_core_and_keeps_other_files(run) -> None:
    assert run("generate", "--taps", "1,2", "-o", "core", "--name", "old").status == 0
    Path("core/notes.txt").write_text("mine")
    assert (
        run("generate", "--taps", "1,2,3", "-o", "core", "--name", "next_", "--force").status == 0
    )
    names = {p.name for p in Path("core").iterdir()}
    assert names == {name.format(n="next_") for name in FILES} | {"notes.txt"}
    assert [p.name for p in Path().iterdir()] == ["core"]


MASK = """
name = "lp"
fs_hz = 8000
[[band]]
high_hz = 1000
ripple_db = 0.5
[[band]]
low_hz = 1500
attenuation_db = {attenuation}
[words]
coeff_width = {width}
"""


def test_a_mask(run) -> None:
    Path("lp.toml").write_text(MASK.format(attenuation=50, width=16))
    ran = run("generate", "lp.toml", "-o", "core", "--strict", "--json")
    assert ran.status == 0
    said = json.loads(ran.out)
    assert said["mask"]["met"] is True
    assert Path("core/spec.toml").read_text() == Path("lp.toml").read_text()


def test_a_spec_that_needs_another_file_is_not_kept(run) -> None:
    Path("taps.csv").write_text("0.1\n0.5\n0.1\n")
    Path("lp.toml").write_text('[fir]\nfile = "taps.csv"\n')
    assert run("generate", "lp.toml", "-o", "core").status == 0
    assert not Path("core/spec.toml").exists()
    Path("bank.toml").write_text('[[bank]]\nfir = { file = "taps.csv" }\n')
    assert run("generate", "bank.toml", "-o", "bank").status == 0
    assert not Path("bank/spec.toml").exists()


def test_a_missed_mask_warns_and_is_strict_when_asked(run) -> None:
    Path("lp.toml").write_text(MASK.format(attenuation=70, width=6))
    ran = run("generate", "lp.toml", "-o", "core")
    assert ran.status == 0
    assert "mask is missed" in ran.err
    assert "MISSED" in ran.out
    ran = run("generate", "lp.toml", "-o", "strict", "--strict")
    assert ran.status == 3
    assert not Path("strict").exists()


def test_the_words_get_the_taps_that_their_rounding_costs(run) -> None:
    Path("lp.toml").write_text(MASK.format(attenuation=50, width=16))
    least = len(json.loads(run("design", "lp.toml", "--json").out)["lanes"][0]["taps"])
    said = json.loads(run("generate", "lp.toml", "-o", "core", "--json").out)
    assert said["mask"]["met"] is True
    assert least < said["n_taps"] <= least + 8
    assert "more than the float design needs" in said["notes"][0]


def test_design_writes_what_generate_reads(run) -> None:
    text = MASK.format(attenuation=50, width=16)
    Path("lp.toml").write_text(text.replace("[[band]]", "[fir]\nn_taps = 45\n[[band]]", 1))
    assert run("design", "lp.toml", "-o", "taps.csv").status == 0
    assert run("generate", "lp.toml", "-o", "a/lp").status == 0
    assert run("generate", "--taps", "taps.csv", "-o", "b/lp").status == 0
    assert Path("a/lp/lp.v").read_bytes() == Path("b/lp/lp.v").read_bytes()
    assert run("design", "lp.toml", "-o", "taps.csv").status == 2
    assert run("design", "lp.toml", "-o", "taps.csv", "--force").status == 0


def test_design_says_the_verdict(run) -> None:
    Path("lp.toml").write_text(MASK.format(attenuation=50, width=16))
    said = json.loads(run("design", "lp.toml", "--json").out)
    assert said["lanes"][0]["mask"]["met"] is True
    assert "met, margin" in run("design", "lp.toml").out


def test_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    for seed, folder in (("1", "a"), ("2", "b")):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "fxfir",
                "generate",
                "--taps",
                "3,1,4,1,5",
                "-o",
                f"{folder}/lp",
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
    names = sorted(p.name for p in (tmp_path / "a/lp").iterdir())
    for name in names:
        assert (tmp_path / "a/lp" / name).read_bytes() == (tmp_path / "b/lp" / name).read_bytes()


def test_an_equaliser_file_becomes_a_cascade(run) -> None:
    text = "Preamp: -6 dB\nFilter 1: ON PK Fc 1000 Hz Gain 6 dB Q 1\nFilter 2: ON NO Fc 50 Hz Q 8"
    Path("eq.txt").write_text(text)
    assert run("generate", "--eq", "eq.txt", "--rate", "48000", "-o", "core").status == 0
    made = manifest()
    assert (made["filter"]["type"], len(made["filter"]["sections"])) == ("FixedSos", 2)
    assert made["source"]["fs_hz"] == 48000
    assert made["source"]["lanes"][0]["method"] == "equaliser"


def test_a_serial_filter_keeps_the_pace_with_few_multipliers(run) -> None:
    taps = ("--taps", ",".join(map(str, [*range(1, 9), *range(8, 0, -1)])), "--arch", "serial")
    pace = ("--clock", "100e6", "--rate", "30e6")
    given = {
        (): {"fold": True, "multipliers": 1, "memory": "distributed"},
        pace: {"fold": True, "multipliers": 3, "memory": "distributed"},
        (*pace, "--no-fold"): {"fold": False, "multipliers": 6, "memory": "distributed"},
        (*pace, "--multipliers", "4"): {"fold": True, "multipliers": 4, "memory": "distributed"},
        ("--memory", "block"): {"fold": True, "multipliers": 1, "memory": "block"},
    }
    for options, architecture in given.items():
        assert run("generate", *taps, *options, "-o", "core", "--force").status == 0
        assert manifest()["architecture"] == {"name": "serial", **architecture}
        timing = manifest()["timing"]
        assert timing["interval"] == -(-(16 >> architecture["fold"]) // architecture["multipliers"])
        assert timing["interval"] <= 3 or "--clock" not in options


def test_structure_and_inner_words_of_a_cascade(run) -> None:
    Path("s.csv").write_text("0.0004,0.0008,0.0004,1,-1.95,0.952\n")
    given = ("generate", "--sos", "s.csv", "--structure", "df1_feedback", "--guard-bits", "3")
    assert run(*given, "-o", "core").status == 0
    section = manifest()["filter"]["sections"][0]
    assert (section["form"], section["feedback"]) == ("df1", [-2, 1])
    assert section["out"]["to"].endswith("_En18")
    given = ("generate", "--sos", "s.csv", "--form", "df1", "--section-width", "21")
    assert run(*given, "--no-error-feedback", "-o", "core", "--force").status == 0
    section = manifest()["filter"]["sections"][0]
    assert section["feedback"] is None
    assert section["out"]["to"].startswith("sfix21_")


def test_a_mixed_cascade_names_its_forms(run) -> None:
    Path("s.csv").write_text("1,0,0,1,-0.5,0.1\n0.0004,0.0008,0.0004,1,-1.95,0.952\n")
    ran = run("generate", "--sos", "s.csv", "--structure", "auto", "-o", "core")
    assert ran.status == 0
    forms = dict.fromkeys(s["form"] for s in manifest()["filter"]["sections"])
    assert f"2 sections, form {', '.join(forms)};" in ran.out
    assert ran.out.count(" before ") == 2


def test_a_cascade_in_normal_form_is_written_and_analysed(run) -> None:
    Path("s.csv").write_text("0.0004,0.0008,0.0004,1,-1.95,0.952\n")
    given = ("--sos", "s.csv", "--structure", "normal")
    ran = run("generate", *given, "-o", "core")
    assert ran.status == 0
    assert "1 section, form state_space;" in ran.out
    assert manifest()["filter"]["sections"][0]["type"] == "StateSpace"
    assert "s0.a11,127795,sfix18_En17," in Path("core/coefficients.csv").read_text()
    ran = run("generate", *given, "--arch", "serial", "-o", "other")
    assert ran.status == 0
    assert manifest("other")["architecture"]["name"] == "serial"
    Path("s.toml").write_text("""
fs_hz = 48000
[sos]
rows = [[0.0004, 0.0008, 0.0004, 1, -1.95, 0.952]]
[words]
structure = "normal"
""")
    ran = run("analyze", "s.toml")
    assert ran.status == 0
    assert "state_space, b sfix2_En0" in ran.out
