"""Channels in turn at one sample per clock: the loop of a section spans as many edges as channels.

A channel's next sample comes no earlier than `channels` edges behind, so a register may stand
behind each step of the loop: fetch (F), multiply (M), add (A), cast (C). Samples may come later
than that, and others may still be on their way then; so the last output of each channel has a
place of its own, which the loop reads at its first step and writes at its last. Everything older
is a chain of registers that moves with the samples passing one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Array, Module, Signal, Value

from fxfir.arith.reach import SectionReach, cascade_reach
from fxfir.errors import ArchitectureError
from fxfir.filters import Direct, FixedSos, Form, Interleave
from fxfir.rtl.arith import node
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.core import Core
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.site import Adders, Site
from fxfir.rtl.sos.terms import Output, Term, bias, hold, plain, total, wide, within
from fxfir.rtl.timing import Timing

__all__ = ["Frames"]

_FEED = 2
"""Stages in front of the loop: products by the numerator, and their sum."""

_SHORT = 4
"""Steps of a loop with plain products: F|M|A|C; of three F|M|AC, of two FM|AC."""


class Frames(Core):
    """Every section in gates of its own, channels in turn, one sample per clock.

    Parameters
    ----------
    filter : Interleave
        Of one cascade for all channels, df1 throughout, without error feedback.
    target : str, optional
        Whose multipliers' own registers loops of five steps and more hold, longer words in pieces.

    Raises
    ------
    ArchitectureError
        If the filter is another one.

    Notes
    -----
    A section takes 2 edges of latency and those of its loop: as many as channels up to 4, and 5 or
    more where so many channels leave room for all registers of the target's multiplier and two or
    more around it. The output cast takes one where it is more than wiring. A numerator of b0 = 1
    alone, or another power of two, costs no multiplier.

    References
    ----------
    .. [1] C. E. Leiserson, J. B. Saxe, "Retiming synchronous circuitry", Algorithmica 6, 1991:
       c-slow circuits.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> Frames(Interleave(filters=(sos,), channels=4)).timing
    Timing(latency=6, interval=1, startup=0)
    """

    filter: Interleave

    def __init__(self, filter: Interleave, *, target: str = "generic") -> None:
        self._sos = _checked(filter)
        self._reach = cascade_reach(self._sos)
        last, end = self._sos.sections[-1].out.to, self._reach[-1]
        lo, hi = (last.lo, last.hi) if end is None else end["y"].words
        self._output = Requantiser(self._sos.output, lo=lo, hi=hi, frac=last.frac)
        self._multiplier = multiplier(target)
        pairs = zip(self._sos.sections, self._reach, strict=True)
        self._loops = [self._loop(_direct(spec), reach, filter.channels) for spec, reach in pairs]
        depth = sum(_FEED + loop.steps for loop in self._loops) + self._output.stages
        super().__init__(
            filter, architecture={"name": "parallel"}, timing=Timing(latency=depth, interval=1)
        )

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        m = Module()
        pipe = Pipe(m, self)
        fmt = self._sos.input
        value = Term(value=node.word(self.i.payload, fmt), frac=fmt.frac)
        for k, (spec, reach) in enumerate(zip(self._sos.sections, self._reach, strict=True)):
            site = Site(
                m=m, pipe=pipe, spec=_direct(spec), name=f"s{k}", reach=reach or {},
                adders=Adders.NONE,
            )  # fmt: skip
            loop = self._loops[k]
            if loop.product:
                y = self._registered(site, value, loop, platform)
            else:
                y = self._short(site, value, loop.steps)
            value = y.held
        last = value if self._output.stages else y.entering
        enables = [pipe.stage() for _ in range(self._output.stages - 1)]
        pipe.output(self._output.entering(m, last.value, "out", enables=enables))
        pipe.close()
        return m

    def _loop(self, spec: Direct, reach: SectionReach | None, turns: int) -> _Loop:
        lo, hi = (spec.out.to.lo, spec.out.to.hi) if reach is None else reach["y"].words
        product = max(
            (self._multiplier.stages((lo, hi), (a, a)) for a in spec.a if not _is_shift(a)),
            default=1,
        )
        # Shorter loops have the register of the product alone, but add one number less behind it.
        if turns < product + 2 or turns <= _SHORT:
            return _Loop(steps=min(turns, _SHORT), product=0)
        return _Loop(steps=min(turns, product + 4), product=product)

    def _registered(self, site: Site, x: Term, loop: _Loop, platform: Any) -> Output:
        """Build a section whose multipliers have all the registers that they can have."""
        m, spec, name, turns = site.m, site.spec, site.name, self.filter.channels
        feed, move, steps = self._feed(site, x, loop.steps)
        held = _Held(site, turns, read=steps[0], write=steps[-1])
        y1, enters = held.read, loop.steps > loop.product + 2
        if enters:
            y1 = hold(m, y1, f"{name}_y1", en=steps[0], reset_less=True)
        before = steps[: loop.product + enters]
        older = _ago(m, [y1], f"{name}_y", steps[enters], turns)
        products: list[Term] = []
        for k, (a, y) in enumerate(zip(spec.a, (y1, *older), strict=True), start=1):
            products += self._product(site, a, y, f"{name}_a{k}y", loop.product, platform)
        rule = Preround(spec.out, frac=_frac([*feed, *products]))
        feed = site.stored([*feed, *bias(rule)], "feed_q", move, data=True)
        if loop.steps > loop.product + 3:
            products = site.stored(products, "ay", steps[len(before)], data=True)
            before = steps[: len(before) + 1]
        feed = _through(m, feed, f"{name}_feed", before)
        exact = _exact(rule, [*feed, *products], site.reach)
        (exact,) = _through(m, [exact], f"{name}_sum", steps[-2:-1])
        return _finish(site, rule, exact, held, steps[-1])

    def _product(
        self, site: Site, a: int, y: Term, name: str, stages: int, platform: Any
    ) -> list[Term]:
        """Return -a y from the last of so many registers."""
        if not a:
            return []
        m, ce, frac = site.m, site.pipe.ce, y.frac + site.spec.a_coeff.frac
        if _is_shift(a):
            term, done = Term(value=y.value, frac=frac - abs(a).bit_length() + 1, minus=a > 0), 0
        else:
            factor = node.constant(-a)
            done = self._multiplier.stages((y.value.lo, y.value.hi), (-a, -a))
            value = self._multiplier.multiply(m, y.value, factor, name, en=ce, platform=platform)
            term = Term(value=value, frac=frac)
        return _through(m, [term], name, [ce] * (stages - done))

    def _short(self, site: Site, x: Term, n_steps: int) -> Output:
        """Build a section with registers behind plain products."""
        m, name, turns = site.m, site.name, self.filter.channels
        feed, move, steps = self._feed(site, x, n_steps)
        held = _Held(site, turns, read=steps[0], write=steps[-1])
        y1, multiply = held.read, steps[0]
        if n_steps > 2:
            y1, multiply = hold(m, y1, f"{name}_y1", en=steps[0], reset_less=True), steps[1]
        a1, a2 = site.denominator(y1, "ay")
        rule = Preround(site.spec.out, frac=_frac([*feed, *a1, *a2]))
        feed = site.stored([*feed, *bias(rule)], "feed_q", move, data=True)
        if n_steps > 2:
            feed = _through(m, feed, f"{name}_feed", steps[:1])
        # The product by a2 waits for a frame instead of the word.
        early = [*feed, *_ago(m, a2, f"{name}_a2y", multiply, turns)]
        early = site.stored(early, "early_q", multiply, data=True)
        late = site.stored(a1, "a1y", multiply, data=True)
        exact = _exact(rule, [*early, *late], site.reach)
        (exact,) = _through(m, [exact], f"{name}_sum", steps[2:3] if n_steps > 3 else [])
        return _finish(site, rule, exact, held, steps[-1])

    def _feed(self, site: Site, x: Term, n_steps: int) -> tuple[list[Term], Value, list[Value]]:
        """Take the section's stages; return b0 x + b1 x1 + b2 x2, its enable and the loop's."""
        m, name, turns = site.m, site.name, self.filter.channels
        b0, b1, b2 = site.products(x)
        move = site.pipe.stage()
        older = _ago(m, b2, f"{name}_b2x", move, turns)
        older = _ago(m, [*b1, *older], f"{name}_bx", move, turns)
        return [*b0, *older], move, [site.pipe.stage() for _ in range(n_steps)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """How many edges a loop takes, and the registers of its products; 0 for that of a plain one."""

    steps: int
    product: int


class _Held:
    """The last output of each channel: read when a sample enters the loop, written as it leaves."""

    def __init__(self, site: Site, turns: int, *, read: Value, write: Value) -> None:
        self._m, self._write = site.m, write
        words = [site.state_of("y", f"y_of{k}") for k in range(turns)]
        first = words[0].value
        signals = Array([w.value.value for w in words])
        comes = _counter(site.m, turns, f"{site.name}_comes", read)
        self._leaves = _counter(site.m, turns, f"{site.name}_leaves", write)
        found = Signal(node.shape_of(first.lo, first.hi), name=f"{site.name}_last")
        site.m.d.comb += found.eq(signals[comes])
        self._words = words
        self.read = Term(value=Exact(value=found, lo=first.lo, hi=first.hi), frac=words[0].frac)

    def load(self, y: Term) -> None:
        for k, word in enumerate(self._words):
            with self._m.If(self._write & (self._leaves == k)):
                self._m.d.sync += word.value.value.eq(plain(y).value)


def _finish(site: Site, rule: Preround, exact: Term, held: _Held, turn: Value) -> Output:
    """Cast the sum and keep the word."""
    m, name = site.m, site.name
    v = node.wire(m, exact.value, f"{name}_exact")
    y = Term(value=rule.combinational(m, v, f"{name}_next"), frac=rule.cast.to.frac)
    held.load(y)
    entering = node.sized(plain(y).value, held.read.value.lo, held.read.value.hi)
    word = Term(value=entering, frac=y.frac)
    return Output(entering=word, held=hold(m, word, f"{name}_y", en=turn, reset_less=True))


def _counter(m: Module, turns: int, name: str, en: Value) -> Signal:
    count = Signal(range(turns), name=name)
    with m.If(en):
        m.d.sync += count.eq(count + 1)
        with m.If(count == turns - 1):
            m.d.sync += count.eq(0)
    return count


def _ago(m: Module, terms: Sequence[Term], name: str, en: Value, turns: int) -> list[Term]:
    """Return a sum as it was a frame of samples before."""
    if not terms:
        return []
    # Added one sample later, so that no addition stands behind a product in the same cycle.
    first = [hold(m, t, f"{name}_z1" + (f"_{k}" if k else ""), en=en) for k, t in enumerate(terms)]
    term = total(first)
    for n in range(2, turns + 1):
        term = hold(m, term, f"{name}_z{n}", en=en)
    return [term]


def _through(m: Module, terms: Sequence[Term], name: str, enables: Sequence[Value]) -> list[Term]:
    """Carry numbers through stages."""
    found = []
    for k, term in enumerate(terms):
        for n, en in enumerate(enables, start=1):
            term = hold(m, term, f"{name}{k or ''}_s{n}", en=en, reset_less=True)
        found.append(term)
    return found


def _is_shift(factor: int) -> bool:
    return abs(factor).bit_count() <= 1


def _exact(rule: Preround, terms: Sequence[Term], reach: SectionReach) -> Term:
    value = plain(wide(total(terms), rule.frac))
    return Term(value=within(value, rule.frac, rule.bias, reach.get("y")), frac=rule.frac)


def _frac(terms: Sequence[Term]) -> int:
    return max((t.frac for t in terms), default=0)


def _direct(spec: Any) -> Direct:
    if not isinstance(spec, Direct) or spec.form is not Form.DF1 or spec.feedback is not None:
        kind = "df1 with error feedback" if getattr(spec, "feedback", None) else spec.kind
        raise ArchitectureError(
            "architecture 'parallel' of channels builds df1 sections without error feedback, "
            f"got {kind}"
        )
    return spec


def _checked(filter: Interleave) -> FixedSos:
    if not isinstance(filter, Interleave) or not isinstance(filter.filters[0], FixedSos):
        raise ArchitectureError(
            "architecture 'parallel' of channels builds an Interleave of FixedSos, "
            f"got {type(filter).__name__}"
        )
    if len(filter.filters) > 1:
        raise ArchitectureError(
            "architecture 'parallel' builds one cascade for all channels, "
            f"got {len(filter.filters)}"
        )
    for spec in filter.filters[0].sections:
        _direct(spec)
    return filter.filters[0]
