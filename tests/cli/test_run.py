"""`fxfir verify`, `simulate` and `analyze` on generated cores."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import from_json
from fxfir.model import run as model_run

TAPS = ("--taps", "0.1,0.5,0.1")


def manifest(folder: str = "core") -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def noise(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, n)


@pytest.mark.sim
def test_verify(run, icarus: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("verify", "core")
    assert ran.status == 0, ran.out
    assert ran.out.endswith("core: passed\n")
    evidence = json.loads(Path("core/evidence.json").read_text())
    assert evidence["ok"] is True
    assert evidence["engines"] == ["amaranth", "icarus"]


def test_verify_in_the_model_alone_says_so(run) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("verify", "core", "--engine", "model")
    assert ran.status == 0
    assert "nothing was compared with the hardware" in ran.out


def test_verify_with_own_samples(run, seed: int) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    np.save("own.npy", noise(100, seed))
    ran = run("verify", "core", "--engine", "amaranth", "--stimulus", "own.npy")
    assert ran.status == 0, ran.out
    assert "amaranth user: 100 samples equal" in ran.out
    np.save("own.npy", np.array([0, 40000]))
    ran = run("verify", "core", "--engine", "amaranth", "--stimulus", "own.npy")
    assert ran.status == 2
    assert "40000 at sample 1" in ran.err


@pytest.mark.sim
def test_generate_and_verify_in_one(run, icarus: str) -> None:
    ran = run("generate", *TAPS, "-o", "core", "--verify")
    assert ran.status == 0
    assert "verified: passed" in ran.out


@pytest.mark.sim
def test_verify_fails_on_a_changed_core(run, icarus: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    path = Path("core/core.v")
    text = path.read_text()
    assert "3277" in text
    path.write_text(text.replace("3277", "3276"))
    ran = run("verify", "core")
    assert ran.status == 1
    assert "FAILED" in ran.out
    assert "3277" in ran.out
    assert json.loads(Path("core/evidence.json").read_text())["ok"] is False


def test_simulate_formats_agree(run, seed: int) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    samples = noise(500, seed)
    with wave.open("in.wav", "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    np.save("in.npy", samples)
    Path("in.csv").write_text("\n".join(map(str, samples)))
    samples.astype("<i2").tofile("in.raw")
    wanted = model_run(from_json(manifest()["filter"]), samples)
    for suffix in ("wav", "npy", "csv", "raw"):
        ran = run("simulate", "core", f"in.{suffix}", f"out.{suffix}")
        assert ran.status == 0, ran.err
    with wave.open("out.wav") as file:
        assert file.getframerate() == 8000
        heard = np.frombuffer(file.readframes(500), dtype="<i2")
    assert np.array_equal(heard, wanted)
    assert np.array_equal(np.load("out.npy").reshape(-1), wanted)
    assert np.array_equal(np.loadtxt("out.csv", dtype=int), wanted)
    assert np.array_equal(np.fromfile("out.raw", dtype="<i2"), wanted)


@pytest.mark.sim
@pytest.mark.parametrize("engine", ["amaranth", "icarus"])
def test_simulate_engines_give_the_model_file(run, icarus: str, engine: str, seed: int) -> None:
    assert run("generate", *TAPS, "-o", "core", "--arch", "serial").status == 0
    with wave.open("in.wav", "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(noise(300, seed).astype("<i2").tobytes())
    assert run("simulate", "core", "in.wav", "model.wav").status == 0
    assert run("simulate", "core", "in.wav", "gates.wav", "--engine", engine).status == 0
    assert Path("model.wav").read_bytes() == Path("gates.wav").read_bytes()


RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")


@pytest.mark.sim
@pytest.mark.parametrize("engine", ["verilator", "auto"])
def test_a_whole_recording_in_verilator_is_the_model_file(run, verilator: str, engine: str) -> None:
    if not RECORDING.exists():
        pytest.skip("the recording of the package alsa-utils is missing")
    assert run("generate", *TAPS, "-o", "core", "--arch", "serial").status == 0
    assert run("simulate", "core", str(RECORDING), "model.wav").status == 0
    ran = run("simulate", "core", str(RECORDING), "gates.wav", "--engine", engine)
    assert ran.status == 0, ran.err
    assert "68545 samples through verilator" in ran.out
    assert Path("model.wav").read_bytes() == Path("gates.wav").read_bytes()


@pytest.mark.sim
def test_auto_simulates_a_short_file_in_icarus(run, icarus: str, seed: int) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    np.save("in.npy", noise(50, seed))
    ran = run("simulate", "core", "in.npy", "out.npy", "--engine", "auto")
    assert ran.status == 0, ran.err
    assert "50 samples through icarus" in ran.out


def test_analyze(run) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("analyze", "core")
    assert ran.status == 0, ran.err
    assert "certified error" in ran.out
    said = json.loads(run("analyze", "core", "--json").out)
    assert said["error_lsb"] <= manifest()["bounds"]["error_lsb"]
    assert said["snr_db"] > 80


def test_analyze_sos(run) -> None:
    Path("f.toml").write_text(
        'fs_hz = 2\n[sos]\nfamily = "butter"\norder = 4\nkind = "lowpass"\ncutoff_hz = 0.3\n'
    )
    ran = run("analyze", "f.toml")
    assert ran.status == 0, ran.err
    assert "section 1" in ran.out
    assert run("generate", "f.toml", "-o", "core").status == 0
    said = json.loads(run("analyze", "core", "--json").out)
    assert 0.5 < said["error_lsb"] <= manifest()["bounds"]["error_lsb"] < 10
    assert len(said["sections"]) == 2
    assert all(section["radius"] < 1 for section in said["sections"])


def test_an_overflow_inside_a_cascade_is_said_with_what_holds_without(run) -> None:
    spec = 'fs_hz = 2\n[sos]\nfamily = "ellip"\norder = 6\nkind = "lowpass"\ncutoff_hz = 0.25\n'
    Path("f.toml").write_text(spec + "ripple_db = 0.1\nattenuation_db = 60\n")
    ran = run("generate", "f.toml", "-o", "core")
    assert ran.status == 0, ran.err
    assert "output LSB unless a word inside overflows: y of section" in ran.out
    bounds = manifest()["bounds"]
    assert bounds["error_lsb"] is None
    assert bounds["linear_lsb"] < 10
    assert "none: y of section" in run("analyze", "core").out
    assert run("generate", "f.toml", "-o", "roomy", "--norm", "l1").status == 0
    assert manifest("roomy")["bounds"]["error_lsb"] < 10


FAITHFUL = """fs_hz = 48000
[sos]
bands = [{ kind = "low_shelf", frequency_hz = 105, gain_db = 5.5, q = 0.7 }]
preamp_db = -6.0
[words]
accuracy = "faithful"
[hardware]
arch = "serial"
"""


def test_a_faithful_core_is_within_one_lsb_and_runs(run) -> None:
    Path("f.toml").write_text(FAITHFUL)
    ran = run("generate", "f.toml", "-o", "core")
    assert ran.status == 0, ran.err
    assert manifest()["bounds"]["error_lsb"] < 1
    ran = run("verify", "core", "--engine", "amaranth", "--samples", "300")
    assert ran.status == 0, ran.err


def test_a_faithful_core_that_needs_more_bits_is_refused_with_how_many(run) -> None:
    Path("f.toml").write_text(FAITHFUL.replace("faithful", "noise"))
    ran = run("generate", "f.toml", "-o", "core", "--accuracy", "faithful", "--coeff-width", "20")
    assert ran.status == 2
    assert "coeff_width must allow 31 bits for a faithful output (section 0), got 20" in ran.err
    assert not Path("core").exists()


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_plot(run, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("analyze", "core", "--plot", f"response.{suffix}")
    assert ran.status == 0, ran.err
    assert Path(f"response.{suffix}").stat().st_size > 1000


def test_plot_to_an_unknown_suffix(run) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("analyze", "core", "--plot", "response.xyz")
    assert ran.status == 2
    assert "xyz" in ran.err


@pytest.mark.sim
def test_mutation_sample(run, icarus: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("verify", "core", "--engine", "model", "--mutate", "--mutants", "3", "--json")
    said = json.loads(ran.out)
    assert ran.status == 0, ran.out
    assert said["mutation"]["n_survived"] == 0
    assert said["mutation"]["n_killed"] + said["mutation"]["n_equivalent"] >= 3


@pytest.mark.sim
def test_a_bench_that_looks_away_lets_mutants_live(run, icarus: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    bench = Path("core/core_tb.v")
    bench.write_text(
        'module core_tb; initial begin $display("PASS core: 0 samples"); $finish; end\nendmodule\n'
    )
    ran = run("verify", "core", "--engine", "model", "--mutate", "--mutants", "3", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["mutation"]["n_survived"] > 0
