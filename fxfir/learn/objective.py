"""What a layer is trained for: a loss for each step, and one that counts in the end."""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor

from fxfir.errors import SpecError
from fxfir.learn import losses
from fxfir.learn.fir import FIR
from fxfir.learn.layer import Layer
from fxfir.learn.sections import Sections

__all__ = ["Energies", "Magnitude", "Objective", "Signals", "response"]

_GRID = 512
_LONGEST = 1 << 18
"""Samples that the loss that counts looks at."""


class Objective(Protocol):
    """A loss of a layer."""

    def step(self, layer: Layer) -> Tensor:
        """Return a loss to take the gradient of; it may look at a random part of the data."""

    def exact(self, layer: Layer) -> float:
        """Return the loss that counts: the same for the same layer."""


def response(layer: Layer, angles: Tensor) -> Tensor:
    """Return the frequency response of a linear layer, with its coefficients as they compute.

    Parameters
    ----------
    layer : FIR or Sections
    angles : Tensor of float64, shape (n,)
        In radians per sample.

    Returns
    -------
    Tensor of complex128, shape (n_out, n_in / groups, n) or (n_cascades, n)

    Raises
    ------
    SpecError
        If the layer is of another kind.
    """
    if isinstance(layer, FIR):
        values = layer.values()
        delays = torch.arange(values.shape[-1], dtype=torch.float64, device=values.device)
        turns = torch.exp(-1j * delays[:, None] * angles.to(values.device))
        return values.to(torch.complex128) @ turns
    if isinstance(layer, Sections):
        values = layer.values().to(torch.complex128)
        delay = torch.exp(-1j * angles.to(values.device))
        b0, b1, b2, a1, a2 = (values[..., k, None] for k in range(5))
        rows = (b0 + (b1 + b2 * delay) * delay) / (1 + (a1 + a2 * delay) * delay)
        return rows.prod(1)
    raise SpecError(f"a response needs a FIR or sections, got a {type(layer).__name__}")


class Magnitude:
    """A magnitude response.

    Parameters
    ----------
    points : sequence of (Hz, gain)
        Straight lines between; frequencies between two equal ones, or beyond the ends, are free.
    fs_hz : float
    log : bool
        Errors in dB instead of gains.
    """

    def __init__(self, points: Any, *, fs_hz: float, log: bool) -> None:
        import numpy as np

        hz = np.array([p[0] for p in points])
        gains = np.array([p[1] for p in points])
        if hz[-1] > fs_hz / 2:
            raise SpecError(
                f"a magnitude ends at fs_hz / 2 = {fs_hz / 2:g} Hz, got a point at {hz[-1]:g} Hz"
            )
        grid = np.unique(np.concatenate([np.linspace(hz[0], hz[-1], _GRID), hz]))
        self._angles = torch.from_numpy(2 * math.pi * grid / fs_hz)
        self._wanted = torch.from_numpy(np.interp(grid, hz, gains))
        self._log = log

    def step(self, layer: Layer) -> Tensor:
        """Return the loss; there is nothing to choose from."""
        found = response(layer, self._angles).reshape(-1, len(self._angles)).abs()
        wanted = self._wanted.to(found.device)
        if self._log:
            return losses.log_magnitude(found, wanted.expand_as(found))
        return (found - wanted).square().mean()

    def exact(self, layer: Layer) -> float:
        """Return the loss."""
        with torch.no_grad():
            return float(self.step(layer))


class Signals:
    """What comes out for what goes in.

    Parameters
    ----------
    x, y : Tensor, shape (n_in, time) and (n_out, time)
        Longer ones than 2**18 samples are looked at in part.
    loss : str
        "time", "spectra" or "both".
    segment, batch : int
        A step looks at so many segments of so many samples, each from silence; the first quarter
        of a segment does not count.
    """

    def __init__(self, x: Tensor, y: Tensor, *, loss: str, segment: int, batch: int) -> None:
        self._x, self._y, self._loss = x, y, loss
        self._segment, self._batch = segment, batch

    def step(self, layer: Layer) -> Tensor:
        """Return the loss on random segments, or on all of a short signal."""
        time = self._x.shape[-1]
        if time <= self._segment:
            return self._error(layer(self._x), self._y)
        starts = torch.randint(0, time - self._segment + 1, (self._batch,)).tolist()
        x, y = (
            torch.stack([v[:, s : s + self._segment] for s in starts]) for v in (self._x, self._y)
        )
        skip = self._segment // 4
        return self._error(layer(x)[..., skip:], y[..., skip:])

    def exact(self, layer: Layer) -> float:
        """Return the loss on the whole signal."""
        with torch.no_grad():
            y = layer(self._x[..., :_LONGEST])
            return float(self._error(y, self._y[..., :_LONGEST]))

    def _error(self, found: Tensor, wanted: Tensor) -> Tensor:
        total = found.new_zeros(())
        if self._loss in ("time", "both"):
            total = total + losses.time_error(found, wanted)
        if self._loss in ("spectra", "both"):
            total = total + losses.spectra(found, wanted)
        return total


class Energies:
    """Power of the output in bands.

    Parameters
    ----------
    x : Tensor, shape (n_in, time)
    bands : sequence of (low_hz, high_hz)
    wanted_db : sequence of float
    fs_hz : float
    """

    def __init__(self, x: Tensor, bands: Any, wanted_db: Any, *, fs_hz: float) -> None:
        self._x, self._bands, self._fs_hz = x, bands, fs_hz
        self._wanted = torch.tensor(wanted_db, dtype=x.dtype, device=x.device)

    def step(self, layer: Layer) -> Tensor:
        """Return the mean square error in dB, on the whole signal: a part has other energies."""
        y = layer(self._x[..., :_LONGEST])
        found = losses.band_energies_db(y, self._bands, self._fs_hz)
        return (found - self._wanted).square().mean()

    def exact(self, layer: Layer) -> float:
        """Return the loss."""
        with torch.no_grad():
            return float(self.step(layer))
