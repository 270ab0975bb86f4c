"""Filters of several inputs and outputs as compositions of the contract."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.filters import Bank, FirMatrix, FixedFir, Node, Parallel
from fxfir.fixed import Cast, Format

__all__ = ["fir_node"]


def fir_node(
    codes: Sequence[Sequence[Sequence[float]]],
    formats: Sequence[Format],
    *,
    input: Format,
    output: Cast,
    groups: int,
    offsets: Sequence[float] | None,
) -> Node:
    """Return the filter of tap words [n_out][n_in / groups][n_taps].

    Parameters
    ----------
    codes : nested sequences of integers
    formats : sequence of Format, shape (n_out,)
        Of each output's taps.
    input : Format
    output : Cast
    groups : int
    offsets : sequence of integers, shape (n_out,), or None
        Added to each output's exact sum, in its units.

    Raises
    ------
    TapsError
        If an output has no tap but zeros.
    """
    each = len(codes) // groups
    taps = [[tuple(map(int, row)) for row in channels] for channels in codes]
    constants = [0] * len(codes) if offsets is None else [int(v) for v in offsets]
    nodes: list[Node] = []
    for first in range(0, len(codes), each):
        own = range(first, first + each)
        if len(taps[first]) > 1:
            nodes.append(
                _matrix(
                    [taps[k] for k in own],
                    [formats[k] for k in own],
                    input,
                    output,
                    [constants[k] for k in own],
                )
            )
            continue
        rows: list[Node] = [
            FixedFir(taps=taps[k][0], coeff=formats[k], input=input, output=output)
            if offsets is None
            else _row(taps[k], formats[k], input, output, constants[k])
            for k in own
        ]
        nodes.append(rows[0] if each == 1 else Bank(filters=tuple(rows)))
    return nodes[0] if groups == 1 else Parallel(filters=tuple(nodes))


def _row(
    taps: Sequence[tuple[int, ...]], coeff: Format, input: Format, output: Cast, offset: int
) -> Node:
    """Return one output of one input with an offset: a filter that drops no bit, and a sum."""
    lanes = [FirMatrix(taps=[taps], coeff=coeff, input=input, output=output, offsets=(offset,))]
    return lanes[0].expanded()


def _matrix(
    rows: Sequence[Sequence[tuple[int, ...]]],
    formats: Sequence[Format],
    input: Format,
    output: Cast,
    offsets: Sequence[int],
) -> FirMatrix:
    """Return the outputs of a group, their taps at the finest binary point of all."""
    frac = max(fmt.frac for fmt in formats)
    shifts = [frac - fmt.frac for fmt in formats]
    taps = [
        [tuple(c << shift for c in part) for part in row]
        for row, shift in zip(rows, shifts, strict=True)
    ]
    coeff = formats[0]
    if any(shifts):
        words = [c for row in taps for part in row for c in part]
        coeff = Format.holding(min(words), max(words), frac)
    moved = tuple(v << shift for v, shift in zip(offsets, shifts, strict=True))
    return FirMatrix(taps=taps, coeff=coeff, input=input, output=output, offsets=moved)
