"""Which format of a given width holds a signal best: what clips, and what is left of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import FilterError
from fxfir.fixed import Format

__all__ = ["Candidate", "Proposal", "propose_for_data", "propose_for_gaussian"]

_AROUND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One format for a signal.

    Parameters
    ----------
    format : Format
    clipping : float
        Part of the samples beyond its range, or the probability of one.
    snr_db : float
        Power of the signal over that of rounding and clipping together.
    """

    format: Format
    clipping: float
    snr_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Formats of one width that were compared.

    Parameters
    ----------
    candidates : tuple of Candidate
        Fraction lengths around the best, widest range first.
    best : Candidate
        Of the highest signal-to-noise ratio.
    n_samples : int or None
        What the numbers were counted on; None for a distribution.
    """

    candidates: tuple[Candidate, ...]
    best: Candidate
    n_samples: int | None


def propose_for_data(samples: Any, width: int, *, signed: bool = True) -> Proposal:
    """Compare formats by a recording.

    Parameters
    ----------
    samples : array_like of float, shape (n,)
        Real values.
    width : int
        Bits.
    signed : bool, optional

    Returns
    -------
    Proposal

    Raises
    ------
    FilterError
        If there is no sample, all are zero, or one is not finite.

    Examples
    --------
    >>> found = propose_for_data([0.9, -0.5, 0.1], 8)
    >>> str(found.best.format), found.best.clipping
    ('sfix8_En7', 0.0)
    """
    x = np.asarray(samples, dtype=np.float64).ravel()
    if not len(x) or not np.all(np.isfinite(x)) or not np.any(x):
        raise FilterError("formats are proposed for finite samples that are not all zero")
    power = float(np.mean(x**2))

    def judge(fmt: Format) -> Candidate:
        step = float(fmt.step)
        words = np.rint(x / step)
        held = np.clip(words, fmt.lo, fmt.hi)
        noise = float(np.mean((held * step - x) ** 2))
        clipping = float(np.mean(words != held))
        return Candidate(format=fmt, clipping=clipping, snr_db=_db(power, noise))

    return _compare(judge, float(np.abs(x).max()), width, signed, len(x))


def propose_for_gaussian(rms: float, width: int) -> Proposal:
    """Compare signed formats for a Gaussian signal of zero mean.

    Parameters
    ----------
    rms : float
        Above 0.
    width : int
        Bits.

    Returns
    -------
    Proposal

    Raises
    ------
    FilterError
        If `rms` is not above 0.

    Notes
    -----
    With a limit of t times the rms, clipping adds 2 ((1 + t**2) Q(t) - t p(t)) times the power, Q
    and p being the tail and the density of the normal distribution; rounding adds step**2 / 12.

    Examples
    --------
    >>> found = propose_for_gaussian(0.1, 12)
    >>> str(found.best.format), round(found.best.snr_db, 1)
    ('sfix12_En12', 62.7)
    """
    if not (math.isfinite(rms) and rms > 0):
        raise FilterError(f"rms must be above 0, got {rms!r}")

    def judge(fmt: Format) -> Candidate:
        limit = -fmt.lo * float(fmt.step) / rms
        tail = math.erfc(limit / math.sqrt(2)) / 2
        density = math.exp(-limit * limit / 2) / math.sqrt(2 * math.pi)
        clipped = max(0.0, 2 * ((1 + limit**2) * tail - limit * density))
        noise = clipped + float(fmt.step) ** 2 / 12 / rms**2
        return Candidate(format=fmt, clipping=2 * tail, snr_db=_db(1.0, noise))

    return _compare(judge, 4 * rms, width, True, None)


def _compare(judge: Any, peak: float, width: int, signed: bool, n: int | None) -> Proposal:
    top = width - 1 if signed else width
    middle = top - math.frexp(peak)[1]
    span = range(middle - 2, middle + 9)
    found = [judge(Format(signed=signed, width=width, frac=frac)) for frac in span]
    best = max(range(len(found)), key=lambda k: found[k].snr_db)
    shown = found[max(0, best - _AROUND) : best + 2]
    return Proposal(candidates=tuple(shown), best=found[best], n_samples=n)


def _db(signal: float, noise: float) -> float:
    return 10 * math.log10(signal / noise) if noise else math.inf
