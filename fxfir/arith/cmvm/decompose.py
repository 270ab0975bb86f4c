"""Rows of a matrix as differences of other rows, where that takes fewer signed digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fxfir.arith.adder import Form
from fxfir.arith.csd import csd
from fxfir.arith.mcm.universe import Ints

__all__ = ["Decomposition", "butterflies", "plain", "spanning_tree"]

_SHIFTS = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """Rows as sums of inputs and of other rows: rows = direct @ inputs + links @ rows.

    Parameters
    ----------
    direct : sequence of tuple of int, shape (n_rows, n_inputs)
        What each row takes from the inputs.
    links : sequence of tuple of int, shape (n_rows, n_rows)
        What each row takes from other rows, never in a circle.
    n_outputs : int
        The first rows are the outputs; the rest only serves them.
    """

    direct: tuple[Form, ...]
    links: tuple[Form, ...]
    n_outputs: int


def plain(matrix: Sequence[Form]) -> Decomposition:
    """Return every row made of inputs only."""
    n = len(matrix)
    return Decomposition(
        direct=tuple(tuple(row) for row in matrix),
        links=tuple((0,) * n for _ in matrix),
        n_outputs=n,
    )


def butterflies(given: Decomposition) -> Decomposition:
    """Replace pairs of rows by their half sum and half difference where that saves digits.

    Mirrored bands, b(z) and b(-z), share all even taps and negate the odd ones: two rows that
    hold each tap twice become two that hold it once. Pairs of largest saving first, and again
    among the new rows.
    """
    direct = [np.array(row, dtype=object) for row in given.direct]
    links = [list(row) for row in given.links]
    free = set(range(len(direct)))
    while True:
        best = (0, 0, 0, 0)
        for i in sorted(free):
            for j in sorted(free):
                if i < j:
                    total, less = direct[i] + direct[j], direct[i] - direct[j]
                    if not all(v % 2 == 0 for v in total):
                        continue
                    saving = (
                        _digits(direct[i])
                        + _digits(direct[j])
                        - _digits(total // 2)
                        - _digits(less // 2)
                        - 2
                    )
                    if saving > best[0]:
                        best = (saving, i, j, 0)
        if not best[0]:
            break
        _, i, j, _ = best
        n = len(direct)
        direct += [(direct[i] + direct[j]) // 2, (direct[i] - direct[j]) // 2]
        zero = direct[i] * 0
        links = [[*row, 0, 0] for row in links] + [[0] * (n + 2), [0] * (n + 2)]
        for row, sign in ((i, 1), (j, -1)):
            direct[row] = zero
            links[row][n], links[row][n + 1] = 1, sign
        free -= {i, j}
        free |= {n, n + 1}
    return Decomposition(
        direct=tuple(tuple(int(v) for v in row) for row in direct),
        links=tuple(map(tuple, links)),
        n_outputs=given.n_outputs,
    )


def spanning_tree(given: Decomposition) -> Decomposition:
    """Let rows be another row, shifted and signed, plus a rest, where the rest has fewer digits.

    The tree of least total digits from the zero row (Prim's), over the rows that read inputs only.

    References
    ----------
    .. [1] C. Sun et al., "da4ml: Distributed arithmetic for real-time neural networks on FPGAs",
       ACM TRETS 2025, section on decomposition: the tree over columns, without shifts.
    """
    links = [list(row) for row in given.links]
    rows = [k for k, row in enumerate(given.links) if not any(row) and any(given.direct[k])]
    values = {k: np.array(given.direct[k], dtype=object) for k in rows}
    rests = dict(values)
    parents: dict[int, tuple[int, int]] = {}
    cost = {k: _digits(values[k]) for k in rows}
    while cost:
        parent = min(cost, key=lambda k: (cost[k], k))
        del cost[parent]
        for k in cost:
            for shift in _SHIFTS:
                for factor in (1 << shift, -(1 << shift)):
                    rest = values[k] - factor * values[parent]
                    digits = _digits(rest) + 1
                    if digits < cost[k]:
                        cost[k], rests[k], parents[k] = digits, rest, (parent, factor)
    for k, (parent, factor) in parents.items():
        links[k][parent] = factor
    return Decomposition(
        direct=tuple(
            tuple(int(v) for v in rests[k]) if k in rests else row
            for k, row in enumerate(given.direct)
        ),
        links=tuple(map(tuple, links)),
        n_outputs=given.n_outputs,
    )


def _digits(row: Ints) -> int:
    return sum(len(csd(int(v))) for v in row)
