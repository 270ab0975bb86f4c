"""The float64 twin: equal to the integers below the guard, refused above, linear on floats."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import FormatError, GuardError
from fxfir.filters import (
    Bank,
    Clip,
    Direct,
    FixedFir,
    FixedSos,
    Form,
    Parallel,
    Requantise,
    Series,
    Sum,
    Table,
)
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.model import FloatModel, compiled, run, twin_leaves
from tests.filters import strategies
from tests.model import oracle, signals

WORD = SQ(1, 15)
FIR = FixedFir(taps=(3, -2, 5), coeff=SQ(1, 3), input=WORD, output=Cast(to=SQ(1, 11)))


def cascade(form, **cast):
    section = Direct(
        form=form,
        b=(6, -4, 3),
        a=(-5, 3),
        b_coeff=SQ(1, 3),
        a_coeff=SQ(1, 3),
        state=None if Form(form) is Form.DF1 else Cast(to=SQ(3, 17), **cast),
        out=Cast(to=WORD, **cast),
    )
    return FixedSos(sections=(section, section), input=WORD, output=Cast(to=SQ(1, 11), **cast))


@settings(max_examples=100)
@given(st.data())
def test_the_twin_of_any_node_is_the_integers(data):
    node = data.draw(strategies.nodes())
    x = data.draw(signals.lanes(node.inputs))
    try:
        twin = FloatModel(node)
    except GuardError:
        return
    y = twin.process(x)
    assert y.dtype == np.int64
    assert np.array_equal(y, oracle.run(node, x))


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("form", Form)
def test_every_form_and_cast_is_served(form, rounding, overflow):
    sos = cascade(form, rounding=rounding, overflow=overflow)
    x = signals.noise(WORD, 200, 1)
    assert np.array_equal(FloatModel(sos).process(x), run(sos, x))


def test_a_long_fir_is_served():
    taps = tuple(int(v) for v in signals.noise(WORD, 500, 2))
    fir = FixedFir(taps=taps, coeff=WORD, input=WORD, output=Cast(to=SQ(10, 15)))
    x = signals.noise(WORD, 100_000, 3)
    assert np.array_equal(FloatModel(fir).process(x), run(fir, x))


def test_error_feedback_is_served():
    section = Direct(
        form="df1", b=(6, -4, 3), a=(-5, 3), b_coeff=SQ(1, 3), a_coeff=SQ(1, 3), state=None,
        out=Cast(to=SQ(1, 9)), feedback=(-2, 1),
    )  # fmt: skip
    sos = FixedSos(sections=(section,), input=WORD, output=Cast(to=SQ(1, 9)))
    x = signals.noise(WORD, 300, 4)
    assert np.array_equal(FloatModel(sos).process(x), run(sos, x))


def test_the_three_verbs():
    x = signals.noise(WORD, 60, 5)
    for node in (FIR, cascade("df2t"), Bank(filters=(FIR, cascade("df1")))):
        want = run(node, x)
        twin = FloatModel(node)
        blocks = [twin.process(x[:7]), twin.process(x[7:7]), twin.process(x[7:50])]
        blocks += [np.array(twin.push(int(v))).reshape(-1, 1) for v in x[50:]]
        blocks = [b.reshape(node.n_out, -1) for b in blocks]
        assert np.array_equal(np.concatenate(blocks, axis=1), want.reshape(node.n_out, -1))
        twin.reset()
        assert np.array_equal(twin.process(x), want)
        assert twin.node is node


def test_batches():
    x = np.stack([signals.noise(WORD, 50, k) for k in range(3)])
    for node in (FIR, cascade("df1t")):
        assert np.array_equal(FloatModel(node).process(x), run(node, x))


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            FixedFir(taps=(2**30,) * 300, coeff=SQ(32, 0), input=WORD, output=Cast(to=WORD)),
            r"sums must stay within 2\*\*53 for the float64 twin, got taps with sfix55_En15",
        ),
        (
            FixedFir(taps=(1,), coeff=SQ(2, 0), input=SQ(60, 0), output=Cast(to=WORD)),
            r"words must stay within 2\*\*53 for the float64 twin, got sfix60_En0",
        ),
        (
            FixedFir(
                taps=(1,), coeff=SQ(2, 0), input=Format(signed=True, width=8, frac=500),
                output=Cast(to=WORD),
            ),
            "binary points must stay within 400 bits for the float64 twin, got sfix8_En500",
        ),
        (
            Requantise(input=SQ(1, 53), cast=Cast(to=SQ(1, 15), rounding=Rounding.HALF_UP)),
            "casts must stay exact in float64 for the twin, got sfix54_En53 cast to sfix16_En15 by",
        ),
        (
            FixedSos(
                sections=cascade("df2").sections[:1], input=SQ(1, 51), output=Cast(to=WORD)
            ),
            r"sums must stay within 2\*\*53 for the float64 twin, got sums up to .* sections\[0\]",
        ),
    ],
)  # fmt: skip
def test_above_the_guard_it_is_refused(node, message):
    for wrapped in (node, Bank(filters=(node, node)), Series(stages=(node,))):
        with pytest.raises(GuardError, match=message):
            FloatModel(wrapped)


def test_the_guard_is_where_it_says():
    """2**53 is served and one tap more is not; a sum at the guard is exact."""
    fields = {"coeff": SQ(40, 0), "input": SQ(16, 0), "output": Cast(to=SQ(53, 0))}
    fir = FixedFir(taps=(2**37, 2**37 - 1, 1), **fields)
    x = [-(2**15)] * 5 + [2**15 - 1, -1, 5]
    assert np.array_equal(FloatModel(fir).process(x), run(fir, x, method="python"))
    with pytest.raises(GuardError):
        FloatModel(FixedFir(taps=(2**37, 2**37 - 1, 1, 1), **fields))


def test_float_samples_of_a_fir_are_real_values():
    # Small multiples of a power of two: every product and sum is exact.
    x = np.arange(-20, 20) / 4
    want = np.convolve(x, np.array(FIR.taps) / 8)[:40]
    twin = FloatModel(FIR)
    y = np.concatenate([twin.process(x[:3]), twin.process(x[3:])])
    assert y.dtype == np.float64
    assert np.array_equal(y, want)
    assert np.abs(y).max() > 1  # beyond the output format: nothing is clamped


def test_float_samples_of_sections_are_real_values():
    # Coefficients in eighths, few samples: scipy's recursion is exact too.
    x = np.arange(-4, 4) / 4
    rows = [[0.75, -0.5, 0.375, 1, -0.625, 0.375]] * 2
    want = scipy.signal.sosfilt(rows, x)
    for form in Form:
        twin = FloatModel(cascade(form))
        y = np.concatenate([twin.process(x[:5]), [twin.push(float(v)) for v in x[5:]]])
        assert np.array_equal(y, want)


def test_float_samples_through_compositions():
    half = Requantise(input=SQ(1, 11), cast=Cast(to=SQ(1, 3)))
    node = Parallel(filters=(Series(stages=(FIR, half)), cascade("df1")))
    x = np.arange(-8, 8) / 8
    y = FloatModel(node).process(np.stack([x, x]))
    assert np.array_equal(y[0], FloatModel(FIR).process(x))  # a bare cast does nothing to floats
    assert np.array_equal(y[1], FloatModel(cascade("df2")).process(x))
    assert FloatModel(node).push([0.5, 0.25]) == (y_of(FIR, 0.5), y_of(cascade("df1"), 0.25))


def y_of(node, sample):
    return FloatModel(node).push(sample)


def test_float_kinds_that_are_read():
    want = FloatModel(FIR).process(np.array([0.5, 0.25]))
    assert np.array_equal(FloatModel(FIR).process([0.5, 0.25]), want)
    assert np.array_equal(FloatModel(FIR).process(np.array([0.5, 0.25], dtype=np.float32)), want)
    assert np.array_equal(FloatModel(FIR).process([0.5, np.float64(0.25)]), want)
    assert FloatModel(FIR).process(np.zeros(0)).dtype == np.float64


def test_numba_and_python_give_the_same_floats(monkeypatch):
    x = np.random.default_rng(1).normal(size=(2, 3000))
    monkeypatch.setattr(compiled, "available", lambda: False)
    want = FloatModel(cascade("df1")).process(x)
    monkeypatch.undo()
    monkeypatch.setattr(twin_leaves, "_NUMBA_STEPS", 0)
    twin = FloatModel(cascade("df1"))
    got = np.concatenate([twin.process(x[:, :1000]), twin.process(x[:, 1000:])], axis=1)
    assert np.array_equal(got, want)


def test_integers_and_floats_do_not_mix():
    twin = FloatModel(FIR)
    twin.push(100)
    with pytest.raises(FormatError, match="samples must stay integers until a reset, got floats"):
        twin.push(0.5)
    twin.reset()
    assert twin.push(0.5) == 0.1875
    with pytest.raises(FormatError, match="samples must stay floats until a reset, got integers"):
        twin.process(np.array([1]))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([0.5, float("nan")], r"samples must be finite, got x\[1\] = nan"),
        (np.array([[0.0], [np.inf]]), r"samples must be finite, got x\[1, 0\] = inf"),
        ([0.5, "1"], r"samples must be numbers, got x\[1\] = '1'"),
        ([0.5, True], r"samples must be numbers, got x\[1\] = True"),
        ([1, 99999], r"samples must fit sfix16_En15 .* got x\[1\] = 99999"),
        (np.zeros(2, dtype=bool), "samples must be integers, got dtype bool"),
        (0.5, "samples must have a time axis, got the scalar 0.5"),
    ],
)
def test_refused_samples(x, message):
    with pytest.raises(FormatError, match=message):
        FloatModel(FIR).process(x)


def test_a_broken_twin_is_noticed(monkeypatch):
    """Half-up instead of half-even: the comparison with the integers sees it."""
    x = np.arange(-(2**10), 2**10)
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=WORD, output=Cast(to=SQ(1, 14)))
    assert np.array_equal(FloatModel(fir).process(x), run(fir, x))
    from fxfir.model import floatcast

    monkeypatch.setitem(floatcast._ROUND, Rounding.HALF_EVEN, floatcast._half_up)
    assert not np.array_equal(FloatModel(fir).process(x), run(fir, x, method="python"))
    sos = cascade("df1")
    x = signals.noise(WORD, 200, 9)
    monkeypatch.setitem(twin_leaves._ROUND, Rounding.HALF_EVEN, lambda v: int(v // 1))
    assert not np.array_equal(FloatModel(sos).process(x), run(sos, x, method="python"))


def test_unsigned_words():
    fir = FixedFir(taps=(3, -1), coeff=SQ(3, 0), input=UQ(0, 8), output=Cast(to=UQ(1, 7)))
    x = signals.noise(UQ(0, 8), 100, 6)
    assert np.array_equal(FloatModel(fir).process(x), run(fir, x))


def test_stages_without_memory():
    fmt = SQ(1, 7)
    square = [min(v * v >> 7, 127) for v in range(-128, 128)]
    lanes = Bank(filters=(Clip(input=fmt, lo=-5, hi=90), Table(input=fmt, words=square, to=fmt)))
    node = Series(stages=(lanes, Sum(inputs=(fmt, fmt), output=Cast(to=SQ(1, 5)))))
    x = np.arange(-128, 128)
    assert np.array_equal(FloatModel(node).process(x), run(node, x))
    real = FloatModel(node).process(np.array([0.75, -0.5, 3.0]))
    assert real.tolist() == [90 / 128 + 0.5625, -5 / 128 + 0.25, 90 / 128 + 126 / 128]
