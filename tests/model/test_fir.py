"""The FIR model: every method against exact fractions, big integers and scipy."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import GuardError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.model import Model, compiled, run
from fxfir.model import fir as fir_module
from fxfir.model.fir import FIR_METHODS
from tests.filters import strategies
from tests.model import oracle, signals

EXACT = ("python", "numpy")  # serve every filter
WORD = SQ(1, 15)


def plain(taps, x, cast, frac):
    """Big-integer sums by the definition, then the cast of tests/fixed's subject."""
    taps, x = [int(c) for c in taps], [int(v) for v in x]
    sums = [
        sum(c * x[n - k] for k, c in enumerate(taps) if 0 <= n - k < len(x)) for n in range(len(x))
    ]
    return [cast(v, frac=frac) for v in sums]


def fir_of(n_taps, seed=1, coeff=WORD, source=WORD, **cast):
    rng = np.random.default_rng(seed)
    taps = [coeff.lo + int.from_bytes(rng.bytes(20)) % 2**coeff.width for _ in range(n_taps)]
    taps[0] = taps[0] or 1
    return FixedFir(taps=taps, coeff=coeff, input=source, output=Cast(**{"to": SQ(4, 12), **cast}))


@settings(max_examples=80)
@given(st.data())
def test_every_method_is_the_definition(data):
    fir = data.draw(strategies.firs())
    x = data.draw(signals.lists(fir.input))
    want = oracle.run(fir, x)
    for method in FIR_METHODS:
        assert np.array_equal(run(fir, x, method=method), want), method
    assert np.array_equal(run(fir, x), want)


@settings(max_examples=60)
@given(st.data())
def test_words_of_any_width(data):
    fir = data.draw(strategies.firs(max_taps=6, max_width=130))
    x = data.draw(signals.lists(fir.input, 12))
    want = oracle.run(fir, x)
    for method in EXACT:
        y = run(fir, x, method=method)
        assert np.array_equal(y, want)
        wide = fir.output.to.width > (64 if fir.output.to.signed else 63)
        assert y.dtype == (object if wide else np.int64)
    assert np.array_equal(run(fir, x), want)


@pytest.mark.parametrize("method", FIR_METHODS)
@pytest.mark.parametrize("n_taps", [1, 2, 5, 7, 8, 9, 24, 25, 33, 129, 257])
def test_every_method_at_every_block_size(method, n_taps):
    fir = fir_of(n_taps)
    x = signals.noise(WORD, 1500, n_taps)
    y = run(fir, x, method=method)
    assert y.dtype == np.int64
    assert np.array_equal(y, run(fir, x, method="python"))


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_cast_in_every_method(rounding, overflow):
    x = signals.noise(WORD, 700, 3)
    for to in (SQ(2, 10), UQ(3, 20), SQ(3, 40), Format(signed=True, width=5, frac=-2)):
        fir = fir_of(40, to=to, rounding=rounding, overflow=overflow)
        want = plain(fir.taps, x, fir.output, fir.acc.frac)
        for method in FIR_METHODS:
            assert run(fir, x, method=method).tolist() == want, (method, to)


def test_scipy_agrees_on_exact_floats():
    fir = fir_of(100, to=SQ(20, 30))  # the output keeps every bit: nothing is rounded
    x = signals.noise(WORD, 5000, 2)
    want = scipy.signal.lfilter(np.array(fir.taps, dtype=float), 1.0, x.astype(float))
    assert np.abs(want).max() < 2**53
    for method in ("auto", *FIR_METHODS):
        assert np.array_equal(run(fir, x[:5000], method=method), want)


@pytest.mark.parametrize(
    ("coeff", "source"),
    [
        (SQ(1, 17), SQ(1, 23)),  # one digit
        (SQ(1, 24), SQ(1, 31)),  # two digits
        (SQ(1, 31), SQ(1, 31)),  # sums past 63 bits
        (SQ(1, 39), UQ(0, 64)),  # more digits, unsigned past int64
        (SQ(1, 17), SQ(1, 99)),  # object samples
        (SQ(1, 59), SQ(1, 15)),  # taps that break the guard alone
        (UQ(0, 80), UQ(0, 80)),
    ],
)
@pytest.mark.parametrize("n_taps", [3, 30, 120])
def test_wide_words_by_digits(coeff, source, n_taps):
    fir = fir_of(n_taps, coeff=coeff, source=source, to=SQ(8, 70))
    x = signals.noise(source, 400, n_taps)
    want = plain(fir.taps, x, fir.output, fir.acc.frac)
    for method in ("auto", "numpy", "fft"):
        try:
            model = Model(fir, method=method)
        except GuardError:
            assert method == "fft"
            assert coeff.width >= 32
            continue
        assert model.process(x).tolist() == want, method


