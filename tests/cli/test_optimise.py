"""`fxfir generate --optimise` and `--meet-mask`: words, widths, lengths, and interruptions."""

import json
from pathlib import Path

import numpy as np
import pytest

from fxfir.quantize.optimise.descent import Descent

LOWPASS = """fs_hz = 2
band = [{ high_hz = 0.3, ripple_db = 0.4 }, { low_hz = 0.42, attenuation_db = 40 }]
"""
OPTIONS = ("--effort", "2")


def manifest(folder: str = "core") -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def keeps(taps: list[int], frac: int) -> bool:
    """Judge the low-pass by its own sums on a grid 64 times as dense as the search's."""
    omega = np.linspace(0, np.pi, 64 * 16 * len(taps) + 1)
    size = np.abs(np.fft.rfft(np.array(taps, dtype=float), 2 * (len(omega) - 1))) / 2.0**frac
    passed, stopped = size[omega <= 0.3 * np.pi], size[omega >= 0.42 * np.pi]
    return bool(
        passed.min() >= 10 ** (-0.4 / 20)
        and passed.max() <= 10 ** (0.4 / 20)
        and stopped.max() <= 0.01
    )


def test_meet_mask_finds_fewer_bits_than_rounding_needs(run) -> None:
    Path("f.toml").write_text(LOWPASS + "fir = { n_taps = 33 }\n")
    ran = run("generate", "f.toml", "-o", "core", "--meet-mask", "--effort", "4", "--json")
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    assert said["mask"]["met"]
    search = said["search"][0]
    made = manifest()["filter"]
    width = int(made["coeff"].split("_")[0].removeprefix("sfix"))
    assert width < search["rounding_width"]
    assert keeps(made["taps"], int(made["coeff"].split("_En")[1]))
    rows = {row["width"]: row for row in search["widths"]}
    assert rows[width]["met"]
    assert not rows[width - 1]["met"]
    assert rows[width]["rounded_db"] < 0 <= rows[width]["found_db"]
    assert manifest()["source"]["lanes"][0]["search"] == search


def test_open_lengths_are_traded_for_bits(run) -> None:
    Path("f.toml").write_text(LOWPASS + '[optimise]\nmeet_mask = "width"\neffort = 2\n')
    ran = run("generate", "f.toml", "-o", "core")
    assert ran.status == 0, ran.err
    assert "best of its kind" in ran.out
    made = manifest()
    rows = made["source"]["lanes"][0]["search"]["pareto"]
    width = int(made["filter"]["coeff"].split("_")[0].removeprefix("sfix"))
    assert width == min(row["width"] for row in rows)
    fewest = min(rows, key=lambda row: row["n_taps"])
    assert fewest["best"]
    ran = run("generate", "f.toml", "-o", "few", "--meet-mask", "taps", "--plot-trade", "x.png")
    assert ran.status == 2
    assert "--plot-trade goes with --meet-mask width" in ran.err
    assert not Path("few").exists()
    ran = run("generate", "f.toml", "-o", "few", "--meet-mask", "taps")
    assert len(manifest("few")["filter"]["taps"]) == fewest["n_taps"]


def test_taps_against_bits_are_drawn(run) -> None:
    pytest.importorskip("matplotlib")
    Path("f.toml").write_text(LOWPASS)
    options = ("--meet-mask", "--effort", "1", "--plot-trade", "t.svg")
    ran = run("generate", "f.toml", "-o", "c", *options)
    assert ran.status == 0, ran.err
    text = Path("t.svg").read_text()
    assert "coefficient bits" in text


def test_fewer_adders_of_a_multiplierless_core(run) -> None:
    Path("f.toml").write_text(
        LOWPASS + 'fir = { n_taps = 33 }\nhardware = { arch = "multiplierless" }\n'
    )
    counts = {}
    for name, options in {"rounded": (), "searched": ("--optimise", "--effort", "3")}.items():
        ran = run("generate", "f.toml", "-o", name, "--coeff-width", "12", *options)
        assert ran.status == 0, ran.err
        assert "MISSED" not in ran.out
        counts[name] = len(manifest(name)["architecture"]["graph"]["adders"])
    assert counts["searched"] <= counts["rounded"] - 5


