"""Rows, banks, sums and nonlinear stages: float path, exact path, core."""

import numpy as np
import pytest
import torch

from fxfir.design import bandpass, bessel, butter, cheby1, cheby2, ellip, lowpass
from fxfir.errors import FilterError, FormatError, SpecError
from fxfir.filters import Bank as BankNode
from fxfir.fixed import SQ
from fxfir.learn import (
    FIR,
    SOS,
    Bank,
    Clip,
    FilterBank,
    ParametricEQ,
    ReLU,
    Series,
    Sum,
    Tabulated,
    Tanh,
)
from fxfir.model import run
from fxfir.spec.equaliser import EqBand
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

FS = 48000
W = Words(input="sfix10_En9", output="sfix10_En9", coeff_width=8)
WIDE = Words(input="sfix12_En11", output="sfix12_En11", coeff_width=12)


def nonlinear() -> Series:
    return Series(FIR(n_taps=5, words=W), ReLU(), FIR(n_taps=4, words=W), Clip(-0.3, 0.5))


def squashed() -> Series:
    fir = FIR(n_taps=5, words=WIDE)
    return Series(fir, Tanh(bits=7, output=SQ(1, 9)), FIR([0.5, 0.4], words=W))


def hybrid() -> Series:
    parts = Bank(FIR([0.3, 0.2, 0.1], words=WIDE), SOS(butter(2, 3000, fs_hz=FS), words=WIDE))
    total = Sum(2, words=Words(input="sfix12_En11", output="sfix10_En9", rounding="half_up"))
    return Series(parts, total, SOS(butter(2, 9000, fs_hz=FS), words=W))


def bands() -> Bank:
    designs = [
        butter(2, 800, fs_hz=FS),
        cheby1(2, 2000, fs_hz=FS, ripple_db=1),
        cheby2(2, 2500, fs_hz=FS, attenuation_db=30),
        bessel(2, 3000, fs_hz=FS),
        ellip(2, 5000, fs_hz=FS, ripple_db=1, attenuation_db=40),
    ]
    last = FIR(bandpass(12, (3000, 9000), fs_hz=FS), words=WIDE)
    return FilterBank(*[SOS(d, words=WIDE) for d in designs], last)


def stereo() -> Series:
    peak = EqBand(kind="peak", frequency_hz=3000, gain_db=-4, q=1)
    equaliser = ParametricEQ([peak], fs_hz=FS, channels=2, words=W)
    return Series(equaliser, Tabulated(torch.sin, bits=6), FIR(n_taps=3, in_channels=2, words=W))


LAYERS = {
    "nonlinear": nonlinear,
    "squashed": squashed,
    "hybrid": hybrid,
    "bands": bands,
    "stereo": stereo,
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_exact_path_is_the_integer_model(make, seed):
    torch.manual_seed(seed)
    layer = make().eval()
    node = layer.to_filter()
    x = random_words(node, (2, 700), np.random.default_rng(seed))
    y = layer(values_of(x, node))
    assert y.shape == (2, node.n_out, 700)
    got = words_of(y, node.outputs)
    want = run(node, x if node.n_in > 1 else x[:, 0])
    assert np.array_equal(got if node.n_out > 1 else got[:, 0], want)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_chunks_and_state_dict(make):
    torch.manual_seed(1)
    layer, other = make().eval(), make().eval()
    x = torch.rand(2, layer.n_in, 40) - 0.5
    whole = layer(x)
    first, state = layer(x[..., :17], layer.zero_state(x))
    rest, _ = layer(x[..., 17:], state)
    assert torch.equal(torch.cat([first, rest], -1), whole)
    other.load_state_dict(layer.state_dict())
    assert other.to_filter() == layer.to_filter()


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_trained_core_simulates_to_the_bit(make, tmp_path, icarus):
    torch.manual_seed(2)
    layer = make()
    x = torch.rand(4, layer.n_in, 64) - 0.5
    goal = 0.4 * torch.roll(x, 1, -1).expand(4, max(layer.n_in, layer.n_out), 64)[:, : layer.n_out]
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.02)
    losses = []
    for _ in range(40):
        loss = (layer(x) - goal).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[-5:]) < losses[0]
    check_core(layer, tmp_path / "core")


def test_real_numbers():
    x = torch.linspace(-2, 2, 9)[None]
    row = Series(FIR([1.0]), ReLU(), Tanh(), Clip(0.2, 0.9))
    assert torch.equal(row(x), torch.tanh(torch.relu(x)).clamp(0.2, 0.9))
    both = Series(Bank(FIR([1.0]), FIR([2.0]), ReLU()), Sum(3))
    assert torch.equal(both(x), 3 * x + torch.relu(x))
    assert both.words is None


def test_a_table_passes_the_slope_of_its_function():
    layer = Tanh(bits=8, words=Words(input="sfix8_En6", output="sfix12_En10"))
    x = torch.tensor([[0.0, 0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    y = layer(x)
    assert torch.allclose(y, torch.tanh(x), atol=2.0**-11)
    y.sum().backward()
    assert torch.allclose(x.grad, 1 - torch.tanh(x.detach()) ** 2)


def test_bank_has_lanes_with_their_ideals():
    layer = bands()
    assert isinstance(layer.to_filter(), BankNode)
    assert len(layer.lanes()) == 6


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: Series(), FilterError, "at least one layer"),
        (
            lambda: Series(FIR([1.0]), torch.nn.ReLU()),
            FilterError,
            r"layers\[1\] = ReLU",
        ),
        (
            lambda: Series(FIR([1.0], words=W), FIR([1.0])),
            FilterError,
            r"all have words or none, got layers\[1\] \(FIR\) without",
        ),
        (
            lambda: Series(FIR([1.0], words=W), FIR([1.0], words=WIDE)),
            FilterError,
            r"layers\[0\] giving 1 of sfix10_En9 and layers\[1\] reading 1 of sfix12_En11",
        ),
        (
            lambda: Series(FIR([[1.0], [2.0]]), FIR([1.0])),
            FilterError,
            r"giving 2 of None and layers\[1\] reading 1",
        ),
        (
            lambda: Bank(FIR([1.0], words=W), FIR([1.0], words=WIDE)),
            FilterError,
            r"must read sfix10_En9, got layers\[1\] reading sfix12_En11",
        ),
        (lambda: Bank(FIR([1.0]), Sum(2)), FilterError, "must read 1 channels"),
        (lambda: setattr(nonlinear(), "words", W), SpecError, "belong to the layers"),
        (lambda: Clip(1, 1), SpecError, "must be below hi"),
        (lambda: Clip(0, float("inf")), SpecError, "hi must be a finite number"),
        (lambda: Tanh(bits=17), SpecError, "from 1 to 16"),
        (
            lambda: ReLU(words=Words(input="sfix8_En7", output="sfix9_En7")),
            SpecError,
            "gives the format it reads",
        ),
        (
            lambda: Tabulated(torch.log, words=Words(input="sfix4_En3")).to_filter(),
            FilterError,
            "finite values",
        ),
        (lambda: Series(FIR([1.0]), ReLU())(torch.zeros(2, 5)), FormatError, "reads"),
    ],
)
def test_bad_compositions(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


def test_designs_of_every_family_start_a_layer():
    assert FIR(lowpass(8, 3000, fs_hz=FS)).n_taps == 9
