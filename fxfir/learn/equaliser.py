"""An equaliser whose frequencies, gains and widths train."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fxfir.design.rbj import SHAPES, band_section, centre_of
from fxfir.errors import SpecError
from fxfir.learn.sections import Sections
from fxfir.spec.check import positive
from fxfir.spec.equaliser import EqBand, EqKind
from fxfir.spec.words import Words

__all__ = ["ParametricEQ"]

_EDGE = 2.0**-16
"""How near to 0 and to fs_hz / 2 a frequency comes, as a share of fs_hz / 2."""

_MOST_DB = 60.0
_UNIT_DB = 10.0
"""Of the gain's parameter, so that a step of one size suits all three."""

_MOST_LOG_Q = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Angles:
    """The cookbook's values as tensors, for the formulas of `fxfir.design.rbj`."""

    a: Tensor
    cos: Tensor
    alpha: Tensor

    @property
    def beta(self) -> Tensor:
        return 2 * torch.sqrt(self.a) * self.alpha


# The formulas are arithmetic alone, so what holds for floats holds for tensors.
_SHAPES: Mapping[EqKind, Callable[[Any], Any]] = SHAPES


class ParametricEQ(Sections):
    """Bands of an equaliser, trained in log frequency, dB and log Q.

    Parameters
    ----------
    bands : sequence of EqBand
        Where training starts; each keeps its kind.
    fs_hz : float
        Sampling rate in Hz.
    channels : int, optional
    shared : bool, optional
        All channels have the same bands, which is the default.
    words : Words, optional
        As in `SOS`.

    Attributes
    ----------
    raw : Parameter of float64, shape (n_cascades, n_bands, 3)
        Unbounded: frequency, gain and Q stay within fs_hz * 2**-17 and almost fs_hz / 2, 60 dB and
        a factor of 1096, so that every value is a stable filter.

    Raises
    ------
    SpecError
        If there is no band, or one lies outside these bounds.

    Examples
    --------
    >>> peak = EqBand(kind="peak", frequency_hz=1000, gain_db=6, q=1)
    >>> layer = ParametricEQ([peak], fs_hz=48000)
    >>> [round(v.item(), 6) for v in (layer.frequency_hz, layer.gain_db, layer.q)]
    [1000.0, 6.0, 1.0]
    """

    def __init__(
        self,
        bands: Iterable[EqBand],
        *,
        fs_hz: float,
        channels: int = 1,
        shared: bool = True,
        words: Words | None = None,
    ) -> None:
        chosen = tuple(bands)
        if not chosen or not all(isinstance(band, EqBand) for band in chosen):
            raise SpecError(f"bands must be at least one EqBand, got {chosen!r:.80}")
        if isinstance(channels, bool) or not isinstance(channels, int) or channels < 1:
            raise SpecError(f"channels must be a positive integer, got {channels!r}")
        rate = positive(fs_hz, "fs_hz", "Hz")
        n_cascades = 1 if shared else channels
        super().__init__(channels=channels, n_cascades=n_cascades, n_sections=len(chosen))
        self.fs_hz = rate
        self.kinds = tuple(band.kind for band in chosen)
        start = torch.tensor([_raw(band, rate) for band in chosen], dtype=torch.float64)
        self.raw = torch.nn.Parameter(start.expand(n_cascades, -1, -1).clone())
        self.words = words

    @property
    def frequency_hz(self) -> Tensor:
        """Centre of each band in Hz, shape (n_cascades, n_bands)."""
        return self._share() * self.fs_hz / 2

    @property
    def gain_db(self) -> Tensor:
        """Gain of each band in dB; 0 where the kind has none."""
        gains = _MOST_DB * torch.tanh(self.raw[..., 1].double() * (_UNIT_DB / _MOST_DB))
        has = [float(kind.has_gain) for kind in self.kinds]
        return gains * torch.tensor(has, dtype=gains.dtype, device=gains.device)

    @property
    def q(self) -> Tensor:
        """Quality factor of each band."""
        return torch.exp(_MOST_LOG_Q * torch.tanh(self.raw[..., 2].double() / _MOST_LOG_Q))

    def bands(self) -> tuple[tuple[EqBand, ...], ...]:
        """Return the bands of each cascade as they are now: a specification's own objects."""
        values = [v.detach().tolist() for v in (self.frequency_hz, self.gain_db, self.q)]
        return tuple(
            tuple(
                EqBand(kind=kind, frequency_hz=f, gain_db=g, q=q)
                for kind, f, g, q in zip(self.kinds, *row, strict=True)
            )
            for row in zip(*values, strict=True)
        )

    def coefficients(self) -> Tensor:
        """Return b0, b1, b2, a1, a2 of the Audio EQ Cookbook."""
        w = math.pi * self._share()
        sine, cosine = torch.sin(w), torch.cos(w)
        root = 10 ** (self.gain_db / 40)
        alpha = sine / (2 * self.q)
        return torch.stack(
            [
                _row(_SHAPES[kind](_Angles(a=root[:, k], cos=cosine[:, k], alpha=alpha[:, k])))
                for k, kind in enumerate(self.kinds)
            ],
            1,
        )

    def _share(self) -> Tensor:
        return _EDGE + (1 - 2 * _EDGE) * torch.sigmoid(self.raw[..., 0].double())


def _row(row: Sequence[Any]) -> Tensor:
    a0 = row[3]
    parts = [
        torch.as_tensor(v, dtype=torch.float64, device=a0.device).expand_as(a0) / a0 for v in row
    ]
    return torch.stack([*parts[:3], *parts[4:]], -1)


def _raw(band: EqBand, fs_hz: float) -> tuple[float, float, float]:
    band_section(band, fs_hz=fs_hz)
    frequency = centre_of(band)
    share = (2 * frequency / fs_hz - _EDGE) / (1 - 2 * _EDGE)
    w = 2 * math.pi * frequency / fs_hz
    q = _q(band, fs_hz, w)
    if not 0 < share < 1 or abs(band.gain_db) >= _MOST_DB or abs(math.log(q)) >= _MOST_LOG_Q:
        raise SpecError(
            f"a band must lie inside {fs_hz * _EDGE / 2:.3g} to "
            f"{fs_hz * (1 - _EDGE) / 2:.9g} Hz, {_MOST_DB:g} dB and a q of "
            f"{math.exp(_MOST_LOG_Q):.4g}, got {band!r}"
        )
    return (
        math.log(share / (1 - share)),
        _MOST_DB / _UNIT_DB * math.atanh(band.gain_db / _MOST_DB),
        _MOST_LOG_Q * math.atanh(math.log(q) / _MOST_LOG_Q),
    )


def _q(band: EqBand, fs_hz: float, w: float) -> float:
    if band.q is not None:
        return band.q
    from fxfir.design.rbj import alpha_of

    a = 10 ** (band.gain_db / 40) if band.kind.has_gain else 1.0
    return math.sin(w) / (2 * alpha_of(band, a, w))
