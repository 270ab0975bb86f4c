"""Second-order sections whose loop takes several clock edges, for samples that are as far apart.

A loop is a chain of multiply (M), add (A) and cast (C); registers cut it where the pace allows:
M|AC, M|A|C, and in the transposed forms, which cast twice, AC|MAC up to A|C|M|A|C. A state that the
last stage of the loop loads is there when the next sample enters the first one, since that sample
comes no earlier than so many edges behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from amaranth.hdl import Module, Value

from fxfir.arith.reach import SectionReach
from fxfir.filters import Form, Section, StateSpace
from fxfir.rtl.arith import node
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.feedback import errors
from fxfir.rtl.sos.multiples import Multiples
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.site import Adders, Site
from fxfir.rtl.sos.terms import Output, Term, bias, hold, load, plain, state, total, wide, within

__all__ = ["MOST_CLOCKS", "loop_depth", "paced", "paced_equations", "paced_stages"]

MOST_CLOCKS = 5
"""Edges of the longest loop; samples that are further apart let no clock rise."""

_CUTS = {2: "AC|MAC", 3: "AC|M|AC", 4: "A|C|M|AC", 5: "A|C|M|A|C"}
"""Loops that cast twice."""


def loop_depth(spec: Section, clocks: int) -> int:
    """Return how many edges a section's loop takes where samples are `clocks` apart."""
    twice = not isinstance(spec, StateSpace) and spec.form in (Form.DF1T, Form.DF2T)
    return min(clocks, MOST_CLOCKS if twice else 3)


def paced_stages(spec: Section, clocks: int) -> int:
    """Return how many pipeline stages a section takes at `clocks` edges for each sample."""
    loop, behind = loop_depth(spec, clocks), 1 + (clocks > 2)
    if isinstance(spec, StateSpace):
        return 1 + loop + behind
    match spec.form:
        case Form.DF1 | Form.DF2T:
            return 2 + loop
        case Form.DF2:
            return loop + 1 + behind
        case Form.DF1T:
            return 1 + loop + 1 + behind
        case _:
            assert_never(spec.form)


def paced(site: Site, x: Term, clocks: int) -> Output:
    """Build one section in a direct form; see `fxfir.rtl.sos.sections.section`."""
    match site.spec.form:
        case Form.DF1:
            return _df1(site, x, clocks)
        case Form.DF2:
            return _df2(site, x, clocks)
        case Form.DF1T:
            return _df1t(site, x, clocks)
        case Form.DF2T:
            return _df2t(site, x, clocks)
        case _:
            assert_never(site.spec.form)


def _df1(site: Site, x: Term, clocks: int) -> Output:
    m, spec, name = site.m, site.spec, site.name
    b0, b1, b2 = site.products(x)
    y = site.state("y")
    a1, a2 = site.denominator(y, "ay")
    rule = Preround(spec.out, frac=_frac(b0, b1, b2, a1, a2))
    rounded = errors(site, rule)
    move = site.pipe.stage()
    feed = [*b0, *site.older(b1, b2, move), *rounded.constant]
    feed = site.stored(feed, "feed_q", move, data=True)
    first, *others = [site.pipe.stage() for _ in range(loop_depth(spec, clocks))]
    turn = others[-1]
    early = [*feed, *rounded.beside(a2, turn), *rounded.latest]
    early = site.stored(early, "early_q", first, data=True)
    late = _delayed(m, a1, f"{name}_ay1", [first])
    exact = _sum(m, rule, [*early, *late], site.reach, "y", f"{name}_next", others[:-1])
    following = rounded.cast(exact, turn)
    load(m, y, following, turn)
    entering = node.sized(plain(following).value, y.value.lo, y.value.hi)
    return Output(entering=Term(value=entering, frac=y.frac), held=y)


def _df2(site: Site, x: Term, clocks: int) -> Output:
    m, name = site.m, site.name
    w = site.state("w")
    a1, a2 = site.denominator(w, "aw")
    rule = Preround(site.state_cast, frac=_frac([x], a1, a2))
    first, *others = [site.pipe.stage() for _ in range(loop_depth(site.spec, clocks))]
    turn = others[-1]
    early = [x, *site.stored(a2, "a2w2", turn), *bias(rule)]
    early = site.stored(early, "early_q", first, data=True)
    late = _delayed(m, a1, f"{name}_aw1", [first])
    exact = _sum(m, rule, [*early, *late], site.reach, "w", f"{name}_w", others[:-1])
    load(m, w, _finish(m, rule, exact, f"{name}_w_next"), turn)
    b0, b1, b2 = site.products(w)
    move = site.pipe.stage()
    return _output(site, [*b0, *site.older(b1, b2, move)], move, clocks)


