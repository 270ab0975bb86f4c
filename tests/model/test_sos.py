"""Cascades: every form, rounding and overflow against exact fractions, and both engines."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import GuardError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.model import Model, run, sos_compiled
from fxfir.model import sos as sos_module
from fxfir.model.plan import plan_section, plan_sections
from fxfir.model.sos import SOS_METHODS
from fxfir.model.wordcast import word_cast
from tests.filters import strategies
from tests.model import oracle, signals

WORD = SQ(1, 15)


def section(form, state=None, out=None, feedback=None, b=(3000, 5000, 3000), a=(-28000, 13000)):
    state = state or Cast(to=SQ(3, 20))
    return Direct(
        form=form,
        b=b,
        a=a,
        b_coeff=SQ(2, 14),
        a_coeff=SQ(2, 14),
        state=None if Form(form) is Form.DF1 else state,
        out=out or Cast(to=WORD),
        feedback=feedback,
    )


def cascade(*sections, source=WORD, to=WORD):
    return FixedSos(sections=sections, input=source, output=Cast(to=to))


@settings(max_examples=80)
@given(st.data())
def test_the_reference_is_the_definition(data):
    sos = data.draw(strategies.cascades())
    x = data.draw(signals.lists(sos.input))
    assert np.array_equal(run(sos, x, method="python"), oracle.run(sos, x))


@settings(max_examples=60)
@given(st.data())
def test_words_of_any_width(data):
    sos = data.draw(strategies.cascades(max_width=100, max_sections=2))
    x = data.draw(signals.lists(sos.input, 12))
    want = oracle.run(sos, x)
    y = run(sos, x)
    assert np.array_equal(y, want)
    assert y.dtype == (object if sos.output.to.width > 63 + sos.output.to.signed else np.int64)


@settings(max_examples=120)
@given(st.data())
def test_numba_is_the_definition_wherever_it_is_proven(data):
    sos = data.draw(strategies.cascades(max_sections=2, max_width=30))
    x = data.draw(signals.lists(sos.input))
    try:
        model = Model(sos, method="numba")
    except GuardError:
        assert not all(p.fits_int64 or p.fits_float64 for p in plan_sections(sos))
        return
    assert np.array_equal(model.process(x), oracle.run(sos, x))


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("form", Form)
def test_every_form_and_cast(form, rounding, overflow):
    # A gain of about 4 in the loop: the states and outputs saturate or wrap all the time.
    cast = {"rounding": rounding, "overflow": overflow}
    loud = section(
        form, Cast(to=SQ(1, 12), **cast), Cast(to=SQ(1, 10), **cast), b=(16000, -9000, 32000)
    )
    sos = cascade(loud, loud, source=SQ(1, 11))
    x = signals.noise(sos.input, 60, 7)
    want = oracle.run(sos, x)
    assert np.array_equal(run(sos, x, method="python"), want)
    assert np.array_equal(run(sos, x, method="numba"), want)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("feedback", [(-2, 1), (-1, 0), (3, -2)])
def test_error_feedback(rounding, feedback):
    for overflow in Overflow:
        out = Cast(to=SQ(1, 9), rounding=rounding, overflow=overflow)
        sos = cascade(section("df1", out=out, feedback=feedback, b=(16000, -9000, 32000)))
        x = signals.noise(WORD, 80, 8)
        want = oracle.run(sos, x)
        assert np.array_equal(run(sos, x, method="python"), want)
        assert np.array_equal(run(sos, x, method="numba"), want)
    without = cascade(section("df1", out=out, b=(16000, -9000, 32000)))
    assert not np.array_equal(run(without, x), want)


def test_error_feedback_takes_the_error_before_overflow():
    # An input that saturates: 1.5 LSB over the range, so round(v) != y but v - round(v) = 1/2.
    s = Direct(
        form="df1",
        b=(3, 0, 0),
        a=(0, 0),
        b_coeff=SQ(3, 1),
        a_coeff=SQ(2, 0),
        state=None,
        out=Cast(to=SQ(4, 0), rounding=Rounding.FLOOR),
        feedback=(-1, 0),
    )
    # v = 1.5 x + err1: 10.5 (err 0.5), then 1.5 + 0.5 = 2 (err 0), then 1.5.
    assert run(cascade(s, source=SQ(4, 0), to=SQ(8, 0)), [7, 1, 1]).tolist() == [7, 2, 1]


def test_scipy_agrees_where_nothing_is_rounded():
    # Integer coefficients: every value is an integer, exact in float64 for these few samples.
    def exact(form, b, a):
        wide = Cast(to=SQ(53, 0))
        return Direct(
            form=form, b=b, a=a, b_coeff=SQ(4, 0), a_coeff=SQ(4, 0),
            state=None if form == "df1" else wide, out=wide,
        )  # fmt: skip

    x = signals.noise(SQ(8, 0), 12, 1)
    rows = [[1, -2, 3, 1, 1, -1], [2, 1, -1, 1, -2, 1]]
    want = scipy.signal.sosfilt(rows, x.astype(float))
    assert np.abs(want).max() < 2**53
    for form in ("df1", "df2", "df1t", "df2t"):
        sections = [exact(form, r[:3], r[4:]) for r in rows]
        sos = cascade(*sections, source=SQ(8, 0), to=SQ(53, 0))
        assert np.array_equal(run(sos, x), want), form


@pytest.mark.parametrize("form", Form)
def test_high_q_and_states_at_their_rails(form):
    # Poles at radius 0.9998: a resonator driven at its frequency runs into its rails.
    sos = cascade(section(form, Cast(to=SQ(2, 16)), b=(16384, 0, 0), a=(-31000, 16378)))
    n = np.arange(3000)
    angle = np.arccos(31000 / 2 / 16384)
    x = np.rint(30000 * np.sin(angle * n)).astype(np.int64)
    y = run(sos, x, method="python")
    assert y.max() == WORD.hi
    assert y.min() == WORD.lo
    assert np.array_equal(y[:200], oracle.run(sos, x[:200]))
    assert np.array_equal(run(sos, x, method="numba"), y)


@pytest.mark.parametrize("form", Form)
def test_unsigned_input_and_output(form):
    sos = cascade(section(form, out=Cast(to=UQ(2, 14))), source=UQ(0, 16), to=UQ(1, 7))
    x = signals.noise(sos.input, 100, 3)
    want = oracle.run(sos, x)
    for method in SOS_METHODS:
        assert np.array_equal(run(sos, x, method=method), want)


def test_mixed_forms_formats_and_number_types():
    # 2**53 is passed in the wide sections only: float64, int64 and float64 loops in one cascade.
    wide = Cast(to=SQ(4, 40))
    sections = [
        section("df1"), section("df1", feedback=(-2, 1)), section("df2"), section("df2"),
        section("df2t", wide, wide), section("df1", out=wide), section("df1t"), section("df2t"),
    ]  # fmt: skip
    sos = cascade(*sections, to=SQ(3, 9))
    kinds = [p.fits_float64 for p in plan_sections(sos)]
    assert True in kinds
    assert False in kinds
    x = signals.noise(WORD, 150, 4)
    want = oracle.run(sos, x)
    for method in SOS_METHODS:
        assert np.array_equal(run(sos, x, method=method), want)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("form", ["df1", "df2t"])
def test_any_number_of_sections(form, count):
    sos = cascade(*[section(form)] * count)
    x = signals.noise(WORD, 400, count)
    assert np.array_equal(run(sos, x, method="numba"), run(sos, x, method="python"))


CASTS = {
    "near": Cast(to=SQ(4, 20), rounding=Rounding.FLOOR),
    "far": Cast(to=SQ(4, 30), rounding=Rounding.CEIL),
    "any": Cast(to=SQ(4, 20), rounding=Rounding.TO_ZERO),
    "whole": Cast(to=SQ(4, 44)),
}


@pytest.mark.parametrize("kind", CASTS)
@pytest.mark.parametrize("form", Form)
def test_every_way_to_settle_a_sum(form, kind):
    s = section(form, CASTS[kind], CASTS[kind])
    assert sos_compiled._kind(plan_section(s, WORD)) == (form.value, kind)
    sos = cascade(s, s, s)
    x = signals.noise(WORD, 300, 6)
    assert np.array_equal(run(sos, x, method="numba"), run(sos, x, method="python"))


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 17])
@pytest.mark.parametrize("count", [1, 2, 4, 7, 9])
def test_signals_share_registers(rows, count):
    sos = cascade(*[section("df1")] * count)
    x = np.stack([signals.noise(WORD, 60, k) for k in range(rows)])
    model = Model(sos, method="numba")
    # Blocks shorter than the pipeline, and one that is longer.
    blocks = np.split(x, [1, 3, 10, 10, 11], axis=-1)
    y = np.concatenate([model.process(b) for b in blocks], axis=-1)
    assert np.array_equal(y, run(sos, x, method="python"))


def test_samples_with_gaps_are_read():
    x = np.stack([signals.noise(WORD, 200, k) for k in range(6)])
    sos = cascade(section("df2"))
    for view in (x[:, ::2], x[0, ::3], x[:, ::-1], x.T[:6].T, x[::2]):
        assert np.array_equal(run(sos, view, method="numba"), run(sos, view, method="python"))
    x.flags.writeable = False
    assert np.array_equal(run(sos, x, method="numba"), run(sos, x, method="python"))


@settings(max_examples=60)
@given(st.data())
def test_no_sum_leaves_the_bound_of_its_plan(data):
    s = data.draw(strategies.sections())
    fmt = data.draw(strategies.formats())
    plan = plan_section(s, fmt)
    allowed = {}
    for step in (plan.out, plan.state):
        key = step.cast, step.shift
        allowed[key] = max(step.bound, allowed.get(key, 0))

    def watched(cast, shift):
        inner = word_cast(cast, shift)

        def checked(v):
            assert abs(v) <= allowed[cast, shift]
            return inner(v)

        return checked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sos_module, "word_cast", watched)
        sos = FixedSos(sections=(s,), input=fmt, output=s.out)
        run(sos, data.draw(signals.lists(fmt)), method="python")


def test_the_bound_of_a_plan_is_attained():
    s = section("df1", b=(16384, -16384, 16384), a=(0, 0))
    plan = plan_section(s, WORD)
    assert plan.out.bound == 3 * 16384 * 2**15
    assert plan.out.shift == 14


def test_numba_refuses_what_it_cannot_prove():
    wide = section("df1", out=Cast(to=SQ(4, 60)))
    with pytest.raises(GuardError, match=r"stay in int64 for method numba, got sections\[1\] with"):
        Model(cascade(section("df1"), wide), method="numba")


def test_auto_uses_python_where_numba_is_not_proven(monkeypatch):
    monkeypatch.setattr(sos_module, "_NUMBA_STEPS", 0)
    sos = cascade(section("df2", Cast(to=SQ(4, 70)), Cast(to=SQ(4, 70))))
    x = signals.noise(WORD, 50, 2)
    assert np.array_equal(run(sos, x), oracle.run(sos, x))


@pytest.mark.parametrize("method", SOS_METHODS)
def test_a_coefficient_bit_that_flips_is_noticed(monkeypatch, method):
    sos = cascade(section("df2t"), section("df2t"))
    x = signals.noise(WORD, 200, 5)
    want = run(sos, x, method="python")
    for word in range(5):
        b, a = list(sos.sections[1].b), list(sos.sections[1].a)
        (b if word < 3 else a)[word % 3] ^= 1 << 6
        broken = cascade(section("df2t"), section("df2t", b=tuple(b), a=tuple(a)))
        assert not np.array_equal(run(broken, x, method=method), want), word


def test_the_forms_differ_where_casts_do():
    """Otherwise the tests of the forms could not tell them apart."""
    x = signals.noise(WORD, 300, 5)
    ys = [run(cascade(section(form, Cast(to=SQ(2, 12)))), x) for form in Form]
    assert all(not np.array_equal(one, other) for one, other in pairwise(ys))


@pytest.mark.slow
@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("form", Form)
def test_every_compiled_loop_on_long_noise(form, rounding, overflow):
    cast = {"rounding": rounding, "overflow": overflow}
    x = signals.noise(WORD, 20_000, 1)
    for feedback in (None, (-2, 1)) if form is Form.DF1 else (None,):
        for state, out in ((SQ(2, 16), SQ(1, 15)), (SQ(1, 40), SQ(1, 36)), (SQ(0, 20), SQ(1, 17))):
            s = section(form, Cast(to=state, **cast), Cast(to=out, **cast), feedback)
            for count in (1, 2, 3, 4):
                sos = cascade(*[s] * count)
                y = run(sos, x, method="numba")
                assert np.array_equal(y, run(sos, x, method="python"))
