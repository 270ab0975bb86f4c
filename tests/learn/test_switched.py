"""Filters conditioned on another input: frame by frame exact, trained, exported."""

import numpy as np
import pytest
import torch

from fxfir.design import butter
from fxfir.errors import FilterError
from fxfir.learn import FIR, SOS, Switched
from fxfir.model import run
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

W = Words(input="sfix10_En9", output="sfix10_En9", coeff_width=8)
F64 = torch.float64


def family() -> Switched:
    generator = torch.Generator().manual_seed(4)
    return Switched(*[FIR(n_taps=6, words=W, generator=generator, dtype=F64) for _ in range(3)])


def test_frame_by_frame_it_is_the_chosen_filter(seed):
    layer, frame = family(), 16
    node = layer.to_filter()
    rng = np.random.default_rng(seed)
    sets = rng.integers(0, 3, 20)
    x = random_words(layer.layers[0].to_filter(), (20 * frame,), rng)[0]
    y = words_of(layer(values_of(np.stack([x, np.repeat(sets, frame)]), node)), node.outputs)[0]
    for f, chosen in enumerate(sets):
        whole = run(layer.layers[chosen].to_filter(), x[: (f + 1) * frame])
        assert np.array_equal(y[f * frame : (f + 1) * frame], whole[f * frame :])
    assert np.array_equal(y, run(node, np.stack([x, np.repeat(sets, frame)])))


def test_any_index_and_chunks(seed):
    layer = family()
    node = layer.to_filter()
    x = random_words(node, (2, 200), np.random.default_rng(seed))
    values = values_of(x, node)
    y = layer(values)
    assert np.array_equal(words_of(y, node.outputs)[:, 0], run(node, x))
    first, state = layer(values[..., :71], layer.zero_state(values))
    rest, _ = layer(values[..., 71:], state)
    assert torch.equal(torch.cat([first, rest], -1), y)


def test_taps_as_a_function_of_another_input_train_and_simulate_to_the_bit(tmp_path, icarus):
    # Loud frames are to be halved, quiet ones negated: the energy of a frame is the condition.
    torch.manual_seed(1)
    layer = Switched(FIR([0.1, 0.1], words=W, dtype=F64), FIR([0.1, 0.1], words=W, dtype=F64))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(120):
        loud = torch.rand(4, 1, 8, 1, dtype=F64) > 0.5
        frames = (torch.rand(4, 1, 8, 16, dtype=F64) - 0.5) * torch.where(loud, 1.0, 0.2)
        index = (frames.square().mean(-1, keepdim=True) > 0.01).double().expand(frames.shape)
        x = torch.cat([frames.flatten(2), index.flatten(2)], 1)
        goal = torch.where(index > 0, 0.5 * frames, -0.9 * frames).flatten(2)
        loss = (layer(x) - goal).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    quiet, loud = (layer.layers[k].taps.detach()[0, 0] for k in range(2))
    assert torch.allclose(quiet, torch.tensor([-0.9, 0.0], dtype=F64), atol=0.03)
    assert torch.allclose(loud, torch.tensor([0.5, 0.0], dtype=F64), atol=0.03)
    check_core(layer, tmp_path / "switched")


def test_sections_may_be_switched_too():
    layer = Switched(*[SOS(butter(2, f, fs_hz=48000), words=W) for f in (2000, 6000)]).eval()
    node = layer.to_filter()
    x = random_words(node, (300,), np.random.default_rng(2))
    y = words_of(layer(values_of(x, node)), node.outputs)
    assert np.array_equal(y[0], run(node, x))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Switched(FIR([1.0])), "at least 2 layers, got 1"),
        (lambda: Switched(FIR([1.0]), 3), r"layers\[1\] = int"),
        (lambda: Switched(FIR([1.0]), FIR([[1.0], [2.0]])), r"layers\[1\] with 1 in and 2 out"),
        (lambda: Switched(FIR([1.0], words=W), FIR([1.0])), r"and layers\[1\] with no words"),
        (
            lambda: Switched(FIR([1.0], words=W), FIR([1.0], words=Words())),
            r"layers\[1\] with sfix16_En15 in",
        ),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(FilterError, match=sentence):
        make()
