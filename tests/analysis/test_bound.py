"""The certified bound against every input there is, and against random ones of real size."""

import random
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.analysis import FirError, error_bound
from fxfir.errors import FilterError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from tests.fixed.formulas import ROUND, limit


def plain_error(fir: FixedFir, ideal: list[Fraction], gain: Fraction, xs: list[int]) -> Fraction:
    """The definition, in fractions: oldest sample first, error at the last one."""
    cast = fir.output
    step = Fraction(2) ** cast.to.frac
    unit = Fraction(2) ** -fir.input.frac
    newest_first = xs[::-1]
    word = Fraction(2) ** -fir.coeff.frac
    exact = sum(c * word * x * unit for c, x in zip(fir.taps, newest_first, strict=True))
    wanted = sum(gain * h * x * unit for h, x in zip(ideal, newest_first, strict=True))
    actual = limit(ROUND[cast.rounding](exact * step), cast.to, cast.overflow)
    return actual - min(max(wanted * step, Fraction(cast.to.lo)), Fraction(cast.to.hi))


@st.composite
def small_firs(draw: st.DrawFn) -> tuple[FixedFir, list[Fraction], Fraction]:
    """Filters whose inputs can all be tried."""
    n = draw(st.integers(1, 3))
    coeff = SQ(1, draw(st.integers(2, 4)))
    taps = draw(st.lists(st.integers(coeff.lo, coeff.hi), min_size=n, max_size=n).filter(any))
    input = Format(
        signed=draw(st.booleans()),
        width=draw(st.integers(1, 3 if n == 3 else 4)),
        frac=draw(st.integers(-1, 4)),
    )
    to = Format(
        signed=draw(st.booleans()), width=draw(st.integers(1, 6)), frac=draw(st.integers(-1, 6))
    )
    cast = Cast(
        to=to,
        rounding=draw(st.sampled_from(Rounding)),
        overflow=draw(st.sampled_from(Overflow)),
    )
    fir = FixedFir(taps=tuple(taps), coeff=coeff, input=input, output=cast)
    gain = Fraction(draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    off = [Fraction(draw(st.integers(-8, 8)), 24) for _ in taps]
    ideal = [(c + d) * coeff.step / gain for c, d in zip(taps, off, strict=True)]
    return fir, ideal, gain


@given(small_firs())
@settings(max_examples=150)
def test_every_input_of_small_filters(case: tuple[FixedFir, list[Fraction], Fraction]) -> None:
    fir, ideal, gain = case
    bound = error_bound(fir, ideal, gain)
    words = range(fir.input.lo, fir.input.hi + 1)
    errors = [
        abs(plain_error(fir, ideal, gain, list(xs))) for xs in product(words, repeat=fir.n_taps)
    ]
    if bound.error_lsb is None:
        assert fir.output.overflow is Overflow.WRAP
        return
    assert max(errors) <= bound.error_lsb
    assert bound.worst_input is not None
    assert bound.attained_lsb == abs(plain_error(fir, ideal, gain, list(bound.worst_input)))
    assert bound.attained_lsb <= max(errors)


@given(small_firs(), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_error_of_samples_is_the_definition(
    case: tuple[FixedFir, list[Fraction], Fraction], rng: random.Random
) -> None:
    fir, ideal, gain = case
    xs = [rng.randint(fir.input.lo, fir.input.hi) for _ in fir.taps]
    assert FirError(fir, ideal, gain).of(xs) == plain_error(fir, ideal, gain, xs)


def low_pass(n: int, width: int, rounding: Rounding) -> tuple[FixedFir, list[Fraction]]:
    import numpy as np

    h = np.hamming(n) * np.sinc((np.arange(n) - (n - 1) / 2) * 0.3) * 0.3
    ideal = [Fraction(v) for v in h.tolist()]
    coeff = SQ(1, width - 1)
    taps = tuple(round(v / coeff.step) for v in ideal)
    output = Cast(to=SQ(1, 15), rounding=rounding)
    return FixedFir(taps=taps, coeff=coeff, input=SQ(1, 15), output=output), ideal


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize(("n", "close"), [(5, Fraction(1, 2)), (64, Fraction(9, 10))])
def test_random_and_worst_inputs_of_a_real_filter(
    n: int, close: Fraction, rounding: Rounding, seed: int
) -> None:
    fir, ideal = low_pass(n, 16, rounding)
    bound = error_bound(fir, ideal)
    errors = FirError(fir, ideal)
    rng = random.Random(seed)
    patterns = [[rng.randint(fir.input.lo, fir.input.hi) for _ in fir.taps] for _ in range(200)]
    patterns += [[rng.choice([fir.input.lo, fir.input.hi]) for _ in fir.taps] for _ in range(200)]
    assert max(abs(errors.of(xs)) for xs in patterns) <= bound.error_lsb
    # The bound is no guess: an input is known that comes close; the fewer taps, the
    # less freedom to meet the worst of the rounding too.
    assert bound.attained_lsb == abs(errors.of(bound.worst_input))
    assert bound.attained_lsb <= bound.error_lsb
    assert bound.attained_lsb > close * bound.error_lsb


def test_the_asymmetric_end_of_two_s_complement_counts() -> None:
    """One tap of 1 for an ideal of 0: the error is x itself, and -128 is worse than 127."""
    output = Cast(to=SQ(2, 7))
    fir = FixedFir(taps=(1, 1), coeff=SQ(2, 0), input=SQ(1, 7), output=output)
    bound = error_bound(fir, [Fraction(1), Fraction(0)])
    assert bound.error_lsb == bound.attained_lsb == 128
    assert bound.coefficient_lsb == (-128, 127)
    assert bound.rounding_lsb == (0, 0)


@pytest.mark.parametrize(
    ("rounding", "ends"),
    [
        (Rounding.FLOOR, (Fraction(-7, 8), 0)),
        (Rounding.CEIL, (0, Fraction(7, 8))),
        (Rounding.TO_ZERO, (Fraction(-7, 8), Fraction(7, 8))),
        (Rounding.HALF_UP, (Fraction(-3, 8), Fraction(1, 2))),
        (Rounding.HALF_DOWN, (Fraction(-1, 2), Fraction(3, 8))),
        (Rounding.HALF_AWAY, (Fraction(-1, 2), Fraction(1, 2))),
        (Rounding.HALF_EVEN, (Fraction(-1, 2), Fraction(1, 2))),
    ],
)
def test_each_rounding_has_its_own_ends(
    rounding: Rounding, ends: tuple[Fraction, Fraction]
) -> None:
    """Exact taps and three bits dropped: the error is the rounding's, and its extreme is met."""
    output = Cast(to=SQ(2, 3), rounding=rounding)
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=SQ(2, 6), output=output)
    bound = error_bound(fir, [Fraction(1)])
    assert bound.rounding_lsb == ends
    assert bound.error_lsb == bound.attained_lsb == max(-ends[0], ends[1])


def test_unsigned_input_rounds_one_way_only() -> None:
    output = Cast(to=UQ(2, 3), rounding=Rounding.TO_ZERO)
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=UQ(2, 6), output=output)
    assert error_bound(fir, [Fraction(1)]).rounding_lsb == (Fraction(-7, 8), 0)


