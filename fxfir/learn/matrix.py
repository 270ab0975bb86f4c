"""Filters of several inputs and outputs as compositions of the contract."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.filters import Bank, Clip, FixedFir, Node, Parallel, Requantise, Series, Sum
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
        If a filter that is alone has no tap but zeros.
    """
    each = len(codes) // groups
    rows: list[Node] = []
    for k, (channels, coeff) in enumerate(zip(codes, formats, strict=True)):
        taps = [tuple(map(int, row)) for row in channels]
        if len(taps) == 1 and offsets is None:
            rows.append(FixedFir(taps=taps[0], coeff=coeff, input=input, output=output))
        else:
            rows.append(_row(taps, coeff, input, output, 0 if offsets is None else int(offsets[k])))
    parts = [rows[k : k + each] for k in range(0, len(rows), each)]
    nodes: list[Node] = [part[0] if each == 1 else Bank(filters=tuple(part)) for part in parts]
    return nodes[0] if groups == 1 else Parallel(filters=tuple(nodes))


def _row(
    taps: Sequence[tuple[int, ...]], coeff: Format, input: Format, output: Cast, offset: int
) -> Node:
    """Return one output: a filter on every channel that drops no bit, and their sum."""
    lanes = [_exact(row, coeff, input) for row in taps]
    first = lanes[0] if len(lanes) == 1 else Parallel(filters=tuple(lanes))
    return Series(stages=(first, Sum(inputs=first.outputs, output=output, offset=offset)))


def _exact(taps: tuple[int, ...], coeff: Format, input: Format) -> Node:
    frac = input.frac + coeff.frac
    if not any(taps):
        # A channel that an output does not hear, at the binary point of the others.
        zero = Clip(input=input, lo=0, hi=0)
        to = Format(signed=input.signed, width=2, frac=frac)
        return Series(stages=(zero, Requantise(input=input, cast=Cast(to=to))))
    sums = [sum(op(c * input.lo, c * input.hi) for c in taps) for op in (min, max)]
    acc = Format.holding(sums[0], sums[1], frac)
    return FixedFir(taps=taps, coeff=coeff, input=input, output=Cast(to=acc))
