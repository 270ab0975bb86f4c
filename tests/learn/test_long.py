"""Every kind of layer over long runs: a million samples of model and Verilator, ten thousand of
Icarus."""

import numpy as np
import pytest
import torch

from fxfir.design import butter
from fxfir.flow import verify_folder
from fxfir.learn import FIR, SOS, Biquad, ParametricEQ, Switched
from fxfir.model import run
from fxfir.spec.equaliser import EqBand
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, random_words, values_of, words_of
from tests.learn.test_compose import LAYERS

W = Words(input="sfix12_En11", output="sfix12_En11", coeff_width=10)
PEAK = EqBand(kind="peak", frequency_hz=3000, gain_db=6, q=1)
SINGLE = {
    "fir": lambda: FIR(n_taps=24, words=W),
    "matrix": lambda: FIR(
        torch.randn(2, 2, 5, dtype=torch.float64), in_channels=2, bias=[0.1, -0.2], words=W,
        dtype=torch.float64,
    ),
    "switched": lambda: Switched(*[FIR(n_taps=9, words=W, dtype=torch.float64) for _ in range(5)]),
    "biquad": lambda: Biquad([0.5, 0.2, 0.1, 1, -1.2, 0.7], words=W),
    "sos": lambda: SOS(butter(4, 3000, fs_hz=48000), channels=2, words=W),
    "equaliser": lambda: ParametricEQ([PEAK], fs_hz=48000, words=W),
}  # fmt: skip
KINDS = {**SINGLE, **LAYERS}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_million_samples(kind, tmp_path, icarus, verilator, seed):
    torch.manual_seed(seed)
    layer = KINDS[kind]().eval()
    node = check_core(layer, tmp_path / "core", samples=10_000)
    x = random_words(node, (1_000_000,), np.random.default_rng(seed))
    with torch.no_grad():
        y = words_of(layer(values_of(x, node)), node.outputs)
    want = run(node, x if node.n_in > 1 else x[0])
    assert np.array_equal(y if node.n_out > 1 else y[0], want)
    evidence = verify_folder(tmp_path / "core", engines=["verilator"], samples=1_000_000, seed=seed)
    assert evidence.ok, evidence.text
