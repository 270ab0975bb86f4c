"""Cascades that train: float path against scipy, exact path against the integer model."""

import random
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import is_stable
from fxfir.design import butter
from fxfir.errors import GuardError, SectionError, SpecError, StabilityError
from fxfir.filters import FixedSos, Parallel
from fxfir.fixed import Format, Overflow, Rounding
from fxfir.learn import SOS, Biquad
from fxfir.learn.cascade import real_cascade
from fxfir.learn.stable import from_reflection, nearest_stable, to_reflection
from fxfir.model import run
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

F64 = torch.float64
LOW = butter(4, 3000, fs_hz=48000)
ROWS = LOW.sos.copy()  # scipy filters with writable rows only


def test_float_path_is_sosfilt():
    rows = np.stack([ROWS, butter(4, (2000, 6000), fs_hz=48000, kind="bandpass").sos[:2]])
    layer = SOS(rows, channels=2)
    x = torch.randn(3, 2, 300, dtype=F64, generator=torch.Generator().manual_seed(1))
    y = layer(x).detach().numpy()
    for c in range(2):
        assert np.allclose(y[:, c], scipy.signal.sosfilt(rows[c], x[:, c].numpy()))
    shared = SOS(LOW, channels=2, shared=True)
    assert np.allclose(shared(x).detach().numpy(), scipy.signal.sosfilt(ROWS, x.numpy()))
    assert np.allclose(shared.sos()[0], LOW.sos)


@pytest.mark.parametrize("time", [0, 1, 2, 13])
def test_adjoint(time):
    torch.manual_seed(2)
    x = torch.randn(4, time, dtype=F64, requires_grad=True)
    coeffs = SOS(n_sections=3, channels=2).coefficients().detach().requires_grad_()
    state = torch.randn(4, 3, 2, dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(real_cascade, (x, coeffs, state))


@pytest.mark.parametrize("words", [None, Words(), Words(form="df1", error_feedback=True)])
def test_chunks_equal_one_shot(words, seed):
    layer = SOS(LOW, channels=2, words=words).eval()
    x = torch.rand(3, 2, 90, dtype=F64) - 0.5
    whole, rng = layer(x), random.Random(seed)
    state, parts, start = layer.zero_state(x), [], 0
    while start < 90:
        stop = start + rng.randint(1, 9)
        y, state = layer(x[..., start:stop], state)
        parts.append(y)
        start = stop
    assert torch.equal(torch.cat(parts, -1), whole)
    assert torch.equal(layer(x), whole)


def test_gradients_flow_through_the_state():
    layer, x = SOS(LOW), torch.randn(1, 1, 60, dtype=F64)
    whole = torch.autograd.grad(layer(x).square().sum(), list(layer.parameters()))
    first, state = layer(x[..., :25], layer.zero_state(x))
    rest, _ = layer(x[..., 25:], state)
    loss = first.square().sum() + rest.square().sum()
    chunks = torch.autograd.grad(loss, list(layer.parameters()))
    assert all(torch.allclose(a, b) for a, b in zip(whole, chunks, strict=True))


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2))
def test_any_parameters_are_stable(raw):
    a1, a2 = from_reflection(torch.tensor(raw, dtype=F64)).tolist()
    assert is_stable(Fraction(a1), Fraction(a2))


@given(radius=st.floats(0, 0.99999), angle=st.floats(0, 3.14159))
def test_reflection_round_trip(radius, angle):
    a = torch.tensor([-2 * radius * np.cos(angle), radius**2], dtype=F64)
    assert torch.allclose(from_reflection(to_reflection(a)), a, atol=1e-9)


