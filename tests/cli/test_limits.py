"""Input beyond what any filter needs, files that never end, and streams that are closed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TAPS = ("--taps", "0.1,0.5,0.1")
SECTION = "1,0,0,1,-1.9,0.95\n"
WINDOW = 'fs_hz = 8000\n[fir]\nmethod = "window"\nkind = "lowpass"\ncutoff_hz = 1000\n'


def refused(ran, *words: str) -> None:
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("fxfir: ")
    assert ran.err.count("\n") == 1, ran.err
    for word in words:
        assert word in ran.err, ran.err
    assert not Path("core").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*TAPS, "--input", "sfix257_En0"), ["input", "256 bits", "sfix257_En0"]),
        ((*TAPS, "--output", "sfix16_En513"), ["output", "512", "sfix16_En513"]),
        ((*TAPS, "--coeff", "sfix16_E513"), ["coeff", "-512", "sfix16_E513"]),
        ((*TAPS, "--input", "sfix" + "9" * 5000), ["input", "must look like"]),
        ((*TAPS, "--input", "ufix\uff11\uff16_En1"), ["input", "must look like"]),
        ((*TAPS, "--coeff-width", "257"), ["coeff_width", "at most 256", "257"]),
        ((*TAPS, "--form", "df1"), ["FIR filter has no form", "'df1'"]),
        ((*TAPS, "--seed", "-1"), ["--seed", "-1"]),
        (("--taps", "1e-300"), ["largest coefficient", "1e-300"]),
        (("--taps", "1e308,1e308"), ["largest coefficient", "1e+308"]),
        (("--taps", "1/3"), ["numbers", "'1/3'"]),
        (("nothere.toml",), ["a file must exist", "nothere.toml"]),
        (("--taps", "/dev/zero"), ["at most 64 MiB", "/dev/zero"]),
    ],
)
def test_absurd_options(run, args: tuple[str, ...], words: list[str]) -> None:
    refused(run("generate", *args, "-o", "core"), *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fir = {taps = [1" + "0" * 5000 + "]}", ["too many digits"]),
        (WINDOW + "order = 10\nbeta = 1e6", ["beta", "at most 100"]),
        (WINDOW + "order = 10\nscale = 1", ["scale", "true or false"]),
        (WINDOW + "order = 1000000", ["n_taps", "at most 32768"]),
        (WINDOW + "attenuation_db = 50\ntransition_hz = 1e-6", ["at most 20000 taps"]),
        (WINDOW + "attenuation_db = 500\ntransition_hz = 100", ["attenuation_db", "at most 400"]),
        ("fir = {taps = [1]}\n[words]\nguard_bits = 0", ["FIR filter has no guard_bits", "0"]),
        ("sos = {rows = [[1,0,0,1,0,0]]}\n[words]\nguard_bits = 9999", ["guard_bits", "256"]),
        ("sos = {rows = [[1e-300,0,0,1,0,0]]}", ["largest coefficient", "1e-300"]),
        ("sos = {rows = [[1,0,0,1,1e300,0]]}", ["largest coefficient", "1e+300"]),
        (
            (
                'fs_hz = 8000\nfir = {method = "raised_cosine", symbol_hz = 1, rolloff = 0.5, '
                "span_symbols = 1000}"
            ),
            ["span_symbols", "1000"],
        ),
        (
            (
                "fs_hz = 8000\nfir = {n_taps = 20000}\n"
                "[[band]]\nhigh_hz = 1000\n[[band]]\nlow_hz = 1500\ngain = 0"
            ),
            ["at most 4096 taps", "20000"],
        ),
    ],
)
def test_absurd_specifications(run, text: str, words: list[str]) -> None:
    Path("spec.toml").write_text(text)
    refused(run("generate", "spec.toml", "-o", "core"), *words)


def test_sections_must_fit_the_format_asked_for(run) -> None:
    Path("sos.csv").write_text(SECTION)
    sos = ("generate", "--sos", "sos.csv", "-o", "core", "--coeff")
    refused(run(*sos, "sfix16_En15"), "must fit sfix16_En15", "section 0")
    refused(run(*sos, "ufix16_En14"), "must fit ufix16_En14", "a1 = -1.9")
    assert run(*sos, "sfix16_En14").status == 0


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_the_specification_is_kept_whatever_its_encoding(run, encoding: str) -> None:
    text = "# caf\xe9\nfir = {taps = [0.1, 0.5, 0.1]}\n"
    Path("spec.toml").write_bytes(text.encode(encoding))
    assert run("generate", "spec.toml", "-o", "core").status == 0
    assert Path("core/spec.toml").read_text(encoding="utf-8") == text


def test_a_percent_sign_is_no_comment(run) -> None:
    Path("taps.csv").write_text("50%\n3\n")
    refused(run("generate", "--taps", "taps.csv", "-o", "core"), "line 1", "50%")
    Path("taps.csv").write_text("% half\n0.5 % centre\n0.25,% last\n")
    assert run("generate", "--taps", "taps.csv", "-o", "core").status == 0
    manifest = json.loads(Path("core/manifest.json").read_text())
    assert manifest["source"]["lanes"][0]["ideal"] == [0.5, 0.25]


def test_sample_files_that_cannot_be_meant(run) -> None:
    assert run("generate", *TAPS, "-o", "made", "--fs", "8000").status == 0
    Path("in.csv").write_text("nan\n")
    refused(run("simulate", "made", "in.csv", "out.csv"), "integer", "nan", "line 1")
    Path("in.csv").write_text("9" * 5000 + "\n")
    refused(run("simulate", "made", "in.csv", "out.csv"), "integer", "line 1")
    header = b"fmt " + (16).to_bytes(4, "little")
    header += np.array([1, 1], "<u2").tobytes() + np.array([8000, 16000], "<u4").tobytes()
    header += np.array([2, 16], "<u2").tobytes() + b"data" + (3).to_bytes(4, "little")
    Path("in.wav").write_bytes(
        b"RIFF" + (40).to_bytes(4, "little") + b"WAVE" + header + b"\1\2\3\0"
    )
    refused(run("simulate", "made", "in.wav", "out.wav"), "whole frames of 2 bytes", "got 3 bytes")
    assert not list(Path().glob("*out*"))


def test_links(run) -> None:
    Path("loop").symlink_to("loop")
    refused(run("generate", *TAPS, "-o", "loop"), "writable", "loop")
    Path("link").symlink_to("place")
    assert run("generate", *TAPS, "-o", "link").status == 0
    assert Path("place/link.v").is_file()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_folder_that_cannot_be_written_is_one_sentence_even_with_notes(run) -> None:
    ran = run("generate", "--taps", "1,2", "-o", "/proc/nowhere")
    refused(ran, "writable", "/proc/nowhere")


def test_a_full_disk_below_a_wav_is_one_sentence(run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("generate", *TAPS, "-o", "made", "--fs", "8000").status == 0
    Path("in.csv").write_text("1\n" * 100)
    from fxfir.spec.samples import part

    real = os.fdopen

    def full(handle: int, mode: str):
        file = real(handle, mode)

        def write(data: bytes) -> int:
            raise OSError(28, "No space left on device")

        wrapped = type("Full", (), {"write": staticmethod(write)})()
        for name in ("close", "tell", "seek", "flush"):
            setattr(wrapped, name, getattr(file, name))
        return wrapped

    monkeypatch.setattr(part.os, "fdopen", full)
    refused(run("simulate", "made", "in.csv", "out.wav"), "writable", "No space left")
    assert not list(Path().glob("*out*"))


@pytest.mark.parametrize(
    ("shell", "status"),
    [
        ("{} generate --taps 0.1,0.5,0.1 -o made | true", 0),
        ("{} generate --taps 0.1,0.5,0.1 -o made >&-", 0),
        ("{} generate --taps 0.1,0.5,0.1 -o made 2>&-", 0),
        ("{} generate --taps nan -o made 2>&-", 2),
        ("{} generate --taps - -o made <&-", 2),
        ("{} --help | true", 0),
    ],
)
def test_closed_streams(tmp_path: Path, shell: str, status: int) -> None:
    command = shell.format(f"{sys.executable} -m fxfir")
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == status, ran
    assert "Traceback" not in ran.stderr
    assert (tmp_path / "made/manifest.json").is_file() == (status == 0 and "--help" not in shell)
