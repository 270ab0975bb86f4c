"""Limit cycles with error feedback, and on constant inputs: every state of small sections."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fxfir.analysis import constant_input, limit_cycles
from fxfir.analysis.shaped import _Shaped
from fxfir.errors import StabilityError
from fxfir.filters import Direct, Form
from fxfir.fixed import SQ, Cast, Overflow, Rounding
from fxfir.quantize import quantize_sos
from tests.rtl.sos import oracle

WIDE = SQ(20, 0)


def shaped(a, frac, feedback, rounding=Rounding.HALF_EVEN, to=WIDE, **cast) -> Direct:
    return Direct(
        form="df1",
        b=(1, 0, 0),
        a=a,
        b_coeff=SQ(2, 0),
        a_coeff=SQ(3, frac),
        state=None,
        out=Cast(to=to, rounding=rounding, **cast),
        feedback=feedback,
    )


def history(section: Direct, y: tuple[int, int], err: tuple[int, int], frac: int):
    """An outside witness in this state; errors in units of 2**-frac."""
    made = oracle.Section(section)
    made.y = [oracle.real(v, section.out.to) for v in y]
    made.err = [Fraction(v, 1 << frac) for v in err]
    return made


def orbits(section: Direct, frac: int, errors: range) -> int:
    """The largest |y| in any cycle of any state, by walking the graph of all states."""
    to = section.out.to
    following, sizes = {}, {}
    for y1, y2, e1, e2 in itertools.product(
        range(to.lo, to.hi + 1), range(to.lo, to.hi + 1), errors, errors
    ):
        made = history(section, (y1, y2), (e1, e2), frac)
        y = made.step(Fraction(0))
        state = tuple(int(v / to.step) for v in made.y) + tuple(int(v * 2**frac) for v in made.err)
        following[y1, y2, e1, e2], sizes[y1, y2, e1, e2] = state, abs(int(y / to.step))
    largest, done = 0, set()
    for start in following:
        path, place = {}, start
        while place not in path and place not in done:
            path[place] = len(path)
            place = following[place]
        if place in path:
            members = [s for s, k in path.items() if k >= path[place]]
            largest = max(largest, *(sizes[s] for s in members))
        done |= path.keys()
    return largest


@st.composite
def small(draw: st.DrawFn) -> tuple[Direct, int]:
    frac = draw(st.integers(1, 2))
    one = 1 << frac
    a2 = draw(st.integers(-one + 1, one - 1))
    a1 = draw(st.integers(-one - a2 + 1, one + a2 - 1))
    feedback = draw(
        st.tuples(st.integers(-2, 2), st.integers(-1, 1)).filter(lambda pair: any(pair))
    )
    to = SQ(draw(st.integers(2, 3)), draw(st.integers(-1, 1)))
    rounding, overflow = draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow))
    return shaped((a1, a2), frac, feedback, rounding, to, overflow=overflow), frac + to.frac


@given(small())
@settings(max_examples=20)
def test_every_state_of_small_sections_with_feedback(made: tuple[Direct, int]) -> None:
    section, frac = made
    found = limit_cycles(section, section.out.to.frac)
    assert found.exact
    assert found.whole
    # The errors that are dropped, in any rounding.
    dropped = 1 << (frac - section.out.to.frac)
    assert found.amplitude == orbits(section, frac, range(-dropped, dropped + 1))


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(
    ("a", "feedback"), [((-50, 20), (-2, 1)), ((-40, 20), (-1, 0)), ((20, 28), (1, 1))]
)
def test_sections_that_are_searched_inside_their_range(a, feedback, rounding) -> None:
    """Words of 20 bits: what is claimed holds for an outside witness from many states."""
    section = shaped(a, 5, feedback, rounding)
    found = limit_cycles(section, 0)
    assert found.exact
    assert not found.whole
    for y1, y2, e1, e2 in itertools.product((-9, 0, 5), (-3, 4), (-7, 15), (-15, 0, 8)):
        made = history(section, (y1, y2), (e1, e2), 5)
        for _ in range(300):
            made.step(Fraction(0))
        assert max(abs(made.step(Fraction(0))) for _ in range(300)) <= found.amplitude
    if found.start is not None:
        runs(section, found, 5)


def runs(section: Direct, found, frac: int) -> None:
    """The reported state returns after the period, and reaches the amplitude."""
    s = found.start
    made = history(section, (s["y1"], s["y2"]), (s["err1"], s["err2"]), frac)
    # Without e2 the older error is no part of the state.
    used = 2 if section.feedback[1] else 1
    before = made.y, made.err[:used]
    ys = [made.step(Fraction(0)) for _ in range(found.period)]
    assert (made.y, made.err[:used]) == before
    assert max(map(abs, ys)) == found.amplitude * section.out.to.step


@pytest.mark.parametrize("cutoff", [0.1, 0.2])
def test_sections_of_eighteen_bits(cutoff: float) -> None:
    made = quantize_sos(
        signal.butter(2, cutoff, output="sos"), form=Form.DF1, error_feedback=True
    ).filter
    (section,) = made.sections
    found = limit_cycles(section, made.input.frac)
    assert found.exact
    assert found.none is (cutoff == 0.2)
    if found.start is not None:
        frac = max(section.a_coeff.frac + section.out.to.frac, section.b_coeff.frac + 15)
        runs(section, found, frac)


def test_the_range_alone_decides_first_order_half_up() -> None:
    section = shaped((-15, 0), 4, (-1, 0), Rounding.HALF_UP)
    found = limit_cycles(section, 0)
    assert found.none
    assert str(found) == "none (y stays within [0, 0] LSB)"
    assert orbits(shaped((-3, 0), 2, (-1, 0), Rounding.HALF_UP, SQ(3, 0)), 2, range(-2, 3)) == 0


def test_a_broken_section_is_seen_to_oscillate() -> None:
    """Without its feedback, with it turned round, or with another rounding."""
    sound = shaped((-40, 20), 5, (-1, 0), Rounding.HALF_EVEN)
    assert limit_cycles(sound, 0).none
    for broken in (
        shaped((-40, 20), 5, (0, 0), Rounding.HALF_EVEN),
        shaped((-40, 20), 5, (1, 0), Rounding.HALF_EVEN),
        shaped((-40, 20), 5, (-1, 1), Rounding.FLOOR),
    ):
        found = limit_cycles(broken, 0)
        assert found.exact
        assert found.amplitude > 0


def test_an_error_of_the_wrong_sign_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    section = shaped((-3, 2), 2, (-2, 1), Rounding.HALF_UP, SQ(3, 0))
    wanted = orbits(section, 2, range(-4, 5))
    assert limit_cycles(section, 0).amplitude == wanted
    error = _Shaped._error
    monkeypatch.setattr(_Shaped, "_error", lambda self, v: -error(self, v))
    assert limit_cycles(section, 0).amplitude != wanted


def test_what_was_not_searched_says_what_was_met() -> None:
    section = shaped((-50, 20), 5, (-2, 1))
    exact = limit_cycles(section, 0)
    part = limit_cycles(section, 0, max_states=9)
    assert exact.searched
    assert not part.searched
    assert part.tried == 1024
    assert (part.amplitude or 0) <= exact.amplitude
    assert (part.low, part.high) == (exact.low, exact.high)


def test_feedback_of_an_unstable_section_is_refused() -> None:
    with pytest.raises(StabilityError, match="poles must lie inside"):
        limit_cycles(shaped((-64, 32), 5, (-2, 1)), 0)


# Constant inputs.


def rests(section, source, word: int, n: int) -> set[int]:
    """Words of y after n samples from silence."""
    kind = oracle.Equations if not isinstance(section, Direct) else oracle.Section
    made = kind(section)
    x = oracle.real(word, source)
    ys = [made.step(x) for _ in range(2 * n)]
    return {int(y / section.out.to.step) for y in ys[n:]}


@st.composite
def plain(draw: st.DrawFn) -> Direct:
    form = draw(st.sampled_from(Form))
    frac = draw(st.integers(2, 4))
    one = 1 << frac
    a2 = draw(st.integers(-one + 1, one - 1))
    a1 = draw(st.integers(-one - a2 + 1, one + a2 - 1))
    casts = [
        Cast(
            to=SQ(draw(st.integers(2, 4)), draw(st.integers(-1, 1))),
            rounding=draw(st.sampled_from(Rounding)),
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
        feedback=draw(st.sampled_from([None, (-1, 0), (-2, 1)])) if form is Form.DF1 else None,
    )


@given(plain())
@settings(max_examples=15)
def test_every_word_from_silence(section: Direct) -> None:
    source = SQ(2, 2)
    found = constant_input(section, source)
    if found.settles:
        assert found.n_words == 0
    else:
        assert found.whole
        assert found.unsettled == 0
    seen = {word: rests(section, source, word, 150) for word in range(source.lo, source.hi + 1)}
    spans = {word: max(ys) - min(ys) for word, ys in seen.items()}
    if found.word is None:
        assert not any(spans.values())
    else:
        assert max(spans.values()) == spans[found.word] == found.moves


@pytest.mark.parametrize("rounding", [Rounding.HALF_UP, Rounding.FLOOR])
def test_a_section_that_settles_does_so_from_every_state(rounding: Rounding) -> None:
    """The certified span is below one LSB: all states, all inputs."""
    section = shaped((0, 0), 3, None, rounding, SQ(4, 0))
    source = SQ(4, 0)
    found = constant_input(section, source)
    assert found.settles
    assert str(found) == "y comes to rest at one value"
    for word in (-5, 0, 3):
        for y1, y2 in itertools.product(range(-8, 8), repeat=2):
            made = history(section, (y1, y2), (0, 0), 3)
            x = oracle.real(word, source)
            made.x = [x, x]
            for _ in range(20):
                made.step(x)
            assert len({made.step(x) for _ in range(20)}) == 1


def test_a_pole_that_rounds_back_and_forth_is_met() -> None:
    section = shaped((7, 0), 3, None, Rounding.HALF_UP, SQ(8, 0))
    found = constant_input(section, SQ(6, 0))
    assert found.moves > 0
    assert found.moves <= found.most
    assert len(rests(section, SQ(6, 0), found.word, 200)) > 1
    assert f"at x = {found.word}, period {found.period} (all 64 words)" in str(found)


def test_long_words_are_bounded_only() -> None:
    section = shaped((7, 0), 3, None, Rounding.HALF_UP, SQ(60, 0))
    found = constant_input(section, SQ(6, 0))
    assert found.n_words == 0
    assert str(found) == f"y can move within {found.most} LSB at most; sums are too long to run it"
