"""FIR layers: float path against scipy and Conv1d, exact path against the integer model."""

import random

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.design import lowpass
from fxfir.errors import FormatError, GuardError, OutputError, SpecError, TapsError
from fxfir.filters import Bank, FixedFir, Parallel
from fxfir.fixed import SQ, Format, Overflow, Rounding
from fxfir.learn import FIR
from fxfir.learn.sums import fir_sums
from fxfir.model import run
from fxfir.quantize import quantize_fir
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

F64 = torch.float64


def conv1d(x, layer):
    past = torch.nn.functional.pad(x, (layer.n_taps - 1, 0))
    return torch.nn.functional.conv1d(past, layer.taps.flip(-1), groups=layer.groups)


@pytest.mark.parametrize(
    ("n_in", "n_out", "groups", "time", "n_taps"),
    [
        (1, 1, 1, 200, 17),
        (2, 2, 2, 1000, 64),
        (1, 3, 1, 31, 5),
        (4, 8, 2, 90, 300),
        (3, 3, 3, 1, 4),
    ],
)
def test_float_path_is_conv1d_turned_round(n_in, n_out, groups, time, n_taps):
    layer = FIR(
        n_taps=n_taps, in_channels=n_in, out_channels=n_out, groups=groups, dtype=F64,
        generator=torch.Generator().manual_seed(1),
    )  # fmt: skip
    x = torch.randn(3, n_in, time, dtype=F64, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(layer(x), conv1d(x, layer), atol=1e-12)
    taps = layer.taps.detach().clone().requires_grad_()
    inputs = torch.randn(2, n_in, n_taps + 6, dtype=F64, requires_grad=True)
    if n_taps < 20:
        assert torch.autograd.gradcheck(lambda a, b: fir_sums(a, b, groups), (inputs, taps))
    x.requires_grad_()
    pairs = [
        torch.autograd.grad(y.square().sum(), (x, layer.taps)) for y in (layer(x), conv1d(x, layer))
    ]
    for ours, theirs in zip(*pairs, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-9)


def test_the_impulse_response_is_the_taps():
    y = FIR([1.0, 2.0, 3.0])(torch.tensor([[1.0, 0, 0, 0]]))
    assert y.tolist() == [[1, 2, 3, 0]]


def test_valid_padding_has_the_length_of_conv1d():
    taps, x = [1.0, 2.0, 4.0], torch.arange(8.0).reshape(1, 1, 8)
    y = FIR(taps, padding="valid")(x)
    assert torch.equal(y, torch.nn.functional.conv1d(x, torch.tensor([[[4.0, 2.0, 1.0]]])))
    exact = FIR(taps, padding="valid", words=Words(input="sfix8_En0", output="sfix16_En0"))
    assert torch.equal(exact(x), y)


@pytest.mark.parametrize("words", [None, Words(coeff_width=8)])
def test_chunks_equal_one_shot(words, seed):
    layer = FIR(n_taps=7, in_channels=2, words=words)
    x = torch.rand(3, 2, 50) - 0.5
    whole, rng = layer(x), random.Random(seed)
    state, parts, start = layer.zero_state(x), [], 0
    while start < 50:
        stop = start + rng.randint(1, 9)
        y, state = layer(x[..., start:stop], state)
        parts.append(y)
        start = stop
    joined = torch.cat(parts, -1)
    assert torch.equal(joined, whole) if words else torch.allclose(joined, whole, atol=1e-6)
    assert torch.equal(layer(x), whole)  # nothing was kept between calls


def test_state_dict_round_trip(tmp_path):
    one = FIR(n_taps=5, in_channels=2, words=Words())
    one(torch.randn(1, 2, 20))
    torch.save(one.state_dict(), tmp_path / "layer.pt")
    other = FIR(n_taps=5, in_channels=2, words=Words())
    other.load_state_dict(torch.load(tmp_path / "layer.pt"))
    assert other.to_filter() == one.to_filter()


def test_starts_from_a_design():
    design = lowpass(20, 1000, fs_hz=8000)
    layer = FIR(design, dtype=F64)
    x = np.random.default_rng(1).standard_normal(100)
    want = scipy.signal.lfilter(design.taps, 1, x)
    assert np.allclose(layer(torch.tensor(x[None]))[0].detach().numpy(), want)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
def test_exact_path_is_the_integer_model(rounding, overflow, seed):
    words = Words(
        input="sfix8_En6", output="sfix7_En6", coeff_width=7, rounding=rounding, overflow=overflow
    )
    layer = FIR(n_taps=9, in_channels=2, out_channels=4, words=words, dtype=F64)
    node = layer.to_filter()
    assert isinstance(node, Parallel)
    assert isinstance(node.filters[1], Bank)
    x = random_words(node, (2, 3, 400), np.random.default_rng(seed))
    y = layer(values_of(x, node))
    assert np.array_equal(words_of(y, node.outputs), run(node, x, method="auto"))


@given(data=st.data())
@settings(max_examples=60)
def test_any_words(data):
    taps = data.draw(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=12))
    if not any(abs(v) > 1e-6 for v in taps):
        taps[0] = 1.0
    source = Format(
        signed=data.draw(st.booleans()),
        width=data.draw(st.integers(2, 33)),
        frac=data.draw(st.integers(-2, 20)),
    )
    words = Words(
        input=source,
        output=SQ(4, data.draw(st.integers(0, 40))),
        coeff_width=data.draw(st.integers(2, 24)),
        rounding=data.draw(st.sampled_from(Rounding)),
        overflow=data.draw(st.sampled_from(Overflow)),
    )
    layer = FIR(taps, words=words, dtype=F64)
    node = layer.to_filter()
    made = quantize_fir(
        taps, input=words.input, output=words.output, coeff_width=words.coeff_width,
        rounding=words.rounding, overflow=words.overflow,
    )  # fmt: skip
    assert node == made.filter
    x = random_words(node, (30,), np.random.default_rng(data.draw(st.integers(0, 99))))
    y = words_of(layer(values_of(x, node)), node.outputs)
    assert np.array_equal(y[0], run(node, x[0], method="python"))


