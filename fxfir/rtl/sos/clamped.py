"""A df1 section on ECP5 whose limits act inside the loop's carry chain.

The register of the loop holds the rounded sum before its limits, q. Its product goes to the adder
as it is, and where q is beyond an end of the range, the adder takes the end's product instead, a
constant. So no gate stands behind the carry chain, and what comes out, y, is q clamped.
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Cat, Const, Mux, Signal, signed

from fxfir.filters import Direct, Form, Section
from fxfir.fixed import Format, Overflow, Rounding
from fxfir.rtl.arith import node
from fxfir.rtl.arith.clamped_sum import clamped_sum
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.late import cut
from fxfir.rtl.sos.multiples import Multiples
from fxfir.rtl.sos.site import Site
from fxfir.rtl.sos.terms import Output, Term, bias

__all__ = ["clamped", "is_clamped"]


def is_clamped(spec: Section, source: Format, target: str, *, certified: bool) -> bool:
    """Tell whether a section is built here: limits that can act, and a bias that rounds.

    Parameters
    ----------
    spec : Section
    source : Format
        Of its input.
    target : str
    certified : bool
        Whether no input overflows it.
    """
    if target != "ecp5" or certified or not isinstance(spec, Direct) or spec.form is not Form.DF1:
        return False
    out = spec.out
    if out.overflow is not Overflow.SATURATE or not out.to.signed or any(spec.feedback or ()):
        return False
    rule = Preround(out, frac=_frac(spec, source))
    return rule.early and bool(spec.a[0]) and abs(node.odd_part(spec.a[0])[0]) > 1


def _frac(spec: Direct, source: Format) -> int:
    points = [
        coeff + word - node.odd_part(c)[1]
        for words, coeff, word in (
            (spec.b, spec.b_coeff.frac, source.frac),
            (spec.a, spec.a_coeff.frac, spec.out.to.frac),
        )
        for c in words
        if c
    ]
    return max(points, default=0)


def clamped(site: Site, x: Term, platform: Any) -> Output:
    """Build one section; see `fxfir.rtl.sos.sections.section`. Its y comes from gates."""
    m, spec, name = site.m, site.spec, site.name
    to = spec.out.to
    b0, b1, b2 = site.products(x)
    output = Signal(node.shape_of(to.lo, to.hi), name=f"{name}_y")
    y = Term(value=Exact(value=output, lo=to.lo, hi=to.hi), frac=to.frac)
    a2 = Multiples(m, y, f"{name}_ay", adders=site.added(spec.a[1])).times(
        -spec.a[1], spec.a_coeff.frac
    )
    odd, zeros = node.odd_part(-spec.a[0])
    point = to.frac + spec.a_coeff.frac - zeros
    rule = Preround(spec.out, frac=max([point, *(t.frac for t in (*b0, *b1, *b2, *a2))]))
    move = site.pipe.stage()
    feed = site.stored([*b0, *site.older(b1, b2, move), *bias(rule)], "feed_q", move, data=True)
    turn = site.pipe.stage()
    early = [*feed, *site.stored(a2, "a2y2", turn)]
    upper, below = cut(m, early, point, f"{name}_next")
    ends = sorted((odd * to.lo, odd * to.hi))
    lo, hi = upper.lo + ends[0], upper.hi + ends[1]

    shift = rule.frac - to.frac
    drop = shift - len(below)
    width = max(to.width, node.shape_of(min(lo >> drop, -1), hi >> drop).width)
    q = Signal(signed(width), name=f"{name}_q")
    top = q[to.width - 1 :]
    over = node.wire(m, Exact(value=~q[-1] & top.any(), lo=0, hi=1), f"{name}_over").value
    under = node.wire(m, Exact(value=q[-1] & ~top.all(), lo=0, hi=1), f"{name}_under").value
    limited = Mux(over, Const(to.hi, to.width), q[: to.width])
    m.d.comb += output.eq(Mux(under, Const(to.lo & ((1 << to.width) - 1), to.width), limited))

    # The product of a q beyond the range is not used, so q needs no bits above it here.
    inside = node.sized(q[: to.width].as_signed(), to.lo, to.hi)
    product = _product(site, inside, odd)
    total = clamped_sum(
        m,
        upper.value,
        product.value.value,
        f"{name}_next_sum",
        minus=product.minus,
        over=over,
        under=under,
        high=odd * to.hi,
        low=odd * to.lo,
        lo=lo,
        hi=hi,
        platform=platform,
    )
    bits = Cat(below, node.extend(total, max(total.width, width + drop)))
    code = bits[shift : shift + width]
    last = code[0]
    if spec.out.rounding is Rounding.HALF_EVEN:
        tie = Exact(value=~bits[:shift].any(), lo=0, hi=1)
        last = last & ~node.wire(m, tie, f"{name}_tie").value
    with m.If(turn):
        m.d.sync += q.eq(Cat(last, code[1:]).as_signed())
    return Output(entering=y, held=y)


def _product(site: Site, q: Exact, odd: int) -> Term:
    """Return q times the odd part of -a1, with a sign that the sum behind it applies."""
    name = f"{site.name}_qa"
    if not site.added(odd, loop=True):
        product = node.wire(site.m, node.mul_const(q, odd), f"{name}{abs(odd)}")
        return Term(value=product, frac=0)
    (term,) = Multiples(site.m, Term(value=q, frac=0), name, adders=(odd,)).times(odd, 0)
    return term
