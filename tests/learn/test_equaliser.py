"""The trainable equaliser."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import is_stable
from fxfir.design.rbj import band_section
from fxfir.errors import SpecError
from fxfir.learn import ParametricEQ
from fxfir.spec.equaliser import EqBand, EqKind
from fxfir.spec.words import Words
from tests.learn.hardware import check_core

FS = 48000
BANDS = [
    EqBand(kind="low_shelf", frequency_hz=120, gain_db=4, q=0.7),
    EqBand(kind="peak", frequency_hz=1000, gain_db=-6, bandwidth_oct=1.0),
    EqBand(kind="high_shelf", frequency_hz=8000, gain_db=3, slope=0.9),
]


@pytest.mark.parametrize("kind", EqKind)
def test_every_kind_is_the_cookbook(kind):
    gain = 5.0 if kind.has_gain else 0.0
    band = EqBand(kind=kind, frequency_hz=700, gain_db=gain, q=1.3)
    layer = ParametricEQ([band], fs_hz=FS)
    assert np.allclose(layer.sos()[0, 0], band_section(band, fs_hz=FS), atol=1e-12)
    (found,) = layer.bands()[0]
    assert found.kind is kind
    assert found.gain_db == pytest.approx(gain)


def test_widths_become_q():
    layer = ParametricEQ(BANDS, fs_hz=FS)
    want = [band_section(band, fs_hz=FS) for band in BANDS]
    assert np.allclose(layer.sos()[0], want, atol=1e-12)


@given(raw=st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), kind=st.sampled_from(EqKind))
def test_any_parameters_are_stable(raw, kind):
    layer = ParametricEQ([EqBand(kind=kind, frequency_hz=700, q=1.3)], fs_hz=FS)
    with torch.no_grad():
        layer.raw.copy_(torch.tensor([[raw]]))
    row = layer.coefficients()[0, 0].tolist()
    assert is_stable(Fraction(row[3]), Fraction(row[4]))
    layer.bands()


def test_gradients():
    def rows(raw):
        layer = ParametricEQ(BANDS, fs_hz=FS)
        del layer.raw
        layer.raw = raw
        return layer.coefficients()

    raw = ParametricEQ(BANDS, fs_hz=FS).raw.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(rows, (raw,))


def test_trained_equaliser_simulates_to_the_bit(tmp_path, icarus):
    torch.manual_seed(1)
    words = Words(input="sfix12_En11", output="sfix14_En11", coeff_width=14)
    layer = ParametricEQ(BANDS, fs_hz=FS, words=words)
    moved = [
        EqBand(kind="low_shelf", frequency_hz=300, gain_db=-4, q=0.7),
        EqBand(kind="peak", frequency_hz=2000, gain_db=5, q=1),
        EqBand(kind="high_shelf", frequency_hz=6000, gain_db=-3, q=0.7),
    ]
    goal = ParametricEQ(moved, fs_hz=FS)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    losses = []
    for _ in range(80):
        x = 0.5 * (torch.rand(1, 1, 1024) - 0.5)
        loss = (layer(x) - goal(x)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10
    check_core(layer, tmp_path / "eq", fs_hz=FS)


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ([], "at least one EqBand"),
        ([EqBand(kind="peak", frequency_hz=30000, q=1)], "below"),
        ([EqBand(kind="peak", frequency_hz=300, gain_db=70, q=1)], "60 dB"),
    ],
)
def test_bad_bands(bands, sentence):
    with pytest.raises(SpecError, match=sentence):
        ParametricEQ(bands, fs_hz=FS)
