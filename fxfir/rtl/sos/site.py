"""What all direct forms are built with: a place in the pipeline, registers and casts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from amaranth.hdl import Module, Value

from fxfir.arith.csd import csd
from fxfir.arith.reach import SectionReach
from fxfir.filters import Direct
from fxfir.fixed import Cast
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.late import late
from fxfir.rtl.sos.multiples import Multiples, levels
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.terms import Term, cast, hold, state, total

__all__ = ["Adders", "Site"]


class Adders(Enum):
    """Which products by constants are additions and shifts instead of multipliers."""

    NONE = "none"
    LOOP = "loop"
    """Those that the clock waits for: by a1, and in a state space by all of A."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a section is built, and the steps that several forms share."""

    m: Module
    pipe: Pipe
    spec: Direct
    name: str
    reach: SectionReach
    adders: Adders = Adders.NONE

    def state(self, word: str) -> Term:
        """Return the register of a word that is history; see `terms.state`."""
        return self.state_of(word, word)

    def state_of(self, word: str, name: str) -> Term:
        """Return one of several registers for words of one kind."""
        fmt = self.spec.out.to if word == "y" else self.state_cast.to
        return state(fmt, f"{self.name}_{name}", self.reach.get(word))

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
        held = Multiples(self.m, x, f"{self.name}_bx", adders=self.added(*self.spec.b))
        b0, b1, b2 = (held.held(b, self.spec.b_coeff.frac, en=en) for b in self.spec.b)
        return b0, b1, b2

    def denominator(
        self, y: Term, name: str, *, late: bool = False
    ) -> tuple[list[Term], list[Term]]:
        """Return -a1 y and -a2 y, without registers.

        The former may be several terms, one for each signed digit of a1, where `late` says that
        a tree takes them and they make it flatter.
        """
        (a1, a2), frac = self.spec.a, self.spec.a_coeff.frac
        added = self.added(a1, loop=True)
        digits = csd(a1) if late and added else ()
        # Beside them two registers are summed, and one addition stands behind a finished product.
        if len(digits) > 1 and (len(digits) + 1).bit_length() <= levels(a1):
            terms = [
                replace(y, frac=y.frac + frac - shift, minus=negative == y.minus)
                for shift, negative in digits
            ]
            second = Multiples(self.m, y, f"{self.name}_{name}", adders=self.added(a2))
            return terms, second.times(-a2, frac)
        first = Multiples(self.m, y, f"{self.name}_{name}", adders=(*added, *self.added(a2)))
        if self.adders is not Adders.ALL or levels(a1) >= levels(a2):
            return first.times(-a1, frac), first.times(-a2, frac)
        # Shared with a deeper product, that by a1 could come later than it must.
        first = Multiples(self.m, y, f"{self.name}_{name}1x", adders=added)
        second = Multiples(self.m, y, f"{self.name}_{name}2x", adders=self.added(a2))
        return first.times(-a1, frac), second.times(-a2, frac)

    def added(self, *factors: int, loop: bool = False) -> tuple[int, ...]:
        """Return those of these factors whose products are additions and shifts."""
        chosen = self.adders is Adders.ALL or (loop and self.adders is Adders.LOOP)
        return factors if chosen else ()

    def older(self, b1: list[Term], b2: list[Term], en: Value) -> list[Term]:
        """Hold b1 x1 + b2 x2 for the sample to come."""
        return self.stored(b1 + self.stored(b2, "b2x1", en), "bx1", en)

    @property
    def state_cast(self) -> Cast:
        """S, which every form but DF1 has."""
        if self.spec.state is None:
            raise ValueError(f"a {self.spec.form.value} section needs a state cast, got None")
        return self.spec.state
