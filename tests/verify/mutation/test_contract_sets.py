"""Filters whose coefficients are lists of lists: every bit of every word is changed."""

from fxfir.filters import FirMatrix, SwitchedFir, to_json
from fxfir.fixed import SQ, Cast
from fxfir.verify.mutation.contract import contract_changes

AT = {"coeff": SQ(1, 2), "input": SQ(1, 7), "output": Cast(to=SQ(1, 7))}


def tap_places(node) -> set[str]:
    changes = [c for c in contract_changes(to_json(node)) if c[0] == "tap bit"]
    assert len(changes) == 3 * len({where.split(":")[0] for _, where, _ in changes})
    return {where.split(":")[0] for _, where, _ in changes}


def test_sets():
    node = SwitchedFir(taps=((1, -2), (3, 2)), **AT)
    assert tap_places(node) == {f"taps[{k}][{i}]" for k in range(2) for i in range(2)}


def test_matrices():
    node = FirMatrix(taps=[[[1], [2]]], **AT)
    assert tap_places(node) == {"taps[0][0][0]", "taps[0][1][0]"}