def test_a_common_power_of_two_is_no_dropped_bit() -> None:
    output = Cast(to=SQ(4, 3))
    fir = FixedFir(taps=(8, 24), coeff=SQ(6, 0), input=SQ(1, 6), output=output)
    assert error_bound(fir, [Fraction(8), Fraction(24)]).error_lsb == 0
    odd = FixedFir(taps=(8, 4), coeff=SQ(6, 0), input=SQ(1, 6), output=output)
    assert error_bound(odd, [Fraction(8), Fraction(4)]).error_lsb == Fraction(1, 2)


def test_no_bound_where_the_output_can_wrap() -> None:
    wrap = Cast(to=SQ(1, 7), overflow=Overflow.WRAP)
    fir = FixedFir(taps=(64, 64), coeff=SQ(1, 7), input=SQ(1, 7), output=wrap)
    ideal = [Fraction(1, 2), Fraction(1, 2)]
    assert error_bound(fir, ideal).error_lsb == Fraction(1, 2)
    # 65/128 twice takes -128 to -130.
    fir = FixedFir(taps=(65, 65), coeff=SQ(1, 7), input=SQ(1, 7), output=wrap)
    bound = error_bound(fir, ideal)
    assert bound.error_lsb is None
    assert bound.attained_lsb is None
    assert bound.worst_input is None
    assert bound.reason == (
        "the output can wrap: rounded sums span [-130, 129], sfix8_En7 holds [-128, 127]"
    )


def test_the_error_never_exceeds_the_output_range() -> None:
    fir = FixedFir(taps=(7,), coeff=SQ(4, 0), input=SQ(4, 0), output=Cast(to=SQ(2, 0)))
    bound = error_bound(fir, [Fraction(-7)])
    assert bound.error_lsb == bound.attained_lsb == 3


def test_wrong_number_of_ideal_taps() -> None:
    fir = FixedFir(taps=(7, 1), coeff=SQ(4, 0), input=SQ(4, 0), output=Cast(to=SQ(2, 0)))
    with pytest.raises(FilterError, match="one value for each of 2 taps, got 1"):
        error_bound(fir, [Fraction(7)])


def test_a_wrong_tap_is_seen() -> None:
    """The bound follows the words: change one and the old bound is exceeded."""
    fir, ideal = low_pass(16, 16, Rounding.HALF_EVEN)
    taps = list(fir.taps)
    taps[8] += 16
    broken = FixedFir(taps=tuple(taps), coeff=fir.coeff, input=fir.input, output=fir.output)
    assert error_bound(broken, ideal).attained_lsb > error_bound(fir, ideal).error_lsb
