"""Losses against formulas of their own."""

import numpy as np
import pytest
import scipy.signal
import torch

from fxfir.learn import FIR, SOS, ReLU, losses
from fxfir.learn.objective import Magnitude, response
from fxfir.spec.words import Words

F64 = torch.float64
FS = 8000
RNG = np.random.default_rng(3)
X = torch.tensor(0.1 * RNG.standard_normal((1, 4000)))


def test_decibels_have_a_floor():
    x = torch.tensor([10.0, 1e-9, 0.0], requires_grad=True)
    y = losses.decibels(x)
    assert torch.allclose(y, torch.tensor([20.0, -100.0, -100.0]))
    y.sum().backward()
    assert x.grad[1:].tolist() == [0, 0]


def test_spectra_against_scipy():
    y = 0.5 * X + 0.01
    got = losses.spectra(y, X, resolutions=(256,)).item()
    ours, theirs = (
        np.abs(
            scipy.signal.ShortTimeFFT(scipy.signal.get_window("hann", 256), 64, FS).stft(
                v[0].numpy(), p0=2, p1=2 + (4000 - 256) // 64 + 1
            )
        )
        for v in (y, X)
    )
    convergence = np.linalg.norm(theirs - ours) / np.linalg.norm(theirs)
    logs = np.abs(np.log(np.maximum(ours, 1e-5)) - np.log(np.maximum(theirs, 1e-5))).mean()
    assert got == pytest.approx(convergence + logs, rel=1e-6)
    assert losses.spectra(X, X).item() == pytest.approx(0, abs=1e-8)
    assert losses.spectra(X[:, :50], X[:, :50]).item() == pytest.approx(0, abs=1e-8)


def test_energies_are_parsevals():
    bands = [(0, 1000), (1000, 2500), (2500, 4001)]
    found = losses.band_energies_db(X, bands, FS)
    assert (10 ** (found / 10)).sum().item() == pytest.approx(X.square().mean().item())
    tone = torch.sin(2 * np.pi * 500 * torch.arange(4000, dtype=F64) / FS)
    assert losses.band_energies_db(tone, bands, FS)[0].item() == pytest.approx(-3.0103)
    assert losses.band_energies_db(tone, bands, FS)[2].item() == pytest.approx(-100)


def test_time_error_is_relative():
    assert losses.time_error(1.1 * X, X).item() == pytest.approx(0.01)


@pytest.mark.parametrize("words", [None, Words(coeff_width=10)])
def test_responses_are_those_of_what_is_computed(words):
    w = np.linspace(0, np.pi, 33)
    angles = torch.tensor(w)
    fir = FIR([0.3, -0.2, 0.7], words=words, dtype=F64)
    taps = fir.taps.detach()[0, 0].numpy()
    if words is not None:
        node = fir.to_filter()
        taps = np.array(node.taps) * float(node.coeff.step)
    assert np.allclose(response(fir, angles)[0, 0].detach(), scipy.signal.freqz(taps, 1, w)[1])
    rows = scipy.signal.butter(4, 0.3, output="sos")
    sos = SOS(rows, words=words)
    if words is not None:
        rows = np.array(
            [
                [
                    *(np.array(s.b) * float(s.b_coeff.step)),
                    1,
                    *(np.array(s.a) * float(s.a_coeff.step)),
                ]
                for s in sos.to_filter().sections
            ]
        )
    want = scipy.signal.sosfreqz(rows, w)[1]
    assert np.allclose(response(sos, angles)[0].detach(), want)


def test_magnitude_has_straight_lines_between_points():
    wire = FIR([0.5], dtype=F64)
    flat = Magnitude([(0, 0.5), (4000, 0.5)], fs_hz=FS, log=True)
    assert flat.exact(wire) == pytest.approx(0)
    ramp = Magnitude([(0, 0), (4000, 1)], fs_hz=FS, log=False)
    assert ramp.exact(wire) == pytest.approx(1 / 12, rel=0.01)


def test_what_has_no_response_is_refused():
    from fxfir.errors import SpecError

    with pytest.raises(SpecError, match="got a ReLU"):
        response(ReLU(), torch.zeros(1))
    with pytest.raises(SpecError, match="got a point at 5000 Hz"):
        Magnitude([(0, 1), (5000, 0)], fs_hz=FS, log=True)