def _df2t(site: Site, x: Term, clocks: int) -> Output:
    m, spec, name = site.m, site.spec, site.name
    b0, b1, b2 = site.products(x)
    s1, s2 = site.state("s1"), site.state("s2")
    out = Preround(spec.out, frac=_frac(b0, [s1]))
    af1, af2 = (
        [spec.a_coeff.frac + spec.out.to.frac - node.odd_part(a)[1]] if a else [] for a in spec.a
    )
    keep1 = Preround(site.state_cast, frac=max([*af1, _frac(b1, [s2])]))
    keep2 = Preround(site.state_cast, frac=max([*af2, *(t.frac for t in b2)], default=0))
    move = site.pipe.stage()
    feed0 = site.stored([*b0, *bias(out)], "feed0_q", move, data=True)
    feed1 = site.stored([*b1, *bias(keep1)], "feed1_q", move, data=True)
    feed2 = site.stored([*b2, *bias(keep2)], "feed2_q", move, data=True)
    before, between, ends = _cut(site, clocks)
    turn = ends[-1]
    summed, then, multiplied = before
    y = _sum(m, out, [*feed0, s1], site.reach, "y", f"{name}_y", summed)
    y = _finish(m, out, y, f"{name}_next")
    (y,) = _delayed(m, [y], f"{name}_yc", then)
    a1, a2 = site.denominator(y, "ay")
    a1 = _delayed(m, a1, f"{name}_ay1", multiplied)
    a2 = _delayed(m, a2, f"{name}_ay2", multiplied)
    waited = [*summed, *then, *multiplied]
    feed1 = _delayed(m, feed1, f"{name}_feed1", waited)
    feed2 = _delayed(m, feed2, f"{name}_feed2", waited)
    for register, terms, rule, word in (
        (s1, [*feed1, s2, *a1], keep1, "s1"),
        (s2, [*feed2, *a2], keep2, "s2"),
    ):
        exact = _sum(m, rule, terms, site.reach, word, f"{name}_{word}", between)
        load(m, register, _finish(m, rule, exact, f"{name}_{word}_next"), turn)
    (y,) = _delayed(m, [y], f"{name}_y_late", [*multiplied, *between])
    return Output(entering=y, held=hold(m, y, f"{name}_y", en=turn, reset_less=True))


def _df1t(site: Site, x: Term, clocks: int) -> Output:
    m, rule, name = site.m, site.state_cast, site.name
    r1, r2 = site.state("r1"), site.state("r2")
    inner = Preround(rule, frac=_frac([x, r1]))
    move = site.pipe.stage()
    feed = site.stored([x, *bias(inner)], "feed_q", move, data=True)
    (summed, then, multiplied), between, ends = _cut(site, clocks)
    turn = ends[-1]
    w = _sum(m, inner, [*feed, r1], site.reach, "w", f"{name}_w", summed)
    w = _finish(m, inner, w, f"{name}_w_next")
    (w,) = _delayed(m, [w], f"{name}_wc", then)
    a1, a2 = site.denominator(w, "aw")
    a1 = _delayed(m, a1, f"{name}_aw1", multiplied)
    a2 = _delayed(m, a2, f"{name}_aw2", multiplied)
    for register, terms, word in ((r1, [r2, *a1], "r1"), (r2, a2, "r2")):
        keep = Preround(rule, frac=_frac(terms))
        exact = _sum(m, keep, [*terms, *bias(keep)], site.reach, word, f"{name}_{word}", between)
        load(m, register, _finish(m, keep, exact, f"{name}_{word}_next"), turn)
    (w,) = _delayed(m, [w], f"{name}_w_late", [*multiplied, *between])
    held = hold(m, w, f"{name}_w", en=turn, reset_less=True)

    b0, b1, b2 = site.products(held)
    cuts = [site.pipe.stage() for _ in range(clocks > 2)]
    last = site.pipe.stage()
    t1, t2 = site.state("t1"), site.state("t2")
    for register, terms, word in ((t2, b2, "t2"), (t1, [*b1, t2], "t1")):
        keep = Preround(rule, frac=_frac(terms))
        exact = _sum(m, keep, [*terms, *bias(keep)], site.reach, word, f"{name}_{word}", cuts)
        load(m, register, _finish(m, keep, exact, f"{name}_{word}_next"), last)
    return _cast_out(site, [*b0, t1], cuts, last)