@given(radius=st.floats(0.5, 0.9999999), angle=st.floats(0, 3.14159), frac=st.integers(0, 5))
@settings(max_examples=200)
def test_nearest_stable_integers(radius, angle, frac):
    a = torch.tensor([-2 * radius * np.cos(angle), radius**2], dtype=F64)
    fmt, one = Format(signed=True, width=frac + 3, frac=frac), 1 << frac
    found = nearest_stable(a[None, None], [[fmt]])[0, 0].tolist()
    a1, a2 = (a * one).tolist()
    stable = [
        (p, q)
        for p in range(-2 * one, 2 * one + 1)
        for q in range(-one, one + 1)
        if is_stable(p, q, one)
    ]
    assert tuple(found) in stable
    distances = [(p - a1) ** 2 + (q - a2) ** 2 for p, q in stable]
    assert (found[0] - a1) ** 2 + (found[1] - a2) ** 2 <= min(distances) + 1e-12


@pytest.mark.parametrize("form", ["df1", "df2", "df1t", "df2t"])
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.HALF_AWAY])
def test_exact_path_is_the_integer_model(form, rounding, seed):
    torch.manual_seed(seed)
    words = Words(
        input="sfix10_En8", output="sfix8_En7", form=form, rounding=rounding,
        overflow=Overflow.WRAP if form == "df1t" else Overflow.SATURATE, coeff_width=12,
    )  # fmt: skip
    layer = SOS(LOW, channels=2, words=words).eval()
    with torch.no_grad():
        layer.reflection += 0.2 * torch.randn_like(layer.reflection)
        layer.numerator *= 1 + 0.2 * torch.randn_like(layer.numerator)
    node = layer.to_filter()
    assert isinstance(node, Parallel)
    x = random_words(node, (2, 2000), np.random.default_rng(seed))
    y = words_of(layer(values_of(x, node).float()), node.outputs)
    assert np.array_equal(y, run(node, x))


def test_every_rounding_reaches_the_loops(seed):
    for rounding in Rounding:
        words = Words(rounding=rounding, section_width=14, coeff_width=10)
        layer = SOS(LOW, words=words).eval()
        node = layer.to_filter()
        x = random_words(node, (500,), np.random.default_rng(seed))
        y = words_of(layer(values_of(x, node)), node.outputs)
        assert np.array_equal(y[0], run(node, x[0], method="python"))


def test_a_million_samples_equal_the_model(seed):
    layer = SOS(LOW, words=Words()).eval()
    node = layer.to_filter()
    x = random_words(node, (1_000_000,), np.random.default_rng(seed))
    with torch.no_grad():
        y = layer(values_of(x, node).float())
    assert np.array_equal(words_of(y, node.outputs)[0], run(node, x[0]))


def test_gradients_are_straight_through():
    torch.manual_seed(4)
    words = Words(input="sfix8_En7", output="sfix8_En7", coeff_width=10, guard_bits=3)
    layer = Biquad([0.9, 0.2, -0.3, 1, -0.9, 0.5], words=words).eval()
    section = layer.to_filter().sections[0]
    steps = [section.b_coeff.step] * 3 + [section.a_coeff.step] * 2
    codes = (*section.b, *section.a)
    coeffs = torch.tensor(
        [float(w * s) for w, s in zip(codes, steps, strict=True)], dtype=F64, requires_grad=True
    )
    x = (2 * torch.rand(64, dtype=F64) - 1).mul(128).round().div(128).requires_grad_()

    def cast(v, to):
        v = v * 2.0**to.frac
        v = v + (torch.round(v) - v).detach()
        return torch.where((v >= to.lo) & (v <= to.hi), v, v.detach().clamp(to.lo, to.hi)) / (
            2.0**to.frac
        )

    b0, b1, b2, a1, a2 = coeffs
    s1 = s2 = torch.zeros((), dtype=F64)
    out = []
    for v in x:
        y = cast(b0 * v + s1, section.out.to)
        s1, s2 = (
            cast(b1 * v - a1 * y + s2, section.state.to),
            cast(b2 * v - a2 * y, section.state.to),
        )
        out.append(cast(y, words.output_format))
    theirs, inputs = torch.stack(out), x.detach()[None].requires_grad_()
    ours = layer(inputs)[0]
    assert torch.equal(ours, theirs)
    assert (ours.abs() >= 127 / 128).any()  # some saturate
    weights = torch.randn(64, dtype=F64)
    want = torch.autograd.grad((theirs * weights).sum(), (x, coeffs))
    parameters = (inputs, layer.numerator, layer.reflection)
    found = torch.autograd.grad((ours * weights).sum(), parameters)
    assert torch.allclose(found[0][0], want[0])
    assert torch.allclose(found[1][0, 0], want[1][:3])
    a = from_reflection(layer.reflection)
    turned = torch.autograd.grad(a, layer.reflection, want[1][None, None, 3:])
    assert torch.allclose(found[2], turned[0])


