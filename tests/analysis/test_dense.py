"""bench/dense.py, the independent judge of masks: right on known responses, and it sees lies."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import ellip, sosfreqz

from bench import dense, quantise, quantise_cases
from fxfir.analysis import judge_filter
from fxfir.design import lowpass
from fxfir.filters.serial import to_json
from fxfir.quantize import quantize_fir, quantize_sos
from fxfir.spec import Band, Mask

MASK = Mask(
    fs_hz=2.0,
    bands=(
        Band(low_hz=0, high_hz=0.3, ripple_db=0.5),
        Band(low_hz=0.42, high_hz=1.0, attenuation_db=40),
    ),
)


def test_a_known_response() -> None:
    mask = Mask(fs_hz=2.0, bands=(Band(low_hz=0, high_hz=0.1, ripple_db=1.0),))
    found = dense.judge(dense.fir((1, 1), 1), mask.to_json())
    assert found.margin_db == pytest.approx(1 + 20 * math.log10(math.cos(0.05 * math.pi)))
    assert found.error == pytest.approx(1 - math.cos(0.05 * math.pi))
    # The gain is divided out before anything is measured.
    doubled = dense.judge(dense.fir((1, 1), 0), mask.to_json(), 2.0)
    assert doubled == found


def test_sections_are_read_as_their_manifest_has_them() -> None:
    made = quantize_sos(ellip(6, 0.4, 45, 0.3, output="sos"), coeff_width=14)
    factors = dense.factors_of(to_json(made.filter))
    rows = [
        [*(v * 2.0**-f.b_frac for v in f.b), *(v * 2.0**-f.a_frac for v in f.a)] for f in factors
    ]
    omega = np.linspace(0.01, 3.0, 50)
    wanted = sosfreqz(np.array(rows), omega)[1]
    assert dense._at(factors, omega / (2 * np.pi)) == pytest.approx(wanted)
    said = judge_filter(MASK, made.filter)
    found = dense.judge(factors, MASK.to_json())
    assert found.met == said.passed
    assert found.margin_db == pytest.approx(said.margin_db, abs=1e-3)


def test_a_lobe_between_points_of_a_coarse_grid_is_seen() -> None:
    made = quantize_fir(lowpass(41, 0.36, fs_hz=2.0).taps, coeff_width=14)
    filter = made.filter
    said = judge_filter(MASK, filter)
    found = dense.judge(dense.fir(filter.taps, filter.coeff.frac), MASK.to_json())
    assert quantise.agrees(said, found)
    changed = list(filter.taps)
    changed[3] += 64
    broken = dense.judge(dense.fir(changed, filter.coeff.frac), MASK.to_json())
    assert not quantise.agrees(said, broken)


def test_a_verdict_that_lies_is_counted() -> None:
    filter = quantize_fir(lowpass(41, 0.36, fs_hz=2.0).taps, coeff_width=14).filter
    said = judge_filter(MASK, filter)
    found = dense.judge(dense.fir(filter.taps, filter.coeff.frac), MASK.to_json())
    lies = [replace(b, margin_db=b.margin_db + 0.01) for b in said.bands]
    assert not quantise.agrees(replace(said, bands=tuple(lies)), found)
    unproven = [replace(b, proven=False) for b in said.bands]
    assert not quantise.agrees(replace(said, bands=tuple(unproven)), found)
    missed = [replace(b, margin_db=-b.margin_db) for b in said.bands]
    assert not quantise.agrees(replace(said, bands=tuple(missed)), found)


def test_a_published_case_beside_its_numbers(tmp_path: Path, capsys) -> None:
    case = {
        "name": "tiny",
        "bands": [0, 0.3, 0.6, 1],
        "desired": [1, 0],
        "weights": [1, 1],
        "taps": 11,
        "bits": 6,
        "naive": 0.05,
        "best_known": 0.04,
        "fquantizer": {"zero": 0.041, "extrema": 0.042, "afp": 0.043, "total_ms": 1},
    }
    row = quantise_cases.run_case(case, 1, 0)
    assert row.optimal
    assert quantise_cases.agrees(row)
    assert not quantise_cases.agrees(replace(row, claimed=row.claimed * 0.99))
    assert not quantise_cases.agrees(replace(row, bound=row.error * 1.01))
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [case]}))
    assert quantise_cases.run_cases(path, 1, 0, None) == 0
    assert "0.041           -           -" in capsys.readouterr().out


def test_a_core_folder_is_judged(tmp_path: Path, capsys) -> None:
    filter = quantize_fir(lowpass(41, 0.36, fs_hz=2.0).taps, coeff_width=14).filter
    lane = {"mask": MASK.to_json(), "gain": "1"}
    manifest = {"filter": to_json(filter), "source": {"lanes": [lane]}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    met = judge_filter(MASK, filter).passed
    assert dense.main([str(tmp_path)]) == (0 if met else 1)
    manifest["filter"]["taps"][20] += 2000
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert dense.main([str(tmp_path)]) == 1
    assert "MISSED" in capsys.readouterr().out
