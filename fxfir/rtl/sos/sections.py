"""One second-order section in each of the four direct forms, one sample per clock.

The recursive loop takes one clock edge. Products by the numerator stand outside of it, in
transposed order: each is registered once, and sections with b0 = +-b2 share it. What a loop adds
before its late product, the rounding constant included, is summed in parallel to that product.
Registers named `..._q` hold feed-forward data and are not reset; everything else is history.
"""

from __future__ import annotations

from typing import Any, assert_never

from amaranth.hdl import Module, Value

from fxfir.arith.reach import SectionReach
from fxfir.filters import Form, Section, StateSpace
from fxfir.rtl.arith import node
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.clamped import clamped
from fxfir.rtl.sos.equations import EQUATION_STAGES, equations
from fxfir.rtl.sos.feedback import errors
from fxfir.rtl.sos.paced import paced, paced_equations, paced_stages
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.site import Adders, Site
from fxfir.rtl.sos.terms import (
    Output,
    Term,
    bias,
    hold,
    load,
    plain,
    total,
)

__all__ = ["STAGES", "Output", "section", "stages"]

STAGES: dict[Form, int] = {Form.DF1: 3, Form.DF2: 3, Form.DF1T: 4, Form.DF2T: 3}
"""Pipeline stages of one section in a direct form."""


def stages(spec: Section, clocks: int = 1) -> int:
    """Return how many pipeline stages a section takes at `clocks` edges for each sample."""
    if clocks > 1:
        return paced_stages(spec, clocks)
    return EQUATION_STAGES if isinstance(spec, StateSpace) else STAGES[spec.form]


def section(
    m: Module,
    pipe: Pipe,
    spec: Section,
    x: Term,
    name: str,
    reach: SectionReach | None = None,
    *,
    limits_in_sum: bool = False,
    adders: Adders = Adders.NONE,
    clocks: int = 1,
    platform: Any = None,
) -> Output:
    """Build one section.

    Parameters
    ----------
    m : Module
    pipe : Pipe
        Gets `stages(spec, clocks)` stages.
    spec : Direct or StateSpace
    x : Term
        The section's input, from a register of the pipeline or the core's own input.
    name : str
        Prefix of all names.
    reach : mapping of str to Reach, optional
        What the section's sums can be; without it they are taken to be independent.
    limits_in_sum : bool, optional
        Build it as `fxfir.rtl.sos.clamped`; y is then gates behind the last stage's register.
    adders : Adders, optional
        Which products are additions and shifts.
    clocks : int, optional
        Edges at least from sample to sample, by which the loop may be cut.
    platform : object, optional
        What `elaborate` was given.

    Returns
    -------
    Output
        y with the range of its sum, at most that of `spec.out.to`.
    """
    if isinstance(spec, StateSpace):
        if clocks > 1:
            return paced_equations(m, pipe, spec, x, name, reach or {}, adders, clocks)
        return equations(m, pipe, spec, x, name, reach or {}, adders)
    site = Site(m=m, pipe=pipe, spec=spec, name=name, reach=reach or {}, adders=adders)
    if clocks > 1:
        return paced(site, x, clocks)
    if limits_in_sum:
        return clamped(site, x, platform)
    match spec.form:
        case Form.DF1:
            return _df1(site, x)
        case Form.DF2:
            return _df2(site, x)
        case Form.DF1T:
            return _df1t(site, x)
        case Form.DF2T:
            return _df2t(site, x)
        case _:
            assert_never(spec.form)


def _df1(site: Site, x: Term) -> Output:
    m, spec = site.m, site.spec
    b0, b1, b2 = site.products(x)
    y = site.state("y")
    a1, a2 = site.denominator(y, "ay", late=True)
    rule = Preround(spec.out, frac=_frac(b0, b1, b2, a1, a2))
    rounded = errors(site, rule)
    move = site.pipe.stage()
    feed = [*b0, *site.older(b1, b2, move), *rounded.constant]
    turn = site.pipe.stage()
    # y2 itself is never stored: its product is, one edge before it is needed.
    early = [
        *site.stored(feed, "feed_q", move, data=True),
        *rounded.beside(a2, turn),
        *rounded.latest,
    ]
    following = rounded.cast(site.late(early, a1, "next"), turn)
    load(m, y, following, turn)
    entering = node.sized(plain(following).value, y.value.lo, y.value.hi)
    return Output(entering=Term(value=entering, frac=y.frac), held=y)