def test_state_dict_round_trip():
    one = SOS(LOW, words=Words())
    with torch.no_grad():
        one.numerator *= 3
    one.calibrate()
    other = SOS(n_sections=2, words=Words())
    other.load_state_dict(one.state_dict())
    assert other.to_filter() == one.to_filter()


def test_formats_follow_while_training():
    layer = Biquad([1.0, 0, 0, 1, 0, 0], words=Words(output="sfix20_En15"))
    before = layer.to_filter().sections[0]
    with torch.no_grad():
        layer.numerator *= 5.3
    x = torch.full((1, 4), 0.5)
    assert layer(x)[0, 0].item() == pytest.approx(2.65, abs=1e-3)
    after = layer.to_filter().sections[0]
    assert after.b_coeff.frac - after.b_coeff.width < before.b_coeff.frac - before.b_coeff.width


def test_training_stays_stable_and_simulates_to_the_bit(tmp_path, icarus):
    # The seed's case: one step of an energy loss drove a pole to a radius of 6.9.
    torch.manual_seed(5)
    layer = Biquad(words=Words(input="sfix12_En11", coeff_width=12))
    goal = Biquad([0.2, 0.1, 0.0, 1.0, -1.5, 0.8])
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    losses = []
    for _ in range(150):
        x = 0.5 * (torch.rand(1, 1, 256) - 0.5)
        loss = (layer(x) - goal(x)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) / 20
    layer.calibrate()
    node = check_core(layer, tmp_path / "biquad")
    assert isinstance(node, FixedSos)
    torch.optim.SGD(layer.parameters(), lr=1e6).step()
    assert all(is_stable(*s.a, 2**s.a_coeff.frac) for s in layer.to_filter().sections)


def test_huge_steps_leave_a_stable_filter_of_few_bits():
    torch.manual_seed(6)
    layer = SOS(LOW, words=Words(coeff_width=6))
    with torch.no_grad():
        layer.reflection.copy_(torch.tensor([[[-40.0, 60.0], [50.0, -30.0]]]))
    layer.calibrate()
    for section in layer.to_filter().sections:
        assert is_stable(*section.a, Fraction(2) ** section.a_coeff.frac)
    assert torch.isfinite(layer(torch.rand(1, 50))).all()


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: SOS(), SectionError, "give sos or n_sections"),
        (lambda: SOS([[1, 2, 3]]), SectionError, "must have shape"),
        (lambda: SOS([["a"] * 6]), SectionError, "rows of 6 numbers"),
        (lambda: SOS([[1, 0, 0, 0, 0, 0]]), SectionError, "a0 other than 0"),
        (lambda: SOS([[1, 0, 0, 1, 0, 1.5]]), StabilityError, "a1, a2 = 0, 1.5 in section 0"),
        (lambda: SOS(n_sections=0), SpecError, "n_sections must be a positive integer"),
        (lambda: SOS(LOW, words=Words(error_feedback=True)), SectionError, "needs form df1"),
        (lambda: SOS(LOW, words=Words(section_width=60)), GuardError, "at most 53 bits"),
    ],
)
def test_bad_layers(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


def test_bad_calls(tmp_path):
    layer = SOS(LOW)
    with pytest.raises(SpecError, match="needs words"):
        layer.export(tmp_path / "core")
    x = torch.rand(1, 1, 8)
    exact = SOS(LOW, words=Words())
    with pytest.raises(SpecError, match="same words"):
        exact(x, layer.zero_state(x))
    with torch.no_grad():
        exact.numerator[0, 1, 2] = torch.nan
    with pytest.raises(SectionError, match="finite, got nan in section 1"):
        exact.calibrate()