def paced_equations(
    m: Module,
    pipe: Pipe,
    spec: StateSpace,
    x: Term,
    name: str,
    reach: SectionReach,
    adders: Adders,
    clocks: int,
) -> Output:
    """Build one section by its state equations; see `fxfir.rtl.sos.sections.section`."""
    every = adders is Adders.ALL
    en = pipe.stage()
    entering = Multiples(m, x, f"{name}_x", adders=(*spec.b, spec.d) if every else ())
    b1, b2 = (entering.held(word, spec.b_coeff.frac, en=en) for word in spec.b)
    d = entering.held(spec.d, spec.d_coeff.frac, en=en)
    first, *others = [pipe.stage() for _ in range(loop_depth(spec, clocks))]
    turn = others[-1]
    registers = [state(spec.state.to, f"{name}_{word}", reach.get(word)) for word in ("s1", "s2")]
    sources = [
        Multiples(
            m,
            register,
            f"{name}_s{k}x",
            split=True,
            adders=() if adders is Adders.NONE else (p, q, *((c,) if every else ())),
        )
        for k, (register, p, q, c) in enumerate(
            zip(registers, *spec.a, spec.c, strict=True), start=1
        )
    ]
    for k, (register, row, fed) in enumerate(zip(registers, spec.a, (b1, b2), strict=True), 1):
        word = f"s{k}"
        terms = _delayed(m, fed, f"{name}_b{k}x", [first])
        for source, factor in zip(sources, row, strict=True):
            terms += source.held(factor, spec.a_coeff.frac, en=first)
        rule = Preround(spec.state, frac=_frac(terms))
        terms = [*terms, *bias(rule)]
        exact = _sum(m, rule, terms, reach, word, f"{name}_{word}", others[:-1])
        load(m, register, _finish(m, rule, exact, f"{name}_{word}_next"), turn)
    # With the pace of the first stage the states are still the old ones.
    terms = [
        t
        for c, source in zip(spec.c, sources, strict=True)
        for t in source.held(c, spec.c_coeff.frac, en=first)
    ]
    terms += _delayed(m, d, f"{name}_dx", [first])
    terms = _delayed(m, terms, f"{name}_cs", others)
    rule = Preround(spec.out, frac=_frac(terms))
    cuts = [pipe.stage() for _ in range(clocks > 2)]
    last = pipe.stage()
    exact = _sum(m, rule, [*terms, *bias(rule)], reach, "y", f"{name}_y", cuts)
    y = _finish(m, rule, exact, f"{name}_next")
    return Output(entering=y, held=hold(m, y, f"{name}_y", en=last, reset_less=True))


def _cut(
    site: Site, clocks: int
) -> tuple[tuple[list[Value], list[Value], list[Value]], list[Value], list[Value]]:
    """Take the stages of a loop that casts twice.

    Returns the enables behind its first sum, first cast and product, those behind its second sum,
    and the last one.
    """
    plan = _CUTS[loop_depth(site.spec, clocks)]
    found: list[list[Value]] = []
    for k, letter in enumerate(plan):
        if letter != "|":
            following = plan[k + 1 : k + 2]
            found.append([site.pipe.stage()] if following in ("|", "") else [])
    summed, then, multiplied, between, end = found
    return (summed, then, multiplied), between, end


def _sum(
    m: Module,
    rule: Preround,
    terms: Sequence[Term],
    reach: SectionReach,
    word: str,
    name: str,
    enables: Sequence[Value],
) -> Term:
    """Return the exact sum before a cast, behind a register for each enable."""
    exact = within(plain(wide(total(terms), rule.frac)), rule.frac, rule.bias, reach.get(word))
    (held,) = _delayed(m, [Term(value=exact, frac=rule.frac)], f"{name}_sum", enables)
    return held


def _finish(m: Module, rule: Preround, exact: Term, name: str) -> Term:
    v = node.wire(m, exact.value, f"{name}_exact")
    return Term(value=rule.combinational(m, v, name), frac=rule.cast.to.frac)


def _delayed(m: Module, terms: Sequence[Term], name: str, enables: Sequence[Value]) -> list[Term]:
    """Carry numbers through stages."""
    found = []
    for k, term in enumerate(terms):
        label = f"{name}{k}" if len(terms) > 1 else name
        for n, en in enumerate(enables, start=1):
            term = hold(m, term, f"{label}_z{n}", en=en, reset_less=True)
        found.append(term)
    return found


def _output(site: Site, terms: list[Term], en: Value, clocks: int) -> Output:
    """Cast a sum by Y, in two stages where there is time; `en` is the first of them."""
    if clocks > 2:
        return _cast_out(site, terms, [en], site.pipe.stage())
    return _cast_out(site, terms, [], en)


def _cast_out(site: Site, terms: list[Term], cuts: Sequence[Value], en: Value) -> Output:
    rule = Preround(site.spec.out, frac=_frac(terms))
    exact = _sum(site.m, rule, [*terms, *bias(rule)], site.reach, "y", f"{site.name}_y", cuts)
    y = _finish(site.m, rule, exact, f"{site.name}_next")
    return Output(entering=y, held=hold(site.m, y, f"{site.name}_y", en=en, reset_less=True))


def _frac(*groups: Sequence[Term]) -> int:
    """Fraction bits of an exact sum; 0 if there is nothing to sum."""
    return max((t.frac for terms in groups for t in terms), default=0)
