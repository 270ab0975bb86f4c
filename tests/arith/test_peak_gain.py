"""Worst-case peak gains: published and high-precision values, closed forms, float responses."""

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import Block, PeakGain, cascade_peak_gains, peak_gain
from fxfir.errors import StabilityError

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "wcpg_reference.json"


def doubles(words: list[str]) -> list[Fraction]:
    return [Fraction(float.fromhex(word)) for word in words]


PAIRS = [(-1.5, 0.6), (1.2, 0.9), (-1.9, 0.91), (0.3, -0.5), (0.0, 0.0), (-0.99, 0.0)]


@pytest.mark.parametrize("name", ["flopoco_butter3", "flopoco_easy_iir8", "flopoco_difficult_iir8"])
@pytest.mark.parametrize("what", ["wcpg_H", "wcpg_err"])
def test_fifteen_digits_of_the_reference(name: str, what: str) -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    entry = json.loads(REFERENCE.read_text())["direct_form"][name]
    b = doubles(entry["b_hex"]) if what == "wcpg_H" else [Fraction(1)]
    gain = peak_gain(b, doubles(entry["a_hex"])[1:])
    wanted = Fraction(entry[what])
    assert abs((gain.lower + gain.upper) / 2 / wanted - 1) < Fraction(1, 10**15)
    assert gain.upper - gain.lower <= gain.lower / 2**59


def test_sums_of_error_gains_and_guard_bits() -> None:
    """What every rounding of a cascade of DF1 sections is worth at the output, and so the bits."""
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    data = json.loads(REFERENCE.read_text())
    for name in ("flopoco_butter3", "flopoco_easy_iir8", "flopoco_difficult_iir8"):
        entry = data["direct_form"][name]
        gain = peak_gain([1], doubles(entry["a_hex"])[1:])
        assert gain.guard_bits == entry["guard_bits_df1"], name
    for entry in data["sos"]:
        rows = [doubles(section["sos_hex"]) for section in entry["sections"]]
        blocks = [Block(b=tuple(r[:3]), a=tuple(r[4:])) for r in rows]
        total = []
        for k, section in enumerate(entry["sections"]):
            source = Block(b=(1,), a=blocks[k].a)
            total.append(cascade_peak_gains([source, *blocks[k + 1 :]])[-1][0])
            # The file's sums of cascades stop at ten digits; `test_decimal_sums` has fifteen.
            assert abs(float(total[-1]) / section["error_to_output"]["L1"] - 1) < 1e-9
        summed = PeakGain(
            lower=sum(g.lower for g in total), upper=sum(g.upper for g in total), terms=0
        )
        assert abs(float(summed) / entry["sum_error_L1"] - 1) < 1e-9
        assert summed.guard_bits == entry["guard_bits"], entry["name"]


def test_published_third_order_butterworth() -> None:
    """The filter of FloPoCo's own example, with the norms that 120-digit arithmetic gives."""
    b = "0x1.7bdf4656ab602p-9 0x1.1ce774c100882p-7 0x1.1ce774c100882p-7 0x1.7bdf4656ab602p-9"
    a = "-0x1.2fe25628eb285p+1 0x1.edea40cd1955ep+0 -0x1.106c2ec3d0af8p-1"
    for numerator, wanted in (
        (doubles(b.split()), "1.2057475191008316454"),
        ([Fraction(1)], "52.271071300349216459"),
    ):
        gain = peak_gain(numerator, doubles(a.split()))
        assert abs((gain.lower + gain.upper) / 2 / Fraction(wanted) - 1) < Fraction(1, 10**18)
    assert gain.guard_bits == 7


def test_decimal_sums() -> None:
    """Fifteen digits of cascades, by decimal arithmetic that shares nothing with the integers."""
    rows = [(1.0, 0.25, 0.75, -1.75, 0.9375), (0.375, -1.0, 0.5, 0.625, -0.25)]
    rows += [(1.0, 2.0, 1.0, -1.984375, 0.9854736328125)]
    with localcontext() as context:
        context.prec = 50
        signal = [Decimal(1)] + [Decimal(0)] * 15000
        for row in rows:
            b0, b1, b2, a1, a2 = map(Decimal, row)
            first = second = Decimal(0)
            output = []
            for x in signal:
                w = x - a1 * first - a2 * second
                output.append(b0 * w + b1 * first + b2 * second)
                first, second = w, first
            signal = output
        wanted = sum(map(abs, signal))
    blocks = [Block(b=tuple(map(Fraction, r[:3])), a=tuple(map(Fraction, r[3:]))) for r in rows]
    gain = cascade_peak_gains(blocks)[-1][0]
    assert abs((gain.lower + gain.upper) / 2 / Fraction(wanted) - 1) < Fraction(1, 10**17)


def test_guard_bits_at_powers_of_two() -> None:
    def bits(gain: Fraction) -> int:
        return PeakGain(lower=gain, upper=gain, terms=1).guard_bits

    assert [bits(Fraction(v)) for v in (0, 1, 2, 4)] == [0, 1, 2, 3]
    assert bits(Fraction(1, 2)) == 0
    assert bits(4 + Fraction(1, 1 << 80)) == 4


