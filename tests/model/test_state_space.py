"""State equations in the model, its float64 twin, the section's flow and the independent bench."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith.flow import INPUT, section_flow, transfer
from fxfir.filters import FixedSos, StateSpace, to_json
from fxfir.fixed import SQ, Cast, Rounding
from fxfir.model import FloatModel, Model, run
from fxfir.verify.probe import trial
from sim.expected import make as independent
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.strategies import casts, formats
from tests.rtl.sos.test_equations import make, sections

SOS = cases.cascade(make(), make(state=Cast(to=SQ(6, 10), rounding=Rounding.FLOOR)))


@settings(max_examples=60)
@given(
    parts=st.lists(sections(), min_size=1, max_size=2),
    input=formats(),
    output=casts(),
    x=st.lists(st.integers(0, 255), min_size=1, max_size=30),
)
def test_three_readings_agree(parts, input, output, x):
    sos = FixedSos(sections=parts, input=input, output=output)
    words = [input.lo + v % (1 << input.width) for v in x]
    want = oracle.run(sos, words)
    assert run(sos, words).tolist() == want
    bench = independent(to_json(sos))
    assert [bench.push([v])[0] for v in words] == want


def test_the_twin_holds_the_same_values():
    x = np.random.default_rng(1).integers(-32768, 32768, 300)
    np.testing.assert_array_equal(FloatModel(SOS).process(x), run(SOS, x))


def test_a_stream_may_be_cut_anywhere():
    x = np.random.default_rng(2).integers(-32768, 32768, (2, 100))
    model = Model(SOS)
    parts = [model.process(x[:, a:b]) for a, b in ((0, 1), (1, 40), (40, 100))]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), run(SOS, x))


@settings(max_examples=60)
@given(
    parts=st.lists(sections(), min_size=1, max_size=3),
    input=formats(),
    output=casts(),
    x=st.lists(st.integers(0, 255), min_size=1, max_size=30),
)
def test_the_compiled_loops_are_the_definition(parts, input, output, x):
    sos = FixedSos(sections=parts, input=input, output=output)
    words = [input.lo + v % (1 << input.width) for v in x]
    assert run(sos, words, method="numba").tolist() == run(sos, words, method="python").tolist()


def test_the_compiled_loops_take_long_words_and_mixed_cascades():
    wide = make(state=Cast(to=SQ(5, 40)), out=Cast(to=SQ(1, 30)))
    sos = cases.cascade(cases.make("df2t"), make(), wide, cases.make("df1", b_coeff=SQ(1, 15)))
    x = np.random.default_rng(3).integers(-32768, 32768, (3, 400))
    np.testing.assert_array_equal(run(sos, x, method="numba"), run(sos, x, method="python"))
    model = Model(sos, method="numba")
    parts = [model.process(x[:, a:b]) for a, b in ((0, 7), (7, 8), (8, 400))]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), run(sos, x, method="python"))


def _exact(spec: StateSpace, x, errors):
    """The section in fractions, with errors added where its casts would round."""
    values = {name: word * fmt.step for name, word, fmt in spec.words()}
    s1 = s2 = Fraction(0)
    sums = []
    for v, e in zip(x, errors, strict=True):
        y = values["c1"] * s1 + values["c2"] * s2 + values["d"] * v
        n1 = values["a11"] * s1 + values["a12"] * s2 + values["b1"] * v
        n2 = values["a21"] * s1 + values["a22"] * s2 + values["b2"] * v
        sums.append({"y": y, "s1": n1, "s2": n2})
        s1, s2 = n1 + e["s1"], n2 + e["s2"]
    return sums


def _through(weights, a, source):
    """Filter a sequence by weights / A, in fractions."""
    w: list[Fraction] = []
    for n, v in enumerate(source):
        w.append(v - sum((c * w[n - k] for k, c in enumerate(a, 1) if n >= k), Fraction(0)))
    return [
        sum((c * w[n - k] for k, c in enumerate(weights) if n >= k), Fraction(0))
        for n in range(len(w))
    ]


@settings(max_examples=30)
@given(spec=sections(), data=st.data())
def test_the_flow_is_the_section_without_its_casts(spec, data):
    """Exact sums are the input and both states' errors through the transfer functions told."""
    small = st.integers(-3, 3).map(Fraction)
    x = data.draw(st.lists(small, min_size=8, max_size=8))
    errors = [{"s1": data.draw(small), "s2": data.draw(small)} for _ in x]
    flow = section_flow(spec, 0)
    b, a = transfer(spec)
    assert (flow.b, flow.a) == (b, a)
    sums = _exact(spec, x, errors)
    for name, sources in flow.sums.items():
        total = [Fraction(0)] * len(x)
        for source, weights in sources.items():
            signal = x if source == INPUT else [e[source] for e in errors]
            total = [u + v for u, v in zip(total, _through(weights, a, signal), strict=True)]
        assert total == [s[name] for s in sums], name
    assert flow.sums["y"][INPUT] == b


def test_the_search_for_stimuli_sees_the_same_words():
    x = np.random.default_rng(3).integers(-32768, 32768, 60)
    found = trial(SOS)
    want = run(SOS, x)
    for v, y in zip(x, want, strict=True):
        words, _ = found.look([np.array([v])])
        found.take(0)
        assert int(np.ravel(words[0])[0]) == y


@pytest.mark.parametrize("pole", [(253, 15), (200, 150), (-180, 170)])
def test_a_normal_form_that_truncates_magnitudes_goes_silent(pole, seed):
    s, w = pole
    state = Cast(to=SQ(4, 4), rounding=Rounding.TO_ZERO)
    section = make(a=((s, -w), (w, s)), a_coeff=SQ(1, 8), state=state, c=(130000, -130000))
    rng = np.random.default_rng(seed)
    x = np.zeros((40, 1500), dtype=np.int64)
    x[:, :30] = rng.integers(-32768, 32768, (40, 30))
    cascade = cases.cascade(section)
    assert np.any(run(cascade, x)[:, :60])
    assert not np.any(run(cascade, x)[:, -100:])
    loud = replace(section, state=replace(state, rounding=Rounding.HALF_UP))
    assert np.any(run(cases.cascade(loud), x)[:, -100:])
