"""The comparison of bench/silicon.py: budgets fail, goals are marked, rows are refused by name."""

import json
import sys
from pathlib import Path

import pytest

from bench import silicon
from fxfir.errors import ArchitectureError

FOUND = {"dsp": 5, "comb": 100, "ff": 200, "ram": 0, "fmax_mhz": 210.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"comb": 105}, []),
        ({"comb": 106}, ["comb 106, budget 100"]),
        ({"ff": 211}, ["ff 211, budget 200"]),
        ({"dsp": 6}, ["dsp 6, budget 5"]),
        ({"ram": 1}, ["ram 1, budget 0"]),
        ({"fmax_mhz": 1.0}, []),
    ],
)
def test_more_than_five_percent_of_area_is_over(change: dict[str, int], words: list[str]) -> None:
    assert silicon.over(FOUND, {**FOUND, **change}) == words


def test_a_row_without_a_budget_is_not_over() -> None:
    assert silicon.over(None, FOUND) == []


def test_goals() -> None:
    goal = {"dsp": 5, "comb": 99, "fmax_mhz": 211}
    assert silicon.missed(goal, FOUND) == ["comb", "fmax_mhz"]
    assert silicon.missed({"fmax_mhz": 1}, {**FOUND, "fmax_mhz": None}) == ["fmax_mhz"]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the bench with figures made up: status and what it prints."""
    monkeypatch.setattr(silicon, "BUDGET", tmp_path / "budget.json")

    def call(figures, *args: str) -> tuple[int, str]:
        monkeypatch.setattr(silicon, "measure", figures)
        monkeypatch.setattr(sys, "argv", ["silicon.py", "--only", "lowpass9", *args])
        return silicon.main(), capsys.readouterr().out

    return call


def test_a_regression_fails_and_an_update_takes_it(bench) -> None:
    assert bench(lambda *_: FOUND, "--update")[0] == 0
    assert json.loads(silicon.BUDGET.read_text())["lowpass9 half_up"] == FOUND
    assert bench(lambda *_: FOUND)[0] == 0
    status, said = bench(lambda *_: {**FOUND, "comb": 110})
    assert status == 1
    assert said.count("OVER BUDGET: comb 110, budget 100") == 2
    assert bench(lambda *_: {**FOUND, "comb": 110}, "--update")[0] == 0
    assert bench(lambda *_: {**FOUND, "comb": 110})[0] == 0


def test_an_architecture_that_is_not_there_is_told(bench) -> None:
    def refuse(*_: object) -> None:
        raise ArchitectureError("architecture must be one of direct, got 'multiplierless'")

    status, said = bench(refuse)
    assert status == 0
    assert said.count("not there yet: architecture must be") == 2


def test_the_reference_filters_are_symmetric() -> None:
    for case in silicon.CASES.values():
        taps = silicon.reference_taps(case.n_taps)
        assert len(taps) == case.n_taps
        assert taps == taps[::-1]
