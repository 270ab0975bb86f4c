"""Certified ranges: nothing leaves them, hardly anything is left of them, and doubt is said."""

import random
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith.reach import cascade_reach
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from tests.rtl.sos import cases, oracle

ORDER = {
    Form.DF1: ["y"],
    Form.DF2: ["w", "y"],
    Form.DF1T: ["w", "r1", "r2", "y", "t1", "t2"],
    Form.DF2T: ["y", "s1", "s2"],
}
"""Sums in the order in which the oracle casts them."""


@dataclass
class Watched(oracle.Section):
    sums: list[Fraction] = field(default_factory=list)

    def state(self, v: Fraction) -> Fraction:
        self.sums.append(v)
        return super().state(v)

    def out(self, v: Fraction) -> Fraction:
        self.sums.append(v)
        return super().out(v)


def watch(sos: FixedSos, x: list[int]) -> list[dict[str, list[Fraction]]]:
    """Every sum of every section for samples from zero history."""
    sections = [Watched(s) for s in sos.sections]
    found = [{name: [] for name in ORDER[s.form]} for s in sos.sections]
    for code in x:
        v = oracle.real(code, sos.input)
        for section, sums in zip(sections, found, strict=True):
            section.sums.clear()
            v = section.step(v)
            for name, total in zip(ORDER[section.spec.form], section.sums, strict=True):
                sums[name].append(total)
    return found


def fine(sos: FixedSos) -> FixedSos:
    """The same filter with casts that hardly round and never overflow."""

    def finer(cast: Cast | None) -> Cast | None:
        return cast and Cast(to=Format(signed=True, width=120, frac=60))

    sections = [replace(s, out=finer(s.out), state=finer(s.state)) for s in sos.sections]
    return replace(sos, sections=sections)


def worst_inputs(sos: FixedSos, length: int) -> list[tuple[int, str, list[int]]]:
    """Samples that drive each sum to its top and to its bottom."""
    unit = watch(fine(sos), [1] + [0] * (length - 1))
    lo, hi = sos.input.lo, sos.input.hi
    found = []
    for k, sums in enumerate(unit):
        for name, h in sums.items():
            found.append((k, name, [hi if v > 0 else lo for v in reversed(h)]))
            found.append((k, name, [lo if v > 0 else hi for v in reversed(h)]))
    return found


def ends(sos: FixedSos, k: int, name: str) -> tuple[Fraction, Fraction]:
    reach = cascade_reach(sos)[k][name]
    lsb = Fraction(2) ** -reach.frac
    return reach.lo * lsb, reach.hi * lsb


def roomy(form: Form, rounding: Rounding = Rounding.HALF_EVEN, **changes) -> Direct:
    cast = Cast(to=Format.parse("sfix30_En18"), rounding=rounding)
    return cases.make(form, state=None if form is Form.DF1 else cast, out=cast, **changes)


@pytest.mark.parametrize("form", Form, ids=lambda f: f.value)
@pytest.mark.parametrize("source", [SQ(1, 15), UQ(0, 12)], ids=str)
def test_the_worst_input_comes_close_and_never_leaves(form, source):
    sos = cases.cascade(roomy(form), roomy(form, b=(9000, -7000, 300)), input=source)
    assert None not in cascade_reach(sos)
    for k, name, x in worst_inputs(sos, 60):
        seen = watch(sos, x)
        lo, hi = ends(sos, k, name)
        top, bottom = max(seen[k][name]), min(seen[k][name])
        assert lo <= bottom <= top <= hi
        # One of the two is what the input was made for; the rest is rounding.
        slack = (hi - lo) / 2000
        assert hi - top < slack or bottom - lo < slack, (k, name)


@settings(max_examples=25)
@given(data=st.data())
def test_no_sum_leaves_its_range(data):
    form = data.draw(st.sampled_from(Form))
    rounding = data.draw(st.sampled_from(Rounding))
    word = st.integers(-40, 40)
    sections = []
    for _ in range(data.draw(st.integers(1, 2))):
        a2 = data.draw(st.integers(-14, 14))
        a1 = data.draw(st.integers(-15 - a2, 15 + a2))
        feedback = (1, -1) if form is Form.DF1 and data.draw(st.booleans()) else None
        sections.append(
            Direct(
                form=form,
                b=[data.draw(word) for _ in range(3)],
                a=(a1, a2),
                b_coeff=SQ(4, 4),
                a_coeff=SQ(3, 4),
                state=None if form is Form.DF1 else Cast(to=SQ(9, 3), rounding=rounding),
                out=Cast(to=SQ(9, 2), rounding=rounding),
                feedback=feedback,
            )
        )
    sos = cases.cascade(*sections, input=SQ(2, 3))
    seed = data.draw(st.integers(0, 999))
    rng = random.Random(seed)
    x = [rng.choice((sos.input.lo, sos.input.hi, rng.randint(-16, 15))) for _ in range(60)]
    tries = [x, *(x for _, _, x in worst_inputs(sos, 24))]
    for k, reach in enumerate(cascade_reach(sos)):
        if reach is None:
            continue
        for x in tries:
            for name, sums in watch(sos, x)[k].items():
                lo, hi = ends(sos, k, name)
                assert lo <= min(sums) <= max(sums) <= hi, name


@pytest.mark.parametrize("form", Form, ids=lambda f: f.value)
@pytest.mark.parametrize("overflow", Overflow, ids=lambda o: o.value)
def test_a_format_one_bit_too_short_is_not_certified(form, overflow):
    sos = cases.cascade(roomy(form))
    top = max(r.words[1] for r in cascade_reach(sos)[0].values())
    cast = Cast(to=Format(signed=True, width=1 + top.bit_length(), frac=18), overflow=overflow)

    def squeezed(shorter: int) -> FixedSos:
        to = replace(cast.to, width=cast.to.width - shorter)
        rule = replace(cast, to=to)
        section = replace(roomy(form), out=rule, state=None if form is Form.DF1 else rule)
        return cases.cascade(section, roomy(form))

    assert cascade_reach(squeezed(0))[0] is not None
    short = squeezed(1)
    assert cascade_reach(short)[0] is None
    # And rightly: some input does overflow.
    limits = short.sections[0].out.to
    assert any(
        not limits.lo <= v * 2**18 <= limits.hi
        for _, _, x in worst_inputs(short, 60)
        for sums in watch(short, x)[:1]
        for values in sums.values()
        for v in values
    )


def test_behind_a_section_that_overflows_its_format_is_what_is_known():
    loud = cases.make("df1", b=(32767, 0, 0), a=(-30000, 15000), out=Cast(to=SQ(1, 15)))
    sos = cases.cascade(loud, roomy(Form.DF2T))
    first, second = cascade_reach(sos)
    assert first is None
    assert second == cascade_reach(cases.cascade(roomy(Form.DF2T), input=SQ(1, 15)))[0]


def test_a_section_that_is_not_stable_is_not_certified():
    wild = cases.make("df1", b=(0, 0, 0), a=(-(1 << 14), -(1 << 13)))
    assert cascade_reach(cases.cascade(wild, roomy(Form.DF1)))[0] is None


def test_ends_move_between_binary_points():
    reach = cascade_reach(cases.cascade(roomy(Form.DF1)))[0]["y"]
    lo, hi = reach.sums(reach.frac)
    assert (lo, hi) == (reach.lo, reach.hi)
    assert reach.sums(reach.frac + 3) == (lo * 8, hi * 8)
    low, high = reach.sums(reach.frac - 3)
    assert lo <= low * 8 < lo + 8
    assert hi - 8 < high * 8 <= hi
