"""Limit cycles: published counts, all states of small sections by fractions, random long runs."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fxfir.analysis import Region, find_cycles, limit_cycles
from fxfir.arith import is_stable
from fxfir.errors import StabilityError
from fxfir.filters import Direct, Form, StateSpace
from fxfir.fixed import SQ, Cast, Format, Overflow, Rounding, apply, round_shift
from fxfir.quantize import faithful_sos
from tests.rtl.sos import oracle

STATES = {Form.DF1: "y", Form.DF2: "w", Form.DF1T: "r", Form.DF2T: "s"}
TRIANGLE = [(a1, a2) for a2 in range(-31, 32) for a1 in range(-63, 64) if is_stable(a1, a2, one=32)]
DISC = [(s, w) for s in range(-31, 32) for w in range(32) if s * s + w * w < 1024]

# Poles at radius r and angle t; amplitudes by exhaustive simulation, and 0.5 WCPG(1/A).
EXAMPLES = [
    # a1, a2 over 4096, bound, half-up, floor
    (-7044, 3318, 11.08696, 5, 11),
    (-7627, 3697, 32.436805, 12, 24),
    (-7988, 3934, 159.55892, 48, 97),
    (-522, 3318, 3.296265, 2, 0),
    (234, 3934, 16.034085, 9, 0),
    (7556, 3697, 26.950151, 8, 0),
    (-3098, 2007, 1.399951, 0, 1),
]


def recursion(a1: int, a2: int, frac: int, rounding: Rounding, to: Format, **cast) -> Direct:
    return Direct(
        form="df1",
        b=(1, 0, 0),
        a=(a1, a2),
        b_coeff=SQ(2, 0),
        a_coeff=SQ(2, frac),
        state=None,
        out=Cast(to=to, rounding=rounding, **cast),
    )


@pytest.mark.parametrize(("a1", "a2", "bound", "nearest", "floor"), EXAMPLES)
def test_published_examples(a1: int, a2: int, bound: float, nearest: int, floor: int) -> None:
    for rounding, wanted in (
        (Rounding.HALF_UP, nearest),
        (Rounding.FLOOR, floor),
        (Rounding.TO_ZERO, 0),
    ):
        found = limit_cycles(recursion(a1, a2, 12, rounding, SQ(30, 0)), 0)
        assert found.amplitude == wanted
        assert found.none is (wanted == 0)
        if rounding is Rounding.HALF_UP:
            assert (found.low, found.high) == (-int(bound), int(bound))


def count(rounding: Rounding, to: Format, points, **cast) -> tuple[int, int]:
    """Sections with limit cycles and their largest amplitude."""
    found = [limit_cycles(recursion(*p, 5, rounding, to, **cast), 0) for p in points]
    assert all(f.searched for f in found)
    return sum(not f.none for f in found), max(f.amplitude for f in found)


def test_the_four_sections_that_magnitude_truncation_leaves() -> None:
    points = [(-58, 31), (-53, 31), (53, 31), (58, 31)]
    wide = SQ(30, 0)
    assert [count(Rounding.TO_ZERO, wide, [p]) for p in points] == [
        (1, 16), (1, 10), (1, 10), (1, 16)
    ]  # fmt: skip
    assert count(Rounding.TO_ZERO, wide, [(-57, 31), (54, 31), (-10, 20)]) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rounding", "wanted"),
    [
        (Rounding.HALF_UP, (2928, 30)),
        (Rounding.FLOOR, (2155, 31)),
        (Rounding.TO_ZERO, (4, 16)),
    ],
)
def test_counts_of_the_stability_triangle(rounding: Rounding, wanted: tuple[int, int]) -> None:
    assert len(TRIANGLE) == 3969
    assert count(rounding, SQ(30, 0), TRIANGLE) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("overflow", "wanted"), [("wrap", 1892), ("saturate", 4)])
def test_counts_with_overflow(overflow: str, wanted: int) -> None:
    """All states of six bits, magnitude truncation."""
    over = Overflow(overflow)
    assert count(Rounding.TO_ZERO, SQ(6, 0), TRIANGLE, overflow=over)[0] == wanted


@pytest.mark.parametrize(
    ("rounding", "wanted"),
    [(Rounding.TO_ZERO, 0), (Rounding.HALF_UP, 1090), (Rounding.FLOOR, 1016)],
)
def test_counts_of_the_normal_form(rounding: Rounding, wanted: int) -> None:
    """States of [[s, -w], [w, s]], each rounded: none with magnitude truncation, by a proof."""
    assert len(DISC) == 1634
    found = 0
    for s, w in DISC:

        def step(p, q, s=s, w=w):
            return round_shift(s * p - w * q, 5, rounding), round_shift(w * p + s * q, 5, rounding)

        found += len(find_cycles(step, Region.box(-24, 24))) > 1
    assert found == wanted


def coupled(s: int, w: int, rounding: Rounding, to: Format, **cast) -> StateSpace:
    return StateSpace(
        a=((s, -w), (w, s)),
        b=(1, 0),
        c=(3, -1),
        d=0,
        a_coeff=SQ(1, 5),
        b_coeff=SQ(2, 0),
        c_coeff=SQ(3, 1),
        d_coeff=SQ(2, 0),
        state=Cast(to=to, rounding=rounding, **cast),
        out=Cast(to=SQ(to.width, to.frac - 2), rounding=rounding),
    )


@pytest.mark.parametrize("rounding", [Rounding.TO_ZERO, Rounding.HALF_UP, Rounding.FLOOR])
def test_state_equations_against_a_scan_and_by_fractions(rounding: Rounding) -> None:
    """Radii up to 0.93, whose cycles the scan cannot miss; every cycle found is run."""
    for s, w in [(s, w) for s, w in DISC if s * s + w * w < 890][::9]:

        def step(p, q, s=s, w=w):
            return round_shift(s * p - w * q, 5, rounding), round_shift(w * p + s * q, 5, rounding)

        section = coupled(s, w, rounding, SQ(24, 4))
        found = limit_cycles(section, 4)
        assert found.searched
        scan = find_cycles(step, Region.box(-40, 40))
        assert found.none is (len(scan) == 1)
        assert all(found.low <= v <= found.high for c in scan for v in c.p.tolist())
        if found.none:
            continue
        p, q = found.start.values()
        first, ys = (p, q), []
        for _ in range(found.period):
            ys.append(oracle.cast(Fraction(3 * p - q, 1 << 5), section.out))
            exact = Fraction(s * p - w * q, 1 << 9), Fraction(w * p + s * q, 1 << 9)
            p, q = (oracle.cast(v, section.state) for v in exact)
        assert (p, q) == first
        assert max(map(abs, ys)) == found.amplitude


@pytest.mark.parametrize("rounding", [Rounding.TO_ZERO, Rounding.HALF_UP, Rounding.FLOOR])
def test_state_variable_forms_against_a_scan(rounding: Rounding) -> None:
    for f, e in [(3, 2), (6, 5), (9, 12), (14, 9), (20, 30), (26, 33)]:

        def step(p, q, f=f, e=e):
            return (
                round_shift(32 * p + f * q, 5, rounding),
                round_shift(-f * p + (32 - e) * q, 5, rounding),
            )

        section = replace(
            coupled(0, 1, rounding, SQ(24, 4)),
            a=((32, f), (-f, 32 - e)),
            b=(0, 1),
            a_coeff=SQ(2, 5),
        )
        found = limit_cycles(section, 4)
        assert found.searched
        scan = find_cycles(step, Region.box(-60, 60))
        assert found.none is (len(scan) == 1)
        assert all(found.low <= v <= found.high for c in scan for v in c.p.tolist())


def test_state_equations_of_few_bits_are_searched_whole() -> None:
    """Magnitude truncation and wrap: no oscillation of any kind, over all states."""
    for s, w in [(20, 20), (31, 5), (-12, 28)]:
        section = coupled(s, w, Rounding.TO_ZERO, SQ(6, 0), overflow=Overflow.WRAP)
        found = limit_cycles(section, 0)
        assert found.whole
        assert found.none
        assert not limit_cycles(coupled(s, w, Rounding.HALF_UP, SQ(6, 0)), 0).none
    narrow = limit_cycles(coupled(31, 5, Rounding.FLOOR, SQ(24, 4)), 4, max_states=9)
    assert str(narrow).startswith("at least ")
    assert "; s1 stays within [" in str(narrow)


def test_no_overflow_oscillation_of_the_normal_form_with_magnitude_truncation() -> None:
    cast = Cast(to=SQ(6, 0), rounding=Rounding.TO_ZERO, overflow=Overflow.WRAP)
    for s, w in DISC[::3]:

        def step(p, q, s=s, w=w):
            return apply(cast, s * p - w * q, 5), apply(cast, w * p + s * q, 5)

        assert len(find_cycles(step, Region.box(-32, 31))) == 1, (s, w)


# Small sections, every state, in fractions.


@st.composite
def small_sections(draw: st.DrawFn) -> Direct:
    form = draw(st.sampled_from(Form))
    frac = draw(st.integers(2, 5))
    one = 1 << frac
    a2 = draw(st.integers(-one + 1, one - 1))
    a1 = draw(st.integers(-one - a2 + 1, one + a2 - 1))
    casts = [
        Cast(
            to=SQ(draw(st.integers(2, 4)), draw(st.integers(-1, 1))),
            rounding=draw(st.sampled_from(Rounding)),
            overflow=draw(st.sampled_from(Overflow)),
        )
        for _ in range(2)
    ]
    return Direct(
        form=form,
        b=tuple(draw(st.integers(-3, 3)) for _ in range(3)),
        a=(a1, a2),
        b_coeff=SQ(2, 1),
        a_coeff=SQ(2, frac),
        state=None if form is Form.DF1 else casts[0],
        out=casts[1],
    )


def machine(section: Direct, words: tuple[int, int]) -> oracle.Section:
    made = oracle.Section(section)
    to = section.out.to if section.form is Form.DF1 else section.state.to
    setattr(made, STATES[section.form], [oracle.real(v, to) for v in words])
    return made


def settled(section: Direct, words: tuple[int, int], n: int) -> tuple[list[Fraction], int]:
    """The state after n steps on zero input, and the largest |y| of the second half, in LSB."""
    made = machine(section, words)
    y = [made.step(Fraction(0)) for _ in range(n)]
    largest = max(map(abs, y[n // 2 :])) / section.out.to.step
    return getattr(made, STATES[section.form]), int(largest)


@given(small_sections())
@settings(max_examples=12)
def test_every_state_of_small_sections(section: Direct) -> None:
    to = section.out.to if section.form is Form.DF1 else section.state.to
    found = limit_cycles(section, 3)
    assert found.whole
    starts = list(itertools.product(range(to.lo, to.hi + 1), repeat=2))
    ends = [settled(section, s, 2 * len(starts) if len(starts) < 100 else 200) for s in starts[::9]]
    assert all(y <= found.amplitude for _, y in ends)
    if found.none:
        assert all(not any(state) for state, _ in ends)


def long_section(form: Form, rounding: Rounding, a: tuple[int, int], width: int = 24) -> Direct:
    cast = Cast(to=SQ(4, width - 4), rounding=rounding)
    fine = Cast(to=SQ(4, width - 2), rounding=rounding)
    return Direct(
        form=form,
        b=(5, -3, 2),
        a=a,
        b_coeff=SQ(4, 1),
        a_coeff=SQ(2, 10),
        state=None if form is Form.DF1 else fine,
        out=cast,
    )


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.TO_ZERO])
@pytest.mark.parametrize("a", [(-1843, 870), (1200, 900), (-900, 300)])
def test_a_cycle_runs_from_its_start_and_none_ends_at_zero(
    form: Form, rounding: Rounding, a: tuple[int, int], seed: int
) -> None:
    section = long_section(form, rounding, a)
    found = limit_cycles(section, 20)
    assert found.searched
    if found.start is not None:
        words = tuple(found.start.values())
        made = machine(section, words)
        name = STATES[form]
        before = list(getattr(made, name))
        ys = [made.step(Fraction(0)) for _ in range(4 * found.period)]
        assert getattr(made, name) == before
        # The feed-forward states of df1t fill in the first steps.
        assert max(map(abs, ys[3:])) / section.out.to.step == found.amplitude
    rng = np.random.default_rng(seed)
    to = section.out.to if form is Form.DF1 else section.state.to
    for _ in range(2):
        words = tuple(int(v) for v in rng.integers(to.lo // 16, to.hi // 16, 2))
        state, y = settled(section, words, 900)
        assert y <= found.amplitude
        if found.none:
            assert not any(state)


def test_a_narrow_pole_is_searched_in_a_strip() -> None:
    """Poles at radius 0.992: a box of words is ten times the strip that cycles are in."""
    section = recursion(-129900, 64500, 16, Rounding.HALF_EVEN, SQ(16, 8))
    found = limit_cycles(section, 8)
    assert found.searched
    assert (found.high - found.low) ** 2 > 10 * found.n_states
    assert found.amplitude > 0


@pytest.mark.parametrize("form", Form)
def test_wide_words_are_searched_and_run(form: Form) -> None:
    """Coefficients of 27 bits and guard bits for an error below one LSB."""
    made = faithful_sos(signal.butter(2, 0.01, output="sos"), form=form)
    section = made.filter.sections[0]
    found = limit_cycles(section, made.filter.input.frac)
    assert found.searched
    words = tuple(found.start.values())
    runner = machine(section, words)
    before = list(getattr(runner, STATES[form]))
    for _ in range(found.period):
        runner.step(Fraction(0))
    assert getattr(runner, STATES[form]) == before


def test_too_many_states_leave_the_bound_and_say_so() -> None:
    found = limit_cycles(recursion(-7988, 3934, 12, Rounding.HALF_UP, SQ(30, 0)), 0, max_states=99)
    assert not found.searched
    assert not found.none
    assert found.amplitude == 48
    assert not found.exact
    assert str(found).startswith("at least 48 LSB of y, period ")
    assert str(found).endswith("; y stays within [-159, 159] LSB")


def test_feedback_that_feeds_nothing_back_changes_nothing() -> None:
    plain = recursion(-7044, 3318, 12, Rounding.HALF_UP, SQ(30, 0))
    still = Direct(**{n: getattr(plain, n) for n in plain.__slots__} | {"feedback": (0, 0)})
    assert limit_cycles(still, 0) == limit_cycles(plain, 0)


def test_unstable_sections_are_refused() -> None:
    with pytest.raises(StabilityError, match="poles must lie inside"):
        limit_cycles(recursion(-64, 32, 5, Rounding.FLOOR, SQ(8, 0)), 0)


def permutation_cycles(n: int, step: Callable[[int], int]) -> set[frozenset[int]]:
    found = set()
    for start in range(n):
        seen, place = [], start
        while place not in seen and place >= 0:
            seen.append(place)
            place = step(place)
        if place >= 0:
            found.add(frozenset(seen[seen.index(place) :]))
    return found


@given(st.lists(st.integers(-1, 24), min_size=25, max_size=25))
def test_any_map_of_25_states(targets: list[int]) -> None:
    """The search against plain walking; -1 leads outside."""
    table = np.array(targets)

    def step(p, q):
        place = table[(q + 2) * 5 + p + 2]
        return np.where(place < 0, 9, place % 5 - 2), np.where(place < 0, 0, place // 5 - 2)

    found = find_cycles(step, Region.box(-2, 2))
    walked = {frozenset(((c.q + 2) * 5 + c.p + 2).tolist()) for c in found}
    assert walked == permutation_cycles(25, lambda place: targets[place])
