"""Impulse responses in integers: what decides the worst-case stimulus of any filter.

Only signs and rough sizes matter here, so casts are left out; integers keep the result the same
on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from fxfir.arith.flow import INPUT, section_flow, transfer
from fxfir.arith.reach import cascade_reach
from fxfir.errors import FilterError
from fxfir.filters import (
    Bank,
    Clip,
    Direct,
    FirMatrix,
    FixedFir,
    FixedSos,
    Interleave,
    Node,
    Parallel,
    Requantise,
    Section,
    Select,
    Series,
    Sum,
    SwitchedFir,
    Table,
)

__all__ = ["inner_responses", "memory", "recursive_response", "responses"]

_FRAC = 64
"""Fraction bits of a response; enough for poles whose decay takes thousands of samples."""
_CAP = 384
"""A recursive response is cut here: the worst case of a longer one would cost too many samples."""

Response = tuple[int, ...]


def responses(node: Node) -> tuple[tuple[Response, ...], ...]:
    """Return the linear impulse response of every pair of lanes.

    Parameters
    ----------
    node : Node

    Returns
    -------
    tuple of tuple of tuple of int, shape (n_out, n_in, length)
        Units of 2**-64; lengths differ, and a lane that an input does not reach has length 0.
        Of channels in turn, that of the first filter, its samples a frame apart.
        A recursive response ends where what follows adds less than 1/256 of its sum, or after
        384 samples.

    Raises
    ------
    FilterError
        If the node is of an unknown type.
    """
    match node:
        case FixedFir(taps=taps, coeff=coeff):
            return ((tuple(_scale(c, coeff.frac) for c in taps),),)
        case SwitchedFir(taps=sets, coeff=coeff):
            # As long as the sets are, with the signs of the loudest; each has windows of its own.
            loudest = max(sets, key=lambda row: sum(map(abs, row)))
            return ((tuple(_scale(c, coeff.frac) for c in loudest), ()),)
        case FirMatrix():
            return responses(node.expanded())
        case FixedSos(sections=sections):
            return ((_trim(reduce(_section, sections, (1 << _FRAC,))),),)
        case Requantise() | Clip() | Table():
            # What is not linear counts as a wire.
            return (((1 << _FRAC,),),)
        case Select():
            return (((1 << _FRAC,),) * node.count + ((),),)
        case Sum():
            return (((1 << _FRAC,),) * node.n_in,)
        case Series(stages=stages):
            return reduce(_chain, (responses(s) for s in stages))
        case Interleave(filters=filters, channels=channels):
            return tuple(tuple(_spread(h, channels) for h in row) for row in responses(filters[0]))
        case Bank(filters=filters):
            return tuple(row for f in filters for row in responses(f))
        case Parallel(filters=filters):
            rows: list[tuple[Response, ...]] = []
            before = 0
            for f in filters:
                after = node.n_in - before - f.n_in
                rows += [((),) * before + row + ((),) * after for row in responses(f)]
                before += f.n_in
            return tuple(rows)
        case _:
            raise FilterError(f"a stimulus needs a filter it knows, got {type(node).__name__}")


def memory(node: Node) -> int:
    """Return the number of samples after which an input has (all but) left the outputs.

    Examples
    --------
    >>> from fxfir.fixed import Cast, SQ
    >>> memory(FixedFir(taps=(1, 2, 1), coeff=SQ(3, 0), input=SQ(8, 0), output=Cast(to=SQ(8, 0))))
    3
    """
    if isinstance(node, Interleave):
        return max(memory(f) for f in node.filters) * node.channels
    return max(1, *(len(h) for row in responses(node) for h in row), 1)


def recursive_response(a: tuple[int, ...], frac: int, drive: Response, length: int) -> Response:
    """Filter `drive` by 1 / (1 + a1 z^-1 + a2 z^-2).

    Parameters
    ----------
    a : tuple of int, shape (2,)
        Words a1, a2 with `frac` fraction bits.
    frac : int
    drive : tuple of int
        Input, zero past its end.
    length : int
        Samples to return.
    """
    a1, a2 = (_scale(c, frac) for c in a)
    w1 = w2 = 0
    out = []
    for n in range(length):
        x = drive[n] if n < len(drive) else 0
        w1, w2 = x - ((a1 * w1 + a2 * w2) >> _FRAC), w1
        out.append(w1)
    return tuple(out)


def inner_responses(sos: FixedSos) -> list[Response]:
    """Return the responses from the input to the sums inside a cascade, the loudest places first.

    Parameters
    ----------
    sos : FixedSos

    Returns
    -------
    list of tuple of int
        Of each sum before a cast, in units of 2**-64, cut where what follows adds less than 1/32
        of the sum. Sections of which a cast may overflow come first, see
        `fxfir.arith.reach.cascade_reach`.
    """
    first: list[Response] = []
    then: list[Response] = []
    drive: Response = (1 << _FRAC,)
    parts = zip(sos.sections, sos.section_inputs, cascade_reach(sos), strict=True)
    for section, source, reach in parts:
        w = _recursive(section, drive)
        found = first if reach is None else then
        for flow in section_flow(section, source.frac).sums.values():
            weights = [int(v * (1 << _FRAC)) for v in flow[INPUT]]
            found.append(_trim(_weighted(weights, w), bits=5))
        drive = _section(drive, section)
    return [h for h in first + then if any(h)]


def _section(drive: Response, section: Section) -> Response:
    """Response of one more section; the cap bounds the whole cascade."""
    if isinstance(section, Direct):
        weights = [_scale(c, section.b_coeff.frac) for c in section.b]
    else:
        weights = [int(v * (1 << _FRAC)) for v in transfer(section)[0]]
    return _weighted(weights, _recursive(section, drive))


def _recursive(section: Section, drive: Response) -> Response:
    if isinstance(section, Direct):
        return recursive_response(section.a, section.a_coeff.frac, drive, _CAP)
    frac = 2 * section.a_coeff.frac
    a1, a2 = (int(v * Fraction(2) ** frac) for v in transfer(section)[1])
    return recursive_response((a1, a2), frac, drive, _CAP)


def _weighted(weights: Sequence[int], w: Response) -> Response:
    return tuple(
        sum(c * w[n - k] for k, c in enumerate(weights) if n >= k) >> _FRAC for n in range(len(w))
    )


def _trim(h: Response, *, bits: int = 8) -> Response:
    """Cut the tail that adds less than 2**-bits of the sum."""
    tails = list(accumulate(abs(v) for v in reversed(h)))
    limit = tails[-1] >> bits
    keep = len(h) - sum(t <= limit for t in tails)
    return h[: max(keep, 1)]


def _chain(
    first: tuple[tuple[Response, ...], ...], then: tuple[tuple[Response, ...], ...]
) -> tuple[tuple[Response, ...], ...]:
    """Matrix product of responses, convolution for product."""
    n_in = len(first[0])
    return tuple(
        tuple(
            _sum([_convolve(row[m], first[m][i]) for m in range(len(first))]) for i in range(n_in)
        )
        for row in then
    )


def _spread(h: Response, channels: int) -> Response:
    """Put a channel's samples a frame apart."""
    found = [0] * (channels * (len(h) - 1) + 1)
    found[::channels] = h
    return tuple(found)


def _convolve(g: Response, h: Response) -> Response:
    if not g or not h:
        return ()
    full: Any = np.convolve(np.array(g, dtype=object), np.array(h, dtype=object))
    return tuple(int(v) >> _FRAC for v in full)


def _sum(parts: list[Response]) -> Response:
    length = max(len(p) for p in parts)
    return tuple(sum(p[n] for p in parts if n < len(p)) for n in range(length))


def _scale(code: int, frac: int) -> int:
    return code << (_FRAC - frac) if frac <= _FRAC else code >> (frac - _FRAC)