@pytest.mark.slow
def test_ill_conditioned_reference() -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    entry = json.loads(REFERENCE.read_text())["direct_form"]["xilinx_ellip5"]
    a = doubles(entry["a_hex"])[1:]
    for b, what in ((doubles(entry["b_hex"]), "wcpg_H"), ([Fraction(1)], "wcpg_err")):
        gain = peak_gain(b, a)
        middle = (gain.lower + gain.upper) / 2
        assert abs(middle / Fraction(entry[what]) - 1) < Fraction(1, 10**15)
    assert gain.guard_bits == entry["guard_bits_df1"] == 41


def test_reference_cascades() -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    for entry in json.loads(REFERENCE.read_text())["sos"]:
        rows = [doubles(section["sos_hex"]) for section in entry["sections"]]
        blocks = [Block(b=tuple(r[:3]), a=tuple(r[4:]), probes=((1,),)) for r in rows]
        for gains, section in zip(cascade_peak_gains(blocks), entry["sections"], strict=True):
            # These values were computed in float64.
            for gain, value in zip(
                gains, (section["section_output"]["L1"], section["df2_state"]["L1"]), strict=True
            ):
                assert abs(float(gain) / value - 1) < 1e-9


@pytest.mark.parametrize("numerator", [1, 7, 15, -15])
def test_first_order_closed_form_is_inside(numerator: int) -> None:
    pole = Fraction(numerator, 16)
    gain = peak_gain([1], [-pole])
    assert gain.lower <= 1 / (1 - abs(pole)) <= gain.upper


def test_fir_is_exact() -> None:
    gain = peak_gain([Fraction(1, 3), -2, Fraction(1, 7)], [])
    assert gain.lower <= Fraction(1, 3) + 2 + Fraction(1, 7) <= gain.upper
    assert gain.upper - gain.lower < Fraction(1, 2**59)


@given(
    st.integers(-127, 127),
    st.integers(-60, 60),
    st.lists(st.integers(-64, 64), min_size=1, max_size=3),
)
@settings(max_examples=60)
def test_long_float_response_is_inside(a1: int, a2: int, b: list[int]) -> None:
    from scipy import signal

    first, second = Fraction(a1, 64), Fraction(a2, 64)
    if not abs(first) < 1 + second:
        return
    gain = peak_gain([Fraction(v, 64) for v in b], [first, second])
    impulse = np.zeros(6000)
    impulse[0] = 1
    response = signal.lfilter(np.array(b) / 64, [1, a1 / 64, a2 / 64], impulse)
    found = float(np.sum(np.abs(response)))
    assert float(gain.lower) - 1e-9 <= found <= float(gain.upper) + 1e-9


@given(st.lists(st.sampled_from(PAIRS), min_size=2, max_size=4))
@settings(max_examples=20)
def test_cascade_equals_its_expanded_polynomials(pairs: list[tuple[float, float]]) -> None:
    """Two routes to one number: link by link, and as one filter of high order."""
    rows = [((Fraction(1), Fraction(k), Fraction(1, 2)), pair) for k, pair in enumerate(pairs)]
    blocks = [Block(b=b, a=tuple(map(Fraction, a))) for b, a in rows]
    numerator, denominator = [Fraction(1)], [Fraction(1)]
    for b, a in rows:
        numerator = multiply(numerator, list(b))
        denominator = multiply(denominator, [Fraction(1), *map(Fraction, a)])
    linked = cascade_peak_gains(blocks)[-1][0]
    expanded = peak_gain(numerator, denominator[1:])
    assert linked.lower <= expanded.upper
    assert expanded.lower <= linked.upper


def multiply(left: list[Fraction], right: list[Fraction]) -> list[Fraction]:
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, u in enumerate(left):
        for j, v in enumerate(right):
            product[i + j] += u * v
    return product


def test_probes_measure_states() -> None:
    """w of a DF2 section is 1/A, and a probe of zeros is silent."""
    block = Block(b=(1, 1), a=(Fraction(-1, 2),), probes=((1,), (0, 0), (0, 1)))
    output, state, silent, delayed = cascade_peak_gains([block])[0]
    assert output.lower <= 4 <= output.upper
    assert state.lower <= 2 <= state.upper
    assert silent.lower == 0
    assert silent.upper < Fraction(1, 2**60)
    assert delayed.lower <= 2 <= delayed.upper


def test_stopping_early_stays_rigorous() -> None:
    whole = peak_gain([1], [Fraction(-127, 64), Fraction(63, 64) + Fraction(1, 4096)])
    early = peak_gain(
        [1], [Fraction(-127, 64), Fraction(63, 64) + Fraction(1, 4096)], max_terms=100
    )
    assert early.terms == 100
    assert early.lower <= whole.lower
    assert early.upper >= whole.upper
    assert early.upper > early.lower


@pytest.mark.parametrize("a", [(-1,), (0, 1), (-2, 1), (Fraction(-5, 2), 1)])
def test_unstable_sections_are_refused_exactly(a: tuple[Fraction, ...]) -> None:
    with pytest.raises(StabilityError, match="poles must lie inside the unit circle"):
        peak_gain([1], a)


def test_unstable_recursions_of_high_order_are_refused() -> None:
    with pytest.raises(StabilityError, match="a recursion must decay"):
        peak_gain([1], [Fraction(-5, 2), 1, Fraction(1, 8)])
