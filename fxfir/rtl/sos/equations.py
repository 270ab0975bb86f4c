"""A second-order section by its state equations, one sample per clock.

The loop is two products by the states and one sum; it takes one clock edge. Products by the input
are registered before it, those that make y behind it.
"""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.arith.reach import SectionReach
from fxfir.filters import StateSpace
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.sos.multiples import Multiples
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.site import Adders
from fxfir.rtl.sos.terms import Output, Term, bias, cast, hold, load, state

__all__ = ["EQUATION_STAGES", "equations"]

EQUATION_STAGES = 3
"""Pipeline stages of one section."""


def equations(
    m: Module,
    pipe: Pipe,
    spec: StateSpace,
    x: Term,
    name: str,
    reach: SectionReach,
    adders: Adders = Adders.NONE,
) -> Output:
    """Build one section; see `fxfir.rtl.sos.sections.section`."""
    en = pipe.stage()
    every = adders is Adders.ALL
    entering = Multiples(m, x, f"{name}_x", adders=(*spec.b, spec.d) if every else ())
    b1, b2 = (entering.held(word, spec.b_coeff.frac, en=en) for word in spec.b)
    d = entering.held(spec.d, spec.d_coeff.frac, en=en)
    turn = pipe.stage()
    registers = [state(spec.state.to, f"{name}_{word}", reach.get(word)) for word in ("s1", "s2")]
    first, second = (
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
    )
    for word, register, (p, q), fed in zip(("s1", "s2"), registers, spec.a, (b1, b2), strict=True):
        terms = [
            *fed,
            *first.times(p, spec.a_coeff.frac),
            *second.times(q, spec.a_coeff.frac),
        ]
        rule = Preround(spec.state, frac=max((t.frac for t in terms), default=0))
        following = cast(m, rule, [*terms, *bias(rule)], f"{name}_{word}_next", reach.get(word))
        load(m, register, following, turn)
    # The states are still the old ones when their products are taken.
    terms = [
        *first.held(spec.c[0], spec.c_coeff.frac, en=turn),
        *second.held(spec.c[1], spec.c_coeff.frac, en=turn),
        *(hold(m, t, f"{name}_dx_q", en=turn, reset_less=True) for t in d),
    ]
    last = pipe.stage()
    rule = Preround(spec.out, frac=max((t.frac for t in terms), default=0))
    y = cast(m, rule, [*terms, *bias(rule)], f"{name}_next", reach.get("y"))
    return Output(entering=y, held=hold(m, y, f"{name}_y", en=last, reset_less=True))
