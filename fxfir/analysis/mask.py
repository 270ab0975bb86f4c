"""The verdict of a frequency mask on a response: kept or missed, where, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.enclose import Enclosure, prove_margin
from fxfir.analysis.grid import angles_near
from fxfir.analysis.response import Cascade, lanes
from fxfir.errors import FilterError
from fxfir.filters import Node
from fxfir.spec.mask import Band, Mask

__all__ = ["BandVerdict", "MaskVerdict", "judge", "judge_filter"]

Floats = NDArray[np.float64]

_PER_COEFFICIENT = 16
_LEAST_POINTS = 4096
_PER_BAND = 65
_REFINED = 12
_ROUNDS = 48
_FLOOR = 1e-20
_GOLDEN = (math.sqrt(5) - 1) / 2
# A response on a limit to within float64's own error keeps it.
_TOLERANCE_DB = 1e-9
_PROVEN_TO_DB = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class BandVerdict:
    """How one band came out.

    Parameters
    ----------
    band : Band
    worst_hz : float
        Frequency of the smallest margin.
    magnitude_db : float
        Magnitude there.
    limit_db : float or None
        The limit that is nearest there; None for a band without limits.
    margin_db : float
        How far inside the limits the magnitude stays; negative where it is missed, infinity for a
        band without limits.
    proven : bool
        Whether that is certain at every frequency of the band, not on a grid alone: missed at
        `worst_hz`, or kept everywhere by `margin_db` less a hundredth of a dB and never less than
        half, rounding included.
    """

    band: Band
    worst_hz: float
    magnitude_db: float
    limit_db: float | None
    margin_db: float
    proven: bool = False

    @property
    def passed(self) -> bool:
        """Whether the band's limits are kept."""
        return self.margin_db >= -_TOLERANCE_DB


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskVerdict:
    """How all bands of a mask came out.

    Parameters
    ----------
    bands : tuple of BandVerdict
        In the order of the mask.
    """

    bands: tuple[BandVerdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every band's limits are kept."""
        return all(band.passed for band in self.bands)

    @property
    def proven(self) -> bool:
        """Whether the verdict of every band holds at all its frequencies."""
        return all(band.proven for band in self.bands)

    @property
    def margin_db(self) -> float:
        """Smallest margin of any band; negative where the mask is missed."""
        return min(band.margin_db for band in self.bands)

    def __str__(self) -> str:
        return "\n".join(_line(band) for band in self.bands)


def judge(mask: Mask, cascade: Cascade, *, gain: float = 1.0) -> MaskVerdict:
    """Judge a response by a mask.

    Parameters
    ----------
    mask : Mask
    cascade : Cascade
    gain : float, optional
        What the filter was multiplied by on purpose; the mask is held against response / gain.

    Returns
    -------
    MaskVerdict

    Notes
    -----
    The grid has 16 points for each coefficient, more around poles and zeros of short factors, and
    the edges of all bands. The smallest margins are then refined by golden section, since an
    extremum lies between two grid points. A band that is kept there is then proven to be kept at
    every frequency, by bounds over intervals; see `fxfir.analysis.enclose`.

    Examples
    --------
    >>> mask = Mask(fs_hz=2.0, bands=[Band(low_hz=0.0, high_hz=0.1, ripple_db=1.0)])
    >>> verdict = judge(mask, Cascade.of_taps([0.5, 0.5]))
    >>> verdict.passed, round(verdict.bands[0].magnitude_db, 4)
    (True, -0.1076)
    """
    n = max(_LEAST_POINTS, 1 << (_PER_COEFFICIENT * cascade.n_coefficients // 2).bit_length())
    uniform_hz = np.linspace(0, mask.fs_hz / 2, n + 1)
    uniform = np.abs(cascade.uniform(n)) / gain
    extra_hz = np.empty(0)
    enclosure = Enclosure(cascade)
    if cascade.n_coefficients <= 3:
        zeros, poles = cascade.roots()
        extra_hz = angles_near([*zeros, *poles]) / np.pi * (mask.fs_hz / 2)
    return MaskVerdict(
        bands=tuple(
            _proven(
                _judge_band(band, mask.fs_hz, cascade, gain, uniform_hz, uniform, extra_hz),
                mask.fs_hz,
                enclosure,
                gain,
            )
            for band in mask.bands
        )
    )


def judge_filter(mask: Mask, node: Node, *, gain: float = 1.0) -> MaskVerdict:
    """Judge a filter of one output by its words; see `judge`.

    Raises
    ------
    FilterError
        If the filter has more than one output lane.
    """
    found = lanes(node)
    if len(found) != 1:
        raise FilterError(f"a mask judges one output lane, got a filter with {len(found)}")
    return judge(mask, found[0].cascade, gain=gain)


def _judge_band(
    band: Band,
    fs_hz: float,
    cascade: Cascade,
    gain: float,
    uniform_hz: Floats,
    uniform: Floats,
    extra_hz: Floats,
) -> BandVerdict:
    def magnitude(freqs_hz: Any) -> Floats:
        return np.abs(cascade.at(freqs_hz, fs_hz=fs_hz)) / gain

    inside = (uniform_hz > band.low_hz) & (uniform_hz < band.high_hz)
    more_hz = np.linspace(band.low_hz, band.high_hz, _PER_BAND)
    near = extra_hz[(extra_hz > band.low_hz) & (extra_hz < band.high_hz)]
    more_hz = np.concatenate([more_hz, near])
    freqs = np.concatenate([uniform_hz[inside], more_hz])
    values = np.concatenate([uniform[inside], magnitude(more_hz)])
    freqs, unique = np.unique(freqs, return_index=True)
    values = values[unique]
    margins = _margin(band, values)
    k = int(np.argmin(margins))
    worst_hz, worst = float(freqs[k]), float(margins[k])
    if not math.isinf(worst):
        refined = _refine(band, magnitude, freqs, margins)
        fine = _margin(band, magnitude(refined))
        k = int(np.argmin(fine))
        if fine[k] < worst:
            worst_hz, worst = float(refined[k]), float(fine[k])
    value = float(magnitude(np.array([worst_hz]))[0])
    return BandVerdict(
        band=band,
        worst_hz=worst_hz,
        magnitude_db=_db(value),
        limit_db=_nearest_limit(band, value),
        margin_db=worst,
    )


def _proven(found: BandVerdict, fs_hz: float, enclosure: Enclosure, gain: float) -> BandVerdict:
    """Return the verdict with its proof, if there is one."""
    if not found.passed or math.isinf(found.margin_db):
        return replace(found, proven=True)
    band = found.band
    least = -_TOLERANCE_DB
    if found.margin_db > _TOLERANCE_DB:
        least = found.margin_db - min(found.margin_db / 2, _PROVEN_TO_DB)

    def margin(under: Floats, over: Floats) -> Floats:
        return np.minimum(_margin(band, under / gain), _margin(band, over / gain))

    # What rounds the edges is far less than the margin moves over it.
    low, high = (min(f / fs_hz, 0.5) * 2 * math.pi for f in (band.low_hz, band.high_hz))
    return replace(found, proven=prove_margin(enclosure, low, high, margin, least))


def _refine(band: Band, magnitude: Any, freqs: Floats, margins: Floats) -> Floats:
    """Return frequencies of the smallest local minima of the margin, by golden section."""
    padded = np.concatenate([[np.inf], margins, [np.inf]])
    minima = np.flatnonzero((padded[1:-1] <= padded[:-2]) & (padded[1:-1] <= padded[2:]))
    minima = minima[np.argsort(margins[minima], kind="stable")][:_REFINED]
    low = freqs[np.maximum(minima - 1, 0)]
    high = freqs[np.minimum(minima + 1, len(freqs) - 1)]
    for _ in range(_ROUNDS):
        span = _GOLDEN * (high - low)
        left, right = high - span, low + span
        keep = _margin(band, magnitude(left)) < _margin(band, magnitude(right))
        low, high = np.where(keep, low, left), np.where(keep, right, high)
    return (low + high) / 2


def _margin(band: Band, values: Floats) -> Floats:
    levels = 20 * np.log10(np.maximum(values, _FLOOR))
    above = _db(band.hi) - levels if math.isfinite(band.hi) else np.full(len(values), np.inf)
    below = levels - _db(band.lo) if band.lo > 0 else np.full(len(values), np.inf)
    return np.minimum(above, below)


def _nearest_limit(band: Band, value: float) -> float | None:
    if not band.is_limited:
        return None
    if band.lo <= 0:
        return _db(band.hi)
    low, high = _db(band.lo), _db(band.hi)
    return high if high - _db(value) <= _db(value) - low else low


def _db(value: float) -> float:
    return 20 * math.log10(max(value, _FLOOR))


def _line(found: BandVerdict) -> str:
    where = f"{found.band.low_hz:g}-{found.band.high_hz:g} Hz"
    if found.limit_db is None:
        return f"{where}: no limit"
    state = "kept" if found.passed else "MISSED"
    if not found.proven:
        state = "kept on a grid, not proven,"
    return (
        f"{where}: {state} by {abs(found.margin_db):.3f} dB, {found.magnitude_db:.3f} dB "
        f"at {found.worst_hz:.6g} Hz against {found.limit_db:.3f} dB"
    )