def test_a_searched_core_passes_verify(run) -> None:
    Path("f.toml").write_text(LOWPASS + "[optimise]\neffort = 2\n[words]\ncoeff_width = 10\n")
    ran = run("generate", "f.toml", "-o", "core")
    assert ran.status == 0, ran.err
    assert Path("core/spec.toml").exists()
    ran = run("verify", "core", "--engine", "amaranth", "--samples", "200")
    assert ran.status == 0, ran.err


def test_taps_without_a_mask_against_their_own_response(run) -> None:
    taps = "0.11,-0.23,0.37,0.59,0.31,-0.07"
    ran = run(
        "generate", "--taps", taps, "-o", "core", "--coeff-width", "6", "--optimise", *OPTIONS
    )
    assert ran.status == 0, ran.err
    before, after = (manifest()["source"]["lanes"][0]["search"][key] for key in ("before", "after"))
    assert after <= before


def test_proven_words_are_called_optimal(run) -> None:
    Path("f.toml").write_text(LOWPASS + "fir = { n_taps = 15 }\n")
    options = ("--optimise", "--prove", "--coeff-width", "6", *OPTIONS)
    ran = run("generate", "f.toml", "-o", "core", *options)
    assert ran.status == 0, ran.err
    assert "; optimal" in ran.out


def test_an_interrupted_search_writes_the_best_so_far(run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("f.toml").write_text(LOWPASS + "fir = { n_taps = 33 }\n")
    descend, calls = Descent.run, []

    def interrupt(self: Descent, state: object) -> object:
        calls.append(state)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return descend(self, state)

    monkeypatch.setattr(Descent, "run", interrupt)
    ran = run("generate", "f.toml", "-o", "core", "--optimise", "--coeff-width", "9")
    assert ran.status == 130
    assert "interrupted, the best words so far are written" in ran.err
    assert "INTERRUPTED" in ran.out
    search = manifest()["source"]["lanes"][0]["search"]
    assert search["interrupted"]
    assert search["after"] <= search["before"]
    assert len(manifest()["filter"]["taps"]) == 33


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (LOWPASS, ("--optimise", "best"), "goal must be one of"),
        (LOWPASS, ("--optimise", "--effort", "11"), "effort must be at most 10, got 11"),
        (LOWPASS, ("--effort", "3"), "--effort goes with --optimise or --meet-mask"),
        (LOWPASS, ("--meet-mask", "bits"), "meet_mask must be one of width, taps"),
        (
            LOWPASS,
            ("--meet-mask", "--coeff-width", "9"),
            "meet_mask finds the coefficient width, got coeff_width = 9",
        ),
        (LOWPASS, ("--optimise", "--coeff-width", "41"), "at most 40 coefficient bits"),
        (
            LOWPASS + "fir = { n_taps = 11 }\n",
            ("--meet-mask", "--effort", "1"),
            "32 coefficient bits must meet the mask, got the band at 0.42-1 Hz missed by",
        ),
        (
            "fir = { taps = [0.1, 0.5, 0.1] }",
            ("--meet-mask",),
            "meet_mask needs bands with ripple_db or attenuation_db, got none",
        ),
        (
            "fir = { taps = [0.1, 0.5, 0.1] }",
            ("--optimise", "adders"),
            "goal 'adders' needs bands with ripple_db or attenuation_db, got none",
        ),
        (LOWPASS + "[optimise]\nefort = 3\n", (), "effort"),
    ],
)
def test_bad_input(run, text: str, options: tuple[str, ...], message: str) -> None:
    Path("f.toml").write_text(text)
    ran = run("generate", "f.toml", "-o", "core", *options)
    assert ran.status == 2
    assert message in ran.err
    assert not Path("core").exists()


def test_a_faithful_filter_has_its_worst_input_in_the_vectors(run) -> None:
    ran = run("generate", "--taps", "0.1,0.237,0.1", "-o", "core", "--accuracy", "faithful")
    assert ran.status == 0, ran.err
    assert manifest()["bounds"]["error_lsb"] < 1
    vectors = json.loads(Path("core/vectors.json").read_text())
    assert "worst_error" in [part["name"] for part in vectors["stimuli"]]
