"""Losses for filters: magnitudes, signals, spectra at several resolutions, band energies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["band_energies_db", "decibels", "log_magnitude", "spectra", "time_error"]

_FLOOR_DB = -100.0
_RESOLUTIONS = (128, 512, 2048)
_CLEAR = 1e-5


def decibels(magnitude: Tensor) -> Tensor:
    """Return 20 log10, not below -100 dB, where the gradient ends."""
    return 20 * torch.log10(magnitude.clamp_min(10 ** (_FLOOR_DB / 20)))


def log_magnitude(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean square of the difference of two magnitude responses in dB."""
    return (decibels(found) - decibels(wanted)).square().mean()


def time_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean square error over the mean square of what is wanted."""
    return (found - wanted).square().mean() / wanted.square().mean().clamp_min(1e-20)


def spectra(found: Tensor, wanted: Tensor, resolutions: Sequence[int] = _RESOLUTIONS) -> Tensor:
    """Return the error of short-time magnitudes, a mean over resolutions.

    Parameters
    ----------
    found, wanted : Tensor, shape (..., time)
    resolutions : sequence of int, optional
        Lengths of the Hann windows, a quarter of which is their distance; those longer than the
        signals are left out.

    Returns
    -------
    Tensor
        For each resolution spectral convergence plus the mean difference of logarithms.

    References
    ----------
    .. [1] R. Yamamoto, E. Song, J.-M. Kim, "Parallel WaveGAN", ICASSP 2020, equations 3 to 6.
    """
    lengths = [n for n in resolutions if n <= found.shape[-1]] or [found.shape[-1]]
    total = found.new_zeros(())
    for n in lengths:
        ours, theirs = (_magnitudes(v, n) for v in (found, wanted))
        size = theirs.square().sum().sqrt().clamp_min(_CLEAR)
        converged = (theirs - ours).square().sum().add(1e-20).sqrt() / size
        total = total + converged + (ours.log() - theirs.log()).abs().mean()
    return total / len(lengths)


def band_energies_db(signal: Tensor, bands: Sequence[tuple[float, float]], fs_hz: float) -> Tensor:
    """Return the mean power of a signal in each band, in dB relative to a power of 1.

    Parameters
    ----------
    signal : Tensor, shape (..., time)
    bands : sequence of (low_hz, high_hz)
        Upper edges are left out.
    fs_hz : float

    Returns
    -------
    Tensor, shape (..., n_bands)
        By Parseval's theorem on the whole signal.
    """
    n = signal.shape[-1]
    power = torch.fft.rfft(signal).abs().square() / n**2
    # Bins between the ends stand for their mirror images too.
    weights = power.new_full((power.shape[-1],), 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    hz = torch.arange(power.shape[-1], device=power.device) * (fs_hz / n)
    energies = [(power * weights * ((hz >= low) & (hz < high))).sum(-1) for low, high in bands]
    return 10 * torch.log10(torch.stack(energies, -1).clamp_min(10 ** (_FLOOR_DB / 10)))


def _magnitudes(signal: Tensor, n: int) -> Tensor:
    frames = signal.reshape(-1, signal.shape[-1])
    window = torch.hann_window(n, dtype=frames.dtype, device=frames.device)
    found = torch.stft(
        frames, n, hop_length=math.ceil(n / 4), window=window, center=False, return_complex=True
    )
    return found.abs().clamp_min(_CLEAR)
