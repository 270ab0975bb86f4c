"""Bad input: one sentence on stderr, status 2, nothing written, no traceback."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TAPS = ("--taps", "0.1,0.5,0.1")


def refused(ran, *words: str) -> None:
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("fxfir: ")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err


def entries() -> set[str]:
    return set(os.listdir())  # noqa: PTH208  (names only, of the folder we are in)


@pytest.mark.parametrize(
    ("taps", "words"),
    [
        ("", ["tap"]),
        ("1,nan,2", ["finite", "taps[1]"]),
        ("1,inf", ["finite", "taps[1]"]),
        ("1,2+1j", ["taps[1]"]),
        ("1,two,3", ["taps[1]", "two"]),
        ("1,,3", ["taps[1]"]),
        ("0,0,0", ["zero"]),
        ("nothere.csv", ["exist", "nothere.csv"]),
    ],
)
def test_taps(run, taps: str, words: list[str]) -> None:
    refused(run("generate", "--taps", taps, "-o", "core"), *words)
    assert entries() == set()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*TAPS, "--coeff", "Q15"), ["ambiguous", "sfix16_En15"]),
        ((*TAPS, "--coeff", "Q1.15"), ["ambiguous", "sfix16_En15", "sfix17_En15"]),
        ((*TAPS, "--input", "sfix0_En0"), ["1 bit", "sfix0_En0"]),
        ((*TAPS, "--input", "int16"), ["int16"]),
        ((*TAPS, "--output", "sfix"), ["sfix"]),
        (("--taps", "0.1,1.5", "--coeff", "sfix16_En15"), ["taps[1]", "1.5", "sfix16_En15"]),
        (("--taps", "1e-9,1e-9", "--coeff", "sfix16_En15"), ["sfix16_En15", "1e-09"]),
        ((*TAPS, "--accuracy", "noise"), ["FIR", "accuracy"]),
        ((*TAPS, "--accuracy", "faithful", "--scale-taps"), ["faithful", "scale_taps"]),
        ((*TAPS, "--accuracy", "faithful", "--optimise"), ["search", "accuracy", "faithful"]),
        ((*TAPS, "--signs", "scipy"), ["--signs goes with --sos"]),
        ((*TAPS, "--post-shift", "1"), ["--post-shift goes with --sos"]),
        ((*TAPS, "--accuracy", "exact"), ["noise", "faithful", "exact"]),
        ((*TAPS, "--rounding", "up"), ["half_even", "up"]),
        ((*TAPS, "--overflow", "clip"), ["saturate", "clip"]),
        ((*TAPS, "--arch", "magic"), ["transposed", "symmetric", "serial", "magic"]),
        ((*TAPS, "--target", "spartan"), ["generic", "spartan"]),
        ((*TAPS, "--interface", "wishbone"), ["axis", "wishbone"]),
        (("--taps", "1,2,3", "--arch", "symmetric"), ["symmetric"]),
        ((*TAPS, "--name", "always"), ["reserved", "always"]),
        ((*TAPS, "--name", "a/b"), ["identifier", "a/b"]),
        ((*TAPS, "--name", "1st"), ["identifier", "1st"]),
        ((*TAPS, "--name", "aclk"), ["ports", "aclk"]),
        ((*TAPS, "--coeff-width", "1"), ["coeff_width", "1"]),
        ((*TAPS, "--coeff", "sfix8_En7", "--coeff-width", "8"), ["coeff"]),
        ((*TAPS, "--sos", "x.csv"), ["exactly one"]),
        ((), ["exactly one"]),
        ((*TAPS, "--nonsense"), ["--nonsense"]),
        ((*TAPS, "--clock", "1e6", "--rate", "2e6"), ["rate_hz"]),
        (
            (
                *("--taps", "1,2,3,4,5", "--arch", "serial", "--multipliers", "1"),
                *("--clock", "3e6", "--rate", "1e6"),
            ),
            ["serial", "every 3 clocks", "one every 5", "2 multipliers would do"],
        ),
        ((*TAPS, "--arch", "direct", "--multipliers", "2"), ["direct", "multipliers"]),
        ((*TAPS, "--arch", "serial", "--multipliers", "0"), ["multipliers", "1 or more", "0"]),
        ((*TAPS, "--arch", "serial", "--memory", "tape"), ["memory", "block", "tape"]),
    ],
)
def test_options(run, args: tuple[str, ...], words: list[str]) -> None:
    refused(run("generate", *args, "-o", "core"), *words)
    assert entries() == set()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,2,1,0,0.5,0.2\n", ["a0", "0"]),
        ("1,2,1,1\n", ["six", "4"]),
        ("1,2,1,1,0.5,0\n1,2,1,0.5,0\n", ["first", "6", "5"]),
        ("1,2,1,1,-2.5,1.2\n", ["section 0", "radius"]),
        ("1,0,0,1,0,0\n1,2,1,1,-2,1\n", ["section 1"]),
        ("1,2,x,1,0,0\n", ["x"]),
        ("", ["section"]),
    ],
)
def test_sos(run, rows: str, words: list[str]) -> None:
    Path("f.csv").write_text(rows)
    refused(run("generate", "--sos", "f.csv", "-o", "core"), *words)
    assert entries() == {"f.csv"}


def test_sos_unstable_after_rounding(run) -> None:
    Path("f.csv").write_text("1,0,0,1,-1.9999,0.99991\n")
    refused(run("generate", "--sos", "f.csv", "-o", "core", "--coeff-width", "4"), "section 0")
    assert entries() == {"f.csv"}


def test_sos_of_wrong_shape(run) -> None:
    np.save("f.npy", np.ones((2, 3)))
    refused(run("generate", "--sos", "f.npy", "-o", "core"), "(n, 6)", "3")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"0.1\n0.2\nthree\n", ["a.csv", "line 3", "three"]),
        ("a.txt", b"0.1 0.2\n0.3 0.4.5\n", ["a.txt", "line 1", "0.1 0.2"]),
        ("a.coe", b"radix=10;\ncoefdata=1,2\n3,4;\n", ["a.coe", "line"]),
        ("a.coe", b"radix=10;\ncoefdata=1,2,3", ["a.coe"]),
        ("a.hex", b"00ff\n00zz\n", ["a.hex", "line 2", "00zz"]),
        ("a.json", b"[1, 2,", ["a.json"]),
        ("a.npy", b"\x93NUMPY broken", ["a.npy"]),
        ("a.csv", b"\xff\xfe\x00\x01", ["a.csv"]),
        ("a.csv", b"", ["a.csv"]),
    ],
)
def test_files(run, name: str, content: bytes, words: list[str]) -> None:
    Path(name).write_bytes(content)
    args = ("--coeff", "sfix16_En15") if name.endswith(("coe", "hex")) else ()
    refused(run("generate", "--taps", name, "-o", "core", *args), *words)
    assert entries() == {name}


@pytest.mark.parametrize("name", ["a.coe", "a.hex"])
def test_codes_need_a_format(run, name: str) -> None:
    Path(name).write_text("radix=10;\ncoefdata=1,2,3;\n" if name == "a.coe" else "0001\n0002\n")
    refused(run("generate", "--taps", name, "-o", "core"), "--coeff", name)


def test_a_folder_as_taps(run) -> None:
    Path("sub").mkdir()
    refused(run("generate", "--taps", "sub", "-o", "core"), "sub")


LOWPASS = '[fir]\nmethod = "window"\nkind = "lowpass"\norder = {order}\ncutoff_hz = {cutoff}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fs_hz = 8000\n" + LOWPASS.format(order=8, cutoff=0), ["cutoff_hz", "0"]),
        ("fs_hz = 8000\n" + LOWPASS.format(order=8, cutoff=4000), ["cutoff_hz", "4000"]),
        ("fs_hz = 8000\n" + LOWPASS.format(order=0, cutoff=100), ["order", "0"]),
        ("fs_hz = 8000\n" + LOWPASS.format(order=-2, cutoff=100), ["order", "-2"]),
        ("fs_hz = 8000\n[fir]\nmetod = 'window'\n", ["metod", "method"]),
        ("fs_hz = 8000\n[fir\n", ["spec.toml", "line 2"]),
        (
            (
                "fs_hz = 8000\n[fir]\nmethod = 'equiripple'\n"
                "[[band]]\nlow_hz = 0\nhigh_hz = 2000\nripple_db = 1\n"
                "[[band]]\nlow_hz = 1500\nhigh_hz = 4000\nattenuation_db = 40\n"
            ),
            ["overlap", "1500"],
        ),
        (
            (
                "fs_hz = 8000\n[fir]\nmethod = 'equiripple'\n"
                "[[band]]\nlow_hz = 3000\nhigh_hz = 4000\nattenuation_db = 40\n"
                "[[band]]\nlow_hz = 0\nhigh_hz = 2000\nripple_db = 1\n"
            ),
            ["order"],
        ),
    ],
)
def test_specs(run, text: str, words: list[str]) -> None:
    Path("spec.toml").write_text(text)
    refused(run("generate", "spec.toml", "-o", "core"), *words)
    assert entries() == {"spec.toml"}


def test_an_existing_folder_is_never_touched(run) -> None:
    Path("core").mkdir()
    Path("core/mine.txt").write_text("precious")
    refused(run("generate", *TAPS, "-o", "core"), "core", "--force")
    refused(run("generate", *TAPS, "-o", "core", "--force"), "core", "manifest.json")
    assert Path("core/mine.txt").read_text() == "precious"
    assert entries() == {"core"}


def test_a_file_in_the_way(run) -> None:
    Path("core").write_text("mine")
    refused(run("generate", *TAPS, "-o", "core", "--force"), "core")
    assert Path("core").read_text() == "mine"


def test_a_folder_that_cannot_be_written(run) -> None:
    refused(run("generate", *TAPS, "-o", "/proc/nowhere/core"), "/proc/nowhere/core")


def test_a_full_disk_leaves_nothing(run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def full(handle: int) -> None:
        seen.append(handle)
        if len(seen) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(run("generate", *TAPS, "-o", "a/b/core"), "No space left on device")
    assert entries() == set()


def test_an_interrupted_run_leaves_nothing(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    ran = run("generate", *TAPS, "-o", "core")
    assert (ran.status, ran.out, ran.err.strip()) == (130, "", "fxfir: interrupted")
    assert entries() == set()


def test_unknown_command_and_engine(run) -> None:
    refused(run("synthesize"), "design, generate, verify, simulate, analyze", "synthesize")
    assert run("generate", *TAPS, "-o", "core").status == 0
    refused(run("verify", "core", "--engine", "modelsim"), "amaranth", "icarus", "modelsim")
    refused(run("simulate", "core", "a.wav", "b.wav", "--engine", "vcs"), "icarus", "vcs")
    refused(run("verify", "nowhere"), "manifest.json", "nowhere")
    refused(run("analyze", "nowhere"), "nowhere")


def test_wav_of_wrong_shape(run) -> None:
    import wave

    assert run("generate", *TAPS, "-o", "core").status == 0
    for name, channels, width, word in (("a.wav", 2, 2, "channel"), ("b.wav", 1, 3, "24 bits")):
        with wave.open(name, "wb") as file:
            file.setparams((channels, width, 8000, 0, "NONE", ""))
            file.writeframes(bytes(channels * width * 10))
        refused(run("simulate", "core", name, "out.wav"), word)
    refused(run("simulate", "core", "none.wav", "out.wav"), "none.wav")
    assert "out.wav" not in entries()


def test_missing_simulator(run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    monkeypatch.setenv("PATH", "")
    refused(run("verify", "core", "--engine", "icarus"), "iverilog")
    np.save("in.npy", np.zeros(9, dtype=int))
    for command in (("verify", "core"), ("simulate", "core", "in.npy", "out.npy")):
        refused(run(*command, "--engine", "verilator"), "apt install g++")
    assert "out.npy" not in entries()
    assert not Path("core/evidence.json").exists()


def test_taps_from_stdin(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0.1\n0.5\n0.1\n")))
    assert run("generate", "--taps", "-", "-o", "core").status == 0


def test_no_traceback_from_a_real_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fxfir", "generate", "--taps", "1,x", "-o", "core"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        ("Filter 1: ON PK Fc 100 Hz", ("--rate", "48e3"), ["gain", "eq.txt line 1"]),
        ("Preamp: -6 dB", (), ["--rate", "--fs"]),
        ("Filter 1: ON LP Fc 30000 Hz", ("--rate", "48e3"), ["band 1", "24000", "30000"]),
        ("Filter 1: OFF LP Fc 300 Hz", ("--rate", "48e3"), ["on", "none", "eq.txt"]),
    ],
)
def test_equalisers(run, text: str, args: tuple[str, ...], words: list[str]) -> None:
    Path("eq.txt").write_text(text)
    refused(run("generate", "--eq", "eq.txt", *args, "-o", "core"), *words)
    assert entries() == {"eq.txt"}


def test_a_channel_needs_an_equaliser(run) -> None:
    refused(run("generate", *TAPS, "--eq-channel", "L", "-o", "core"), "--eq-channel", "--eq")
