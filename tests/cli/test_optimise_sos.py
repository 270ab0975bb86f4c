"""`fxfir generate --optimise` and `--meet-mask` of cascades."""

import json
from pathlib import Path

import pytest

from bench import dense
from fxfir.quantize.optimise.sos import _Walk

MASK = """fs_hz = 48000
band = [{ high_hz = 3000, ripple_db = 0.5 }, { low_hz = 5000, attenuation_db = 50 }]
"""
OPEN = MASK + 'sos = { family = "ellip" }\n'
GIVEN = """fs_hz = 2
sos = { family = "ellip", order = 4, kind = "lowpass", cutoff_hz = 0.2, ripple_db = 0.5, \
attenuation_db = 40 }
""".replace("\\\n", "")


def manifest(folder: str = "core") -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def test_words_of_a_given_width(run) -> None:
    Path("s.toml").write_text(GIVEN)
    options = ("--optimise", "--coeff-width", "10", "--effort", "2")
    ran = run("generate", "s.toml", "-o", "core", *options)
    assert ran.status == 0, ran.err
    search = manifest()["source"]["lanes"][0]["search"]
    assert search["after"] <= search["before"]


def test_the_fewest_bits_that_meet_a_mask(run) -> None:
    Path("s.toml").write_text(OPEN)
    ran = run("generate", "s.toml", "-o", "core", "--meet-mask", "--effort", "3")
    assert ran.status == 0, ran.err
    search = manifest()["source"]["lanes"][0]["search"]
    assert search["width"] < search["rounding_width"]
    rows = {row["width"]: row for row in search["widths"]}
    assert rows[search["width"]]["met"]
    assert not rows[search["width"] - 1]["met"]
    assert "coefficient words keep the response" not in ran.err
    for section in manifest()["filter"]["sections"]:
        for name in ("a_coeff", "b_coeff"):
            assert int(section[name].split("_")[0].removeprefix("sfix")) <= search["width"]
    assert dense.main(["core"]) == 0
    ran = run("verify", "core", "--engine", "amaranth", "--samples", "200")
    assert ran.status == 0, ran.err


def test_widths_whose_rounded_poles_leave_the_circle_are_said(run) -> None:
    Path("s.toml").write_text(
        "fs_hz = 48000\n"
        "band = [{ high_hz = 100, ripple_db = 0.5 }, { low_hz = 1000, attenuation_db = 30 }]\n"
        'sos = { family = "ellip" }\n'
    )
    ran = run("generate", "s.toml", "-o", "core", "--meet-mask", "--effort", "2")
    assert ran.status == 0, ran.err
    assert "unstable" in ran.out


def test_an_interrupted_search_writes_the_best_so_far(run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("s.toml").write_text(OPEN)
    down, calls = _Walk.down, []

    def interrupt(self: _Walk, words: object) -> object:
        calls.append(words)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return down(self, words)

    monkeypatch.setattr(_Walk, "down", interrupt)
    ran = run("generate", "s.toml", "-o", "core", "--meet-mask", "--effort", "3")
    assert ran.status == 130
    assert "INTERRUPTED" in ran.out
    assert manifest()["source"]["lanes"][0]["search"]["interrupted"]
    assert dense.main(["core"]) == 0


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (GIVEN, ("--meet-mask",), "meet_mask needs bands with ripple_db or attenuation_db"),
        (OPEN, ("--meet-mask", "taps"), "meet_mask 'taps' serves FIR filters"),
        (OPEN, ("--meet-mask", "--coeff-width", "9"), "got coeff_width = 9"),
        (OPEN, ("--meet-mask", "--accuracy", "faithful"), "got accuracy 'faithful'"),
        (GIVEN, ("--optimise", "adders"), "goal 'adders' serves FIR filters"),
        (GIVEN, ("--optimise", "--accuracy", "faithful"), "got accuracy 'faithful'"),
        (
            MASK + "sos = { rows = [[0.1, 0.1, 0, 1, -0.8, 0]] }\n",
            ("--meet-mask",),
            "32 coefficient bits must meet the mask, got the band at 5000-24000 Hz missed by",
        ),
    ],
)
def test_bad_input(run, text: str, options: tuple[str, ...], message: str) -> None:
    Path("s.toml").write_text(text)
    ran = run("generate", "s.toml", "-o", "other", *options)
    assert ran.status == 2
    assert message in ran.err
    assert not Path("other").exists()
