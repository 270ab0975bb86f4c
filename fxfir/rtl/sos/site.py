"""What all direct forms are built with: a place in the pipeline, registers and casts."""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Module, Value

from fxfir.arith.reach import SectionReach
from fxfir.filters import Direct
from fxfir.fixed import Cast
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.late import late
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.terms import Multiples, Term, cast, hold, state, total

__all__ = ["Site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a section is built, and the steps that several forms share."""

    m: Module
    pipe: Pipe
    spec: Direct
    name: str
    reach: SectionReach

    def state(self, word: str) -> Term:
        """Return the register of a word that is history; see `terms.state`."""
        fmt = self.spec.out.to if word == "y" else self.state_cast.to
        return state(fmt, f"{self.name}_{word}", self.reach.get(word))

    def cast(self, rule: Preround, word: str, terms: list[Term], name: str) -> Term:
        """Sum and cast by what `word` can be; see `terms.cast`."""
        return cast(self.m, rule, terms, f"{self.name}_{name}", self.reach.get(word))

    def late(self, early: list[Term], product: list[Term], name: str) -> Term:
        """Add a product that arrives last; see `fxfir.rtl.sos.late`."""
        return late(self.m, early, product, f"{self.name}_{name}")

    def stored(self, terms: list[Term], name: str, en: Value, *, data: bool = False) -> list[Term]:
        """Hold a sum in a register: history, or feed-forward data; no terms need none."""
        if not terms:
            return []
        return [hold(self.m, total(terms), f"{self.name}_{name}", en=en, reset_less=data)]

    def products(self, x: Term) -> tuple[list[Term], list[Term], list[Term]]:
        """Add a stage that holds b0 x, b1 x and b2 x."""
        en = self.pipe.stage()
        held = Multiples(self.m, x, f"{self.name}_bx")
        b0, b1, b2 = (held.held(b, self.spec.b_coeff.frac, en=en) for b in self.spec.b)
        return b0, b1, b2

    def denominator(self, y: Term, name: str) -> tuple[list[Term], list[Term]]:
        """Return -a1 y and -a2 y, without registers."""
        multiples = Multiples(self.m, y, f"{self.name}_{name}")
        a1, a2 = (multiples.times(-a, self.spec.a_coeff.frac) for a in self.spec.a)
        return a1, a2

    def older(self, b1: list[Term], b2: list[Term], en: Value) -> list[Term]:
        """Hold b1 x1 + b2 x2 for the sample to come."""
        return self.stored(b1 + self.stored(b2, "b2x1", en), "bx1", en)

    @property
    def state_cast(self) -> Cast:
        """S, which every form but DF1 has."""
        if self.spec.state is None:
            raise ValueError(f"a {self.spec.form.value} section needs a state cast, got None")
        return self.spec.state