def test_a_million_samples_equal_the_model(seed):
    layer = FIR(n_taps=31, words=Words(output="sfix16_En15"))
    node = layer.to_filter()
    x = random_words(node, (1_000_000,), np.random.default_rng(seed))
    with torch.no_grad():
        y = layer(values_of(x, node).float())
    assert np.array_equal(words_of(y, node.outputs)[0], run(node, x[0]))


def surrogate(x, taps, fmt, coeff_frac, out):
    """Straight through, written out: rounding adds a constant, clamping stops the gradient."""

    def cast(v, frac, lo, hi):
        v = v * 2.0**frac
        v = v + (torch.round(v) - v).detach()
        return torch.where((v >= lo) & (v <= hi), v, v.detach().clamp(lo, hi)) * 2.0**-frac

    x = cast(x, fmt.frac, fmt.lo, fmt.hi)
    taps = cast(taps, coeff_frac, -128, 127)
    past = torch.nn.functional.pad(x, (taps.shape[-1] - 1, 0))
    y = torch.nn.functional.conv1d(past, taps.flip(-1))
    return cast(y, out.frac, out.lo, out.hi)


def test_gradients_are_straight_through(seed):
    fmt, out = SQ(1, 7), SQ(1, 5)
    torch.manual_seed(seed)
    layer = FIR([0.9, -0.7, 0.3], dtype=F64, words=Words(input=fmt, output=out, coeff_width=8))
    frac = layer.to_filter().coeff.frac
    x = (2.4 * torch.rand(2, 1, 64, dtype=F64) - 1.2).requires_grad_()
    weights = torch.randn(2, 1, 64, dtype=F64)
    ours, theirs = layer(x), surrogate(x, layer.taps, fmt, frac, out)
    assert torch.equal(ours, theirs)
    assert (ours.abs() >= 31 / 32).any()  # some saturate
    for a, b in zip(
        torch.autograd.grad((ours * weights).sum(), (x, layer.taps)),
        torch.autograd.grad((theirs * weights).sum(), (x, layer.taps)),
        strict=True,
    ):
        assert torch.allclose(a, b)
        assert a.abs().max() > 0