def test_fft_takes_full_scale_constants_and_sign_patterns():
    fir = fir_of(1000, to=SQ(20, 30))
    signs = [WORD.lo if c < 0 else WORD.hi for c in reversed(fir.taps)]
    for x in ([WORD.lo] * 3000, signs * 3, [-v - 1 for v in signs] * 2):
        assert np.array_equal(run(fir, x, method="fft"), run(fir, x, method="python"))


def test_int32_and_int64_sums_in_numba():
    # Just below and just above sum |c| * 2**15 = 2**31: the worst input shows a wrapped sum.
    for total in (2**16 - 1, 2**16, 2**16 + 1, 3 * 2**16):
        taps = (-(total // 2), -(total - total // 2))
        fir = FixedFir(taps=taps, coeff=SQ(20, 0), input=SQ(16, 0), output=Cast(to=SQ(40, 0)))
        x = [-(2**15)] * 40
        y = run(fir, x, method="numba")
        assert y[-1] == total * 2**15
        assert np.array_equal(y, run(fir, x, method="python"))


def test_runs_of_32_bit_sums_in_numba():
    # 256 taps of 700: eight taps are far below 2**31 / 2**15, all of them are beyond.
    fir = FixedFir(taps=(700,) * 256, coeff=WORD, input=WORD, output=Cast(to=SQ(20, 30)))
    ends = compiled._runs([700] * 256, 2**15)
    assert ends == [88, 176, 256]
    assert 88 * 700 * 2**15 < 2**31 <= 96 * 700 * 2**15
    for x in ([-(2**15)] * 600, signals.noise(WORD, 3000, 1)):
        y = run(fir, x, method="numba")
        assert np.array_equal(y, run(fir, x, method="python"))
    assert compiled._runs([2**15] * 8, 2**15) == []  # one group alone is too large
    assert compiled._runs([2**12] * 256, 2**15) == []  # too many runs to be worth it
    assert compiled._runs([1] * 24, 2**15) == [24]


@pytest.mark.parametrize("width", [16, 17, 32, 33, 40])
@pytest.mark.parametrize("signed", [True, False])
def test_every_input_word_type_in_numba(width, signed):
    source = Format(signed=signed, width=width, frac=0)
    fir = FixedFir(taps=(1, -3, 2), coeff=SQ(4, 0), input=source, output=Cast(to=SQ(50, 0)))
    x = signals.noise(source, 200, width)
    assert np.array_equal(run(fir, x, method="numba"), run(fir, x, method="python"))


def test_a_wrap_at_the_ends_of_int64_in_numba():
    for to in (SQ(63, 0), SQ(64, 0), UQ(63, 0), SQ(62, 0)):
        output = Cast(to=to, overflow=Overflow.WRAP)
        fir = FixedFir(taps=(2**30, -5), coeff=SQ(32, 0), input=SQ(32, 0), output=output)
        x = signals.noise(fir.input, 300, 9)
        assert np.array_equal(run(fir, x, method="numba"), run(fir, x, method="python"))


@pytest.mark.parametrize(
    ("fir", "method", "message"),
    [
        (
            fir_of(4, coeff=SQ(1, 60), source=SQ(1, 15)),
            "numba",
            "the sums must stay in int64 for method numba, got sfix",
        ),
        (fir_of(4, to=SQ(1, 80)), "numba", "must stay in int64 for method numba, got sfix"),
        (fir_of(4, coeff=SQ(1, 60)), "fft", r"sum \|taps\| must not exceed 2\*\*53 for float64"),
    ],
)
def test_a_named_method_that_is_not_proven_refuses(fir, method, message):
    with pytest.raises(GuardError, match=message):
        Model(fir, method=method)


def test_auto_takes_another_method_where_one_is_not_proven():
    fir = fir_of(200, coeff=SQ(1, 60))
    x = signals.noise(WORD, 900, 4)
    assert run(fir, x).tolist() == plain(fir.taps, x, fir.output, fir.acc.frac)


@pytest.mark.parametrize("method", FIR_METHODS)
def test_a_tap_bit_that_flips_is_noticed(monkeypatch, method):
    """The comparison above would fail if a method used another tap."""
    fir = fir_of(32)
    x = signals.noise(WORD, 400, 5)
    want = run(fir, x, method="python")
    make = FIR_METHODS[method]

    def broken(node):
        taps = (*node.taps[:7], node.taps[7] ^ 4, *node.taps[8:])
        return make(FixedFir(taps=taps, coeff=node.coeff, input=node.input, output=node.output))

    monkeypatch.setitem(fir_module.FIR_METHODS, method, broken)
    assert not np.array_equal(run(fir, x, method=method), want)