def _df2(site: Site, x: Term) -> Output:
    m = site.m
    turn = site.pipe.stage()
    w = site.state("w")
    a1, a2 = site.denominator(w, "aw", late=True)
    rule = Preround(site.state_cast, frac=_frac([x], a1, a2))
    early = [x, *site.stored(a2, "a2w2", turn), *bias(rule)]
    load(m, w, site.cast(rule, "w", [site.late(early, a1, "w")], "w_next"), turn)
    return _numerator(site, w)


def _df2t(site: Site, x: Term) -> Output:
    m, spec = site.m, site.spec
    b0, b1, b2 = site.products(x)
    s1, s2 = site.state("s1"), site.state("s2")
    out = Preround(spec.out, frac=_frac(b0, [s1]))
    # The products of y are needed for the binary points before y exists.
    af1, af2 = (
        [spec.a_coeff.frac + spec.out.to.frac - node.odd_part(a)[1]] if a else [] for a in spec.a
    )
    keep1 = Preround(site.state_cast, frac=max([*af1, _frac(b1, [s2])]))
    keep2 = Preround(site.state_cast, frac=max([*af2, *(t.frac for t in b2)], default=0))
    move = site.pipe.stage()
    feed0 = site.stored([*b0, *bias(out)], "feed0_q", move, data=True)
    feed1 = site.stored([*b1, *bias(keep1)], "feed1_q", move, data=True)
    feed2 = site.stored([*b2, *bias(keep2)], "feed2_q", move, data=True)
    turn = site.pipe.stage()
    y = site.cast(out, "y", [*feed0, s1], "next")
    a1, a2 = site.denominator(y, "ay")
    load(m, s1, site.cast(keep1, "s1", [total([*feed1, s2]), *a1], "s1_next"), turn)
    load(m, s2, site.cast(keep2, "s2", [*feed2, *a2], "s2_next"), turn)
    return Output(entering=y, held=hold(m, y, f"{site.name}_y", en=turn, reset_less=True))


def _df1t(site: Site, x: Term) -> Output:
    m, rule = site.m, site.state_cast
    r1, r2 = site.state("r1"), site.state("r2")
    inner = Preround(rule, frac=_frac([x, r1]))
    move = site.pipe.stage()
    feed = site.stored([x, *bias(inner)], "feed_q", move, data=True)
    turn = site.pipe.stage()
    w = site.cast(inner, "w", [*feed, r1], "w_next")
    a1, a2 = site.denominator(w, "aw")
    keep1 = Preround(rule, frac=_frac(a1, [r2]))
    early = site.late([r2, *bias(keep1)], a1, "r1")
    load(m, r1, site.cast(keep1, "r1", [early], "r1_next"), turn)
    keep2 = Preround(rule, frac=_frac(a2))
    load(m, r2, site.cast(keep2, "r2", [*a2, *bias(keep2)], "r2_next"), turn)
    held = hold(m, w, f"{site.name}_w", en=turn, reset_less=True)

    b0, b1, b2 = site.products(held)
    last = site.pipe.stage()
    t1, t2 = site.state("t1"), site.state("t2")
    for register, terms, word in ((t2, b2, "t2"), (t1, [*b1, t2], "t1")):
        keep = Preround(rule, frac=_frac(terms))
        value = site.cast(keep, word, [*terms, *bias(keep)], f"{word}_next")
        load(m, register, value, last)
    return _output(site, [*b0, t1], last)


def _numerator(site: Site, w: Term) -> Output:
    """b0 w + b1 w1 + b2 w2 behind the loop, cast and held."""
    b0, b1, b2 = site.products(w)
    move = site.pipe.stage()
    return _output(site, [*b0, *site.older(b1, b2, move)], move)


def _output(site: Site, terms: list[Term], en: Value) -> Output:
    """Cast a sum by Y and hold it."""
    rule = Preround(site.spec.out, frac=_frac(terms))
    y = site.cast(rule, "y", [*terms, *bias(rule)], "next")
    held = hold(site.m, y, f"{site.name}_y", en=en, reset_less=True)
    return Output(entering=y, held=held)


def _frac(*groups: list[Term]) -> int:
    """Fraction bits of an exact sum; 0 if there is nothing to sum."""
    return max((t.frac for terms in groups for t in terms), default=0)