def test_trained_taps_simulate_to_the_bit(tmp_path, icarus):
    torch.manual_seed(3)
    goal = FIR(lowpass(10, 1500, fs_hz=8000), dtype=F64)
    layer = FIR(
        n_taps=11, dtype=F64, words=Words(input="sfix10_En9", output="sfix10_En9", coeff_width=8)
    )
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.03)
    losses = []
    for _ in range(60):
        x = torch.rand(4, 1, 128, dtype=F64) - 0.5
        loss = (layer(x) - goal(x)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 50
    node = check_core(layer, tmp_path / "learned")
    assert isinstance(node, FixedFir)


def test_channels_that_saturate_simulate_to_the_bit(tmp_path, icarus):
    taps = torch.tensor([[0.9, 0.8, -0.7], [-0.6, 0.9, 0.9]])
    layer = FIR(taps, in_channels=2, words=Words(input="sfix8_En7", rounding="floor"))
    node = check_core(layer, tmp_path / "stereo", arch="transposed")
    assert isinstance(node, Parallel)
    made = layer.generate("stereo")
    assert made.manifest["bounds"]["error_lsb"] is None


def test_a_single_filter_carries_its_certified_error():
    made = FIR([0.3, 0.4, 0.3], words=Words()).generate("one", fs_hz=48000)
    assert made.manifest["bounds"]["error_lsb"] > 0
    assert made.manifest["source"]["lanes"][0]["method"] == "learned"


def test_fixed_coefficients_saturate_and_stop():
    layer = FIR([0.9, 0.1], words=Words(coeff="sfix8_En7"), dtype=F64)
    with torch.no_grad():
        layer.taps[0, 0, 0] = 1.7
    y = layer(torch.ones(1, 4, dtype=F64) / 2)
    y.sum().backward()
    assert layer.taps.grad[0, 0].tolist()[0] == 0
    assert layer.taps.grad[0, 0].tolist()[1] > 0
    assert layer.to_filter().taps == (127, 13)


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: FIR(), TapsError, "give taps or n_taps"),
        (lambda: FIR([]), TapsError, "at least one tap"),
        (lambda: FIR(["a"]), TapsError, "real numbers"),
        (lambda: FIR([1.0, float("nan")]), TapsError, r"finite, got taps\[0, 0, 1\] = nan"),
        (lambda: FIR(n_taps=0), TapsError, "positive integer"),
        (lambda: FIR([1.0], padding="same"), SpecError, "causal or valid"),
        (lambda: FIR([1.0], in_channels=3, groups=2), SpecError, "divide 3 inputs"),
        (lambda: FIR([[[1.0], [2.0]]], in_channels=3), TapsError, "must divide 3 inputs"),
        (lambda: FIR([1.0], words=Words(scale_taps=True)), SpecError, "scale_taps"),
        (lambda: FIR([1.0], words=Words(form="df1")), SpecError, "no form"),
        (lambda: FIR([1.0], words="sfix16"), SpecError, "must be fxfir.spec.Words"),
        (lambda: FIR([1.0], words=Words(input="sfix60_En0")), GuardError, "53 bits"),
        (
            lambda: FIR([0.5, -1.5], words=Words(coeff="sfix8_En7")),
            TapsError,
            r"taps\[0, 0, 1\] = -1.5; multiplied by 0.6614",
        ),
    ],
)
def test_bad_layers(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


def test_bad_calls(tmp_path):
    layer = FIR([1.0, 0.5], words=Words(input="sfix32_En31"))
    with pytest.raises(FormatError, match="sfix32_En31 need float64 samples"):
        layer(torch.zeros(1, 4))
    with pytest.raises(FormatError, match=r"reads \[..., 1, time\], got shape \[3, 4\]"):
        layer(torch.zeros(3, 4))
    with pytest.raises(FormatError, match=r"floating-point samples, got torch.int64"):
        layer(torch.zeros(1, 4, dtype=torch.int64))
    with pytest.raises(SpecError, match="needs words"):
        FIR([1.0]).export(tmp_path / "core")
    with pytest.raises(SpecError, match="no history"):
        FIR([1.0, 2.0], padding="valid")(torch.zeros(1, 4), torch.zeros(1, 1, 1))
    with torch.no_grad():
        layer.taps[0, 0, 1] = torch.nan
    with pytest.raises(TapsError, match="finite"):
        layer.export(tmp_path / "core")
    (tmp_path / "there").mkdir()
    with pytest.raises(OutputError, match="must not exist"):
        FIR([1.0], words=Words()).export(tmp_path / "there")
    assert not (tmp_path / "core").exists()


def test_sums_beyond_int64_are_refused():
    layer = FIR([1.0] * 64, words=Words(input="sfix40_En0", output="sfix40_En0", coeff_width=20))
    with pytest.raises(GuardError, match="within 62 bits"):
        layer(torch.full((1, 64), 2.0**39, dtype=F64))
