"""Plain torch modules become layers, and those become cores; filters of several channels."""

import numpy as np
import pytest
import torch
from torch import nn

from fxfir.errors import FilterError, ReadError, SpecError, TapsError
from fxfir.learn import FIR, Series, TapsTurned, from_torch
from fxfir.model import run
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

W = Words(input="sfix8_En7", output="sfix10_En7", coeff_width=8)


def imported(module, **options):
    with pytest.warns(TapsTurned, match="turned round"):
        return from_torch(module, **options)


@pytest.mark.parametrize(("n_in", "n_out", "groups"), [(1, 1, 1), (2, 4, 2), (3, 2, 1)])
@pytest.mark.parametrize("bias", [False, True])
def test_a_convolution(n_in, n_out, groups, bias, tmp_path):
    conv = nn.Conv1d(n_in, n_out, 5, groups=groups, bias=bias)
    x = torch.randn(2, n_in, 30)
    layer = imported(conv)
    assert torch.allclose(layer(x), conv(x), atol=1e-6)
    torch.save(conv.state_dict(), tmp_path / "conv.pt")
    for source in (conv.state_dict(), tmp_path / "conv.pt", str(tmp_path / "conv.pt")):
        assert torch.equal(imported(source, groups=groups)(x), layer(x))


def test_a_row_of_modules():
    pad = nn.ZeroPad1d((2, 0))
    module = nn.Sequential(
        nn.Sequential(pad, nn.Conv1d(1, 2, 3), nn.ReLU()),
        nn.Identity(),
        nn.Conv1d(2, 1, 4),
        nn.Hardtanh(-0.5, 0.25),
        nn.Sigmoid(),
        nn.Tanh(),
    )
    layer, x = imported(module), torch.randn(3, 1, 20)
    assert isinstance(layer, Series)
    assert torch.allclose(layer(x), module(x), atol=1e-6)
    exact = imported(module, words=Words(input="sfix12_En9", output="sfix16_En12"), bits=12)
    assert torch.allclose(exact(x), module(x.clamp(-4, 4)), atol=0.01)


def test_a_nonlinear_network_trains_in_torch_and_simulates_to_the_bit(tmp_path, icarus):
    torch.manual_seed(3)
    module = nn.Sequential(
        nn.ConstantPad1d((3, 0), 0.0), nn.Conv1d(1, 2, 4), nn.ReLU(), nn.Conv1d(2, 1, 1)
    )
    x = torch.rand(8, 1, 32) - 0.5
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(30):
        loss = (module(x) - x.abs()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    layer = imported(module, words=W)
    assert (layer(x) - module(x)).abs().max() < 0.05
    check_core(layer, tmp_path / "network")


@pytest.mark.parametrize("groups", [1, 2])
def test_outputs_that_sum_over_channels(groups, seed, tmp_path, icarus):
    torch.manual_seed(seed)
    taps = torch.randn(2, 4 // groups, 3, dtype=torch.float64)
    taps[1, 1] = 0
    layer = FIR(taps, in_channels=4, bias=[0.3, -0.2], words=W, dtype=torch.float64)
    node = layer.to_filter()
    x = random_words(node, (2, 300), np.random.default_rng(seed))
    y = words_of(layer(values_of(x, node)), node.outputs)
    assert np.array_equal(y, run(node, x))
    assert layer.lanes() == ()
    loss = layer(values_of(x, node)).square().mean()
    loss.backward()
    assert layer.bias.grad.abs().min() > 0
    check_core(layer, tmp_path / "matrix")


def test_a_bias_alone():
    layer = FIR([0.5], bias=[0.25], words=W)
    node = layer.to_filter()
    x = np.arange(-128, 128)[None]
    assert np.array_equal(words_of(layer(values_of(x, node)), node.outputs)[0], run(node, x[0]))
    wide = Words(input="sfix40_En20", output="sfix30_En10", coeff_width=18)
    layer = FIR([0.5, 1.0], bias=[-3.5], words=wide, dtype=torch.float64)
    node = layer.to_filter()
    x = random_words(node, (50,), np.random.default_rng(1))
    assert np.array_equal(words_of(layer(values_of(x, node)), node.outputs)[0], run(node, x[0]))


@pytest.mark.parametrize(
    ("module", "error", "sentence"),
    [
        (nn.Conv1d(1, 1, 3, stride=2), SpecError, "stride 1, got 2 in this one"),
        (nn.Conv1d(1, 1, 3, dilation=2), SpecError, "dilation 1, got 2"),
        (nn.Conv1d(1, 1, 3, padding=1), SpecError, "padding 0, got 1"),
        (nn.Conv1d(1, 1, 3, padding="same"), SpecError, "padding 0, got 'same'"),
        (
            nn.Sequential(nn.ZeroPad1d((1, 0)), nn.Conv1d(1, 1, 3)),
            SpecError,
            r"must be 2 or none, got 1 in module 1 \(1\)",
        ),
        (
            nn.Sequential(nn.Conv1d(1, 1, 3), nn.Sequential(nn.BatchNorm1d(1))),
            FilterError,
            r"got module 1 \(1.0\) = BatchNorm1d",
        ),
        (nn.Sequential(nn.ZeroPad1d((1, 1)), nn.Conv1d(1, 1, 3)), FilterError, "got module 0"),
        (nn.Sequential(nn.ZeroPad1d((1, 0)), nn.ReLU()), FilterError, "got module 0"),
        (nn.Sequential(), FilterError, "at least one layer"),
        ({"0.weight": torch.zeros(1, 1, 3)}, ReadError, r"got the keys \['0.weight'\]"),
    ],
)
def test_what_is_refused(module, error, sentence):
    with pytest.raises(error, match=sentence):
        from_torch(module)


def test_files_that_hold_no_filter(tmp_path):
    (tmp_path / "text.pt").write_text("taps")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ReadError, match=r"torch\.save wrote is needed, got .*text\.pt"):
        from_torch(tmp_path / "text.pt")
    with pytest.raises(ReadError, match="hold a state_dict, got a list"):
        from_torch(tmp_path / "list.pt")
    with pytest.raises(ReadError, match="nowhere"):
        from_torch(tmp_path / "nowhere.pt")
    with pytest.raises(TapsError, match=r"bias must have shape \[1\]"):
        FIR([1.0], bias=[1.0, 2.0])
    with pytest.raises(TapsError, match="bias must be finite"):
        FIR([1.0], bias=[float("inf")])
