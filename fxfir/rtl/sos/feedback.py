"""How a df1 section rounds, and what it feeds back of its rounding errors."""

from __future__ import annotations

from dataclasses import replace

from amaranth.hdl import Signal, Value

from fxfir.fixed import Rounding
from fxfir.rtl.arith import node
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.residue import residue, residue_range
from fxfir.rtl.sos.multiples import Multiples
from fxfir.rtl.sos.site import Site
from fxfir.rtl.sos.terms import Term, bias, load, plain, total, wide, within

__all__ = ["Rounded", "errors"]


def errors(site: Site, rule: Preround) -> Rounded:
    """Return how a df1 section rounds, and what it feeds back of that."""
    e1, e2 = site.spec.feedback or (0, 0)
    if not (e1 or e2) or rule.frac <= rule.cast.to.frac:
        return Rounded(site, rule)
    return _Dropped(site, rule) if rule.early else _Signed(site, rule)


class Rounded:
    """A cast that feeds nothing back."""

    def __init__(self, site: Site, rule: Preround) -> None:
        self.site = site
        self.rule = rule

    @property
    def constant(self) -> list[Term]:
        """What is added to every sum."""
        return bias(self.rule)

    @property
    def latest(self) -> list[Term]:
        """Products of the last error."""
        return []

    def beside(self, a2: list[Term], en: Value) -> list[Term]:
        """-a2 y2, and what the error of the same age adds to it, from a register."""
        return self.site.stored(a2, "a2y2", en)

    def cast(self, total: Term, en: Value) -> Term:
        """Cast the sum; remember the error."""
        return self.site.cast(self.rule, "y", [total], "next")


class _Dropped(Rounded):
    """Errors as the bits that were dropped: what a bias alone rounds leaves them behind.

    They stand for the error plus the bias; the difference is part of the constant, which vanishes
    where 1 + e1 + e2 = 0. The older error is kept as part of the register of -a2 y2.
    """

    def __init__(self, site: Site, rule: Preround) -> None:
        super().__init__(site, rule)
        hi = (1 << rule.frac - rule.cast.to.frac) - 1 + (rule.cast.rounding is Rounding.HALF_EVEN)
        value = Signal(node.shape_of(0, hi), name=f"{site.name}_dropped", init=rule.bias)
        self._last = Term(value=Exact(value=value, lo=0, hi=hi), frac=rule.frac)
        self._products = Multiples(
            site.m, self._last, f"{site.name}_dropped_x", adders=site.added(*self._factors)
        )

    @property
    def _factors(self) -> tuple[int, ...]:
        return self.site.spec.feedback or (0, 0)

    @property
    def constant(self) -> list[Term]:
        number = self.rule.bias * (1 + sum(self._factors))
        if not number:
            return []
        value = node.constant(abs(number))
        return [Term(value=value, frac=self.rule.frac, minus=number < 0)]

    @property
    def latest(self) -> list[Term]:
        return self._products.times(-self._factors[0], 0)

    def beside(self, a2: list[Term], en: Value) -> list[Term]:
        older = self._products.times(-self._factors[1], 0)
        if not older:
            return super().beside(a2, en)
        both = wide(total([*a2, *older]), self.rule.frac)
        start = self._factors[1] * self.rule.bias
        register = node.register(
            self.site.m,
            both.value,
            f"{self.site.name}_a2y2",
            en=en,
            reset_less=False,
            init=start if both.minus else -start,
        )
        return [replace(both, value=register)]

    def cast(self, total: Term, en: Value) -> Term:
        m, rule, name = self.site.m, self.rule, f"{self.site.name}_next"
        exact = plain(wide(total, rule.frac))
        v = node.wire(
            m, within(exact, rule.frac, rule.bias, self.site.reach.get("y")), f"{name}_sum"
        )
        load(m, self._last, Term(value=rule.dropped(v), frac=rule.frac), en)
        return Term(value=rule.combinational(m, v, name), frac=rule.cast.to.frac)


class _Signed(Rounded):
    """Errors of roundings that look at the sign, as numbers."""

    def __init__(self, site: Site, rule: Preround) -> None:
        super().__init__(site, rule)
        self._shift = rule.frac - rule.cast.to.frac
        lo, hi = residue_range(rule.cast.rounding, self._shift)
        self._past = [
            Term(
                value=Exact(
                    value=Signal(node.shape_of(lo, hi), name=f"{site.name}_err{age}"), lo=lo, hi=hi
                ),
                frac=rule.frac,
            )
            for age in (1, 2)
        ]

    @property
    def constant(self) -> list[Term]:
        return []

    @property
    def latest(self) -> list[Term]:
        found: list[Term] = []
        factors = self.site.spec.feedback or ()
        for age, (factor, past) in enumerate(zip(factors, self._past, strict=True), start=1):
            products = Multiples(
                self.site.m,
                past,
                f"{self.site.name}_err{age}_x",
                adders=self.site.added(factor),
            )
            found += products.times(-factor, 0)
        return found

    def cast(self, total: Term, en: Value) -> Term:
        m, name, rule = self.site.m, self.site.name, self.rule
        exact = within(plain(wide(total, rule.frac)), rule.frac, 0, self.site.reach.get("y"))
        v = node.wire(m, exact, f"{name}_next_sum")
        err = residue(m, v, f"{name}_err", rounding=rule.cast.rounding, shift=self._shift)
        latest, before = self._past
        load(m, latest, Term(value=err, frac=rule.frac), en)
        load(m, before, latest, en)
        gates = Requantiser(rule.cast, lo=v.lo, hi=v.hi, frac=rule.frac)
        return Term(value=gates.combinational(m, v, f"{name}_next"), frac=rule.cast.to.frac)
