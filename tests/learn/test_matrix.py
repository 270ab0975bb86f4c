"""Convolutions that mix channels: one core, its sums shared where there are no multipliers."""

import numpy as np
import pytest
import torch

from fxfir.errors import TapsError
from fxfir.filters import FirMatrix, Parallel
from fxfir.learn import FIR
from fxfir.model import run
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of

W = Words(input="sfix10_En9", output="sfix12_En9", coeff_width=8)
F64 = torch.float64


def trained(**options) -> FIR:
    """Two microphones into three beams, learned from what the beams are to give."""
    generator = torch.Generator().manual_seed(3)
    goal = FIR(
        [
            [[0.5, 0.0, 0.5], [0.25, 0.5, 0.25]],
            [[0.5, 0.0, -0.5], [0.0, 1.0, 0.0]],
            [[0.0, 0.5, 0.0], [0.5, 0.0, 0.5]],
        ],
        in_channels=2,
        dtype=F64,
    )
    layer = FIR(
        n_taps=3, in_channels=2, out_channels=3, groups=1, words=W, dtype=F64,
        generator=generator, **options,
    )  # fmt: skip
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(150):
        x = torch.rand(4, 2, 64, dtype=F64, generator=generator) - 0.5
        loss = (layer(x) - goal(x)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-4
    return layer


@pytest.mark.sim
@pytest.mark.parametrize("arch", ["multiplierless", "auto"])
def test_a_trained_matrix_simulates_to_the_bit(arch, tmp_path, icarus):
    node = check_core(trained(bias=[0.1, 0.0, -0.2]), tmp_path / "beams", arch=arch)
    assert isinstance(node, FirMatrix)
    assert (node.n_in, node.n_out, node.n_taps) == (2, 3, 3)
    assert any(node.offsets)


def test_groups_of_several_channels_are_matrices_beside_each_other(seed):
    layer = FIR(n_taps=4, in_channels=4, out_channels=6, groups=2, words=W, dtype=F64).eval()
    node = layer.to_filter()
    assert isinstance(node, Parallel)
    assert [(part.n_in, part.n_out) for part in node.filters] == [(2, 3), (2, 3)]
    x = random_words(node, (200,), np.random.default_rng(seed))
    assert np.array_equal(words_of(layer(values_of(x, node)), node.outputs), run(node, x))


def test_outputs_of_other_sizes_meet_at_the_finest_point(seed):
    taps = [[[0.9, 0.1], [0.2, 0.3]], [[0.01, 0.002], [0.003, 0.01]]]
    layer = FIR(taps, in_channels=2, bias=[0.5, 0.001], words=W, dtype=F64).eval()
    formats, node = layer.formats(), layer.to_filter()
    assert formats[0] != formats[1]
    assert node.coeff.frac == formats[1].frac
    x = random_words(node, (200,), np.random.default_rng(seed))
    assert np.array_equal(words_of(layer(values_of(x, node)), node.outputs), run(node, x))


def test_an_output_that_hears_nothing_is_refused():
    layer = FIR([[[0.5], [0.5]], [[0.0], [0.0]]], in_channels=2, words=W)
    with pytest.raises(TapsError, match="not zero, got none for 1"):
        layer.to_filter()
