"""A section's sums as linear functions of its input and of every rounding error inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import assert_never

from fxfir.filters import Direct, Form, Section, StateSpace
from fxfir.fixed import Cast

__all__ = ["INPUT", "Flow", "SectionFlow", "Weights", "section_flow", "shape", "transfer"]

INPUT = "x"
"""Name of the section's input among the sources of a flow; the others are casts."""

Weights = tuple[Fraction, ...]
Flow = Mapping[str, Weights]
"""For each source the numerator of its transfer function to a signal; all share 1 / A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionFlow:
    """What is summed, cast and fed back in one section, every cast as an error added.

    Parameters
    ----------
    a, b : tuple of Fraction, shape (2,), (3,)
        Values of the coefficients.
    sums : mapping of str to Flow
        Each exact sum by the name of the word that it becomes, as in `Form`.
    output : Flow
        y after its cast.
    casts : mapping of str to Cast
    fracs : mapping of str to int
        Fraction bits of each exact sum.
    """

    a: Weights
    b: Weights
    sums: Mapping[str, Flow]
    output: Flow
    casts: Mapping[str, Cast]
    fracs: Mapping[str, int]


def transfer(spec: Section) -> tuple[Weights, Weights]:
    """Return numerator b0, b1, b2 and denominator a1, a2 of a section, as values.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> turn = StateSpace(a=((1, -1), (1, 1)), b=(2, 0), c=(2, 0), d=0, a_coeff=SQ(2, 1),
    ...                   b_coeff=SQ(2, 1), c_coeff=SQ(2, 1), d_coeff=SQ(2, 1),
    ...                   state=Cast(to=SQ(2, 7)), out=Cast(to=SQ(2, 7)))
    >>> [[float(v) for v in part] for part in transfer(turn)]
    [[0.0, 1.0, -0.5], [-1.0, 0.5]]
    """
    if isinstance(spec, Direct):
        b = tuple(word * spec.b_coeff.step for word in spec.b)
        return b, tuple(word * spec.a_coeff.step for word in spec.a)
    a11, a12, a21, a22, b1, b2, c1, c2, d = (word * fmt.step for _, word, fmt in spec.words())
    first, second = -(a11 + a22), a11 * a22 - a12 * a21
    n1 = c1 * b1 + c2 * b2
    n2 = c1 * (a12 * b2 - a22 * b1) + c2 * (a21 * b1 - a11 * b2)
    return (d, d * first + n1, d * second + n2), (first, second)


def section_flow(spec: Section, source_frac: int) -> SectionFlow:
    """Write one section down as transfer functions.

    Parameters
    ----------
    spec : Direct or StateSpace
    source_frac : int
        Fraction bits of the section's input.

    Returns
    -------
    SectionFlow

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> half = Direct(form="df1", b=(4, 0, 0), a=(-2, 0), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...               state=None, out=Cast(to=SQ(1, 7)))
    >>> flow = section_flow(half, 7)
    >>> [float(w) for w in flow.sums["y"]["x"]], [float(w) for w in flow.sums["y"]["y"]]
    ([1.0, 0.0, 0.0], [0.0, 0.5, 0.0])
    """
    if isinstance(spec, StateSpace):
        return _equations(spec, source_frac)
    one = Fraction(1)
    b, a = transfer(spec)
    whole = (one, *a)
    x: Flow = {INPUT: whole}

    def error(name: str) -> Flow:
        return {name: whole}

    to_y, fb = spec.out.to.frac, spec.b_coeff.frac
    match spec.form:
        case Form.DF1:
            e1, e2 = spec.feedback or (0, 0)
            y: Flow = {INPUT: b, "y": (one, Fraction(e1), Fraction(e2))}
            sums = {"y": _sum(y, _times(-1, error("y")))}
            fracs = {"y": max(fb + source_frac, spec.a_coeff.frac + to_y)}
        case Form.DF2:
            w: Flow = {INPUT: (one,), "w": (one,)}
            sums = {
                "w": _sum(w, _times(-1, error("w"))),
                "y": _sum(*(_late(_times(c, w), k) for k, c in enumerate(b))),
            }
            fw = _state(spec).to.frac
            fracs = {"w": max(source_frac, spec.a_coeff.frac + fw), "y": fb + fw}
        case Form.DF1T:
            w = {INPUT: (one,), "w": (one,), "r1": (0 * one, one), "r2": (0 * one, 0 * one, one)}
            r2, t2 = _times(-a[1], w), _times(b[2], w)
            t1 = _sum(_times(b[1], w), _late(_sum(t2, error("t2"))))
            sums = {
                "w": _sum(w, _times(-1, error("w"))),
                "r1": _sum(_times(-a[0], w), _late(_sum(r2, error("r2")))),
                "r2": r2,
                "y": _sum(_times(b[0], w), _late(_sum(t1, error("t1")))),
                "t1": t1,
                "t2": t2,
            }
            fs = _state(spec).to.frac
            fa = spec.a_coeff.frac + fs
            fracs = {"w": max(source_frac, fs), "r1": max(fa, fs), "r2": fa}
            fracs |= {"y": max(fb + fs, fs), "t1": max(fb + fs, fs), "t2": fb + fs}
        case Form.DF2T:
            y = {INPUT: b, "y": (one,), "s1": (0 * one, one), "s2": (0 * one, 0 * one, one)}
            s2 = _sum(_times(b[2], x), _times(-a[1], y))
            sums = {
                "y": _sum(y, _times(-1, error("y"))),
                "s1": _sum(_times(b[1], x), _times(-a[0], y), _late(_sum(s2, error("s2")))),
                "s2": s2,
            }
            fs, fx, fa = _state(spec).to.frac, fb + source_frac, spec.a_coeff.frac + to_y
            fracs = {"y": max(fx, fs), "s1": max(fx, fa, fs), "s2": max(fx, fa)}
        case _:
            assert_never(spec.form)
    casts = {name: spec.out if name == "y" else _state(spec) for name in sums}
    return SectionFlow(
        a=a, b=b, sums=sums, output=_sum(sums["y"], error("y")), casts=casts, fracs=fracs
    )


def _equations(spec: StateSpace, source_frac: int) -> SectionFlow:
    """State equations: s = (z - A)**-1 (B x + errors), with both errors at the next sample."""
    a11, a12, a21, a22, b1, b2, c1, c2, d = (word * fmt.step for _, word, fmt in spec.words())
    b, a = transfer(spec)
    zero, one = Fraction(0), Fraction(1)
    whole = (one, *a)
    # What enters s1 or s2 reaches both, over A, one sample later.
    reaches = {
        "s1": ((zero, one, -a22), (zero, zero, a21)),
        "s2": ((zero, zero, a12), (zero, one, -a11)),
    }
    entering = {INPUT: (b1, b2), "s1": (one, zero), "s2": (zero, one)}
    s1, s2 = (
        {
            source: tuple(
                parts[0] * u + parts[1] * v
                for u, v in zip(reaches["s1"][k], reaches["s2"][k], strict=True)
            )
            for source, parts in entering.items()
        }
        for k in range(2)
    )
    exact = _sum(_times(c1, s1), _times(c2, s2), {INPUT: tuple(d * w for w in whole)})
    # A sum is what its state is a sample later, without its own error.
    sums = {
        "y": exact,
        "s1": _sum(_early(s1), {"s1": tuple(-w for w in whole)}),
        "s2": _sum(_early(s2), {"s2": tuple(-w for w in whole)}),
    }
    fs = spec.state.to.frac
    inner = max(spec.a_coeff.frac + fs, spec.b_coeff.frac + source_frac)
    fracs = {
        "y": max(spec.c_coeff.frac + fs, spec.d_coeff.frac + source_frac),
        "s1": inner,
        "s2": inner,
    }
    return SectionFlow(
        a=a,
        b=b,
        sums=sums,
        output=_sum(exact, {"y": whole}),
        casts={"y": spec.out, "s1": spec.state, "s2": spec.state},
        fracs=fracs,
    )


def _early(flow: Flow) -> Flow:
    """One sample earlier: nothing here depends on the sample itself."""
    return {source: weights[1:] for source, weights in flow.items()}


def shape(weights: Weights) -> Weights:
    """Return weights without delay and with the first one positive: equal norms, fewer to take."""
    used = [k for k, w in enumerate(weights) if w]
    if not used:
        return (Fraction(0),)
    sign = 1 if weights[used[0]] > 0 else -1
    return tuple(sign * w for w in weights[used[0] : used[-1] + 1])


def _sum(*flows: Flow) -> Flow:
    found: dict[str, Weights] = {}
    for flow in flows:
        for source, weights in flow.items():
            pairs = zip_longest(found.get(source, ()), weights, fillvalue=Fraction(0))
            found[source] = tuple(u + v for u, v in pairs)
    return found


def _times(factor: Fraction | int, flow: Flow) -> Flow:
    return {source: tuple(factor * w for w in weights) for source, weights in flow.items()}


def _late(flow: Flow, samples: int = 1) -> Flow:
    """One sample later, or more."""
    return {s: (Fraction(0),) * samples + weights for s, weights in flow.items()}


def _state(spec: Direct) -> Cast:
    if spec.state is None:
        raise ValueError(f"a {spec.form.value} section needs a state cast, got None")
    return spec.state
