"""Rows and columns of a matrix that are others, shifted or negated: what they cost is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fxfir.arith.adder import Form, Term, valuation

__all__ = ["Reduced", "reduce_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """A matrix without zero and without repeated rows and columns.

    Parameters
    ----------
    matrix : tuple of tuple of int, shape (n_rows, n_columns)
        Neither a row nor a column is another one times a power of two, or its negative.
    inputs : tuple of tuple of Term, shape (n_columns,)
        What each column multiplies: the sum of these terms of the given inputs. Mirrored taps
        meet here: such a sum is the pre-adder of a symmetric filter.
    outputs : tuple of (Term or None)
        Each given row as a term whose node is a row of `matrix`; None is a row of zeros.
    """

    matrix: tuple[Form, ...]
    inputs: tuple[tuple[Term, ...], ...]
    outputs: tuple[Term | None, ...]


def reduce_matrix(matrix: Sequence[Form]) -> Reduced:
    """Return what is left of a matrix when repeats are taken out.

    Parameters
    ----------
    matrix : sequence of tuple of int, shape (n_outputs, n_inputs)

    Examples
    --------
    >>> reduced = reduce_matrix([(3, 5, 3), (6, 10, 6)])
    >>> reduced.matrix, len(reduced.inputs[0])
    (((3, 5),), 2)
    """
    rows, outputs = _distinct(matrix)
    columns, places = _distinct(tuple(zip(*rows, strict=True)))
    inputs: list[list[Term]] = [[] for _ in columns]
    for k, place in enumerate(places):
        if place is not None:
            inputs[place.node].append(Term(node=k, shift=place.shift, negative=place.negative))
    return Reduced(
        matrix=tuple(zip(*columns, strict=True)),
        inputs=tuple(map(tuple, inputs)),
        outputs=outputs,
    )


def _distinct(rows: Sequence[Form]) -> tuple[tuple[Form, ...], tuple[Term | None, ...]]:
    known: dict[Form, int] = {}
    places: list[Term | None] = []
    for row in rows:
        if not any(row):
            places.append(None)
            continue
        shift = valuation(row)
        negative = next(c for c in row if c) < 0
        base = tuple(-(c >> shift) if negative else c >> shift for c in row)
        places.append(Term(node=known.setdefault(base, len(known)), shift=shift, negative=negative))
    return tuple(known), tuple(places)
