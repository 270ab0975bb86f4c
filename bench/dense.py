"""Masks judged anew from the integers of a core: plain NumPy, no code of the package.

usage: python bench/dense.py CORE...

Reads integers, formats and mask from each core's manifest and takes the response at 64 times as
many points as the search used, the bands' edges included. Leaves with 1 if a mask is missed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DENSER = 64
SEARCHED_PER_TAP = 32
SEARCHED_PER_BAND = 256
JUDGED = 4096
"""Points that the search takes for each word, and for each band of a cascade; and the verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a dense grid says about a response.

    Parameters
    ----------
    error : float
        Largest weighted distance from the bands' gains, linear.
    margin_db : float
        Least distance from a limit; infinity where there are none.
    points : int
    """

    error: float
    margin_db: float
    points: int

    @property
    def met(self) -> bool:
        """Whether no limit is broken; one that is reached to within doubles is kept."""
        return self.margin_db >= -1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rational:
    """One factor of a filter as integers over powers of two: b / a in powers of z**-1."""

    b: tuple[int, ...]
    b_frac: int
    a: tuple[int, ...] = (1,)
    a_frac: int = 0


def fir(taps: Sequence[int], frac: int) -> list[Rational]:
    """Return the factors of a FIR filter."""
    return [Rational(b=tuple(taps), b_frac=frac)]


def factors_of(filter: dict[str, Any]) -> list[Rational]:
    """Return the factors of a filter as its manifest has it: taps, or sections of direct form."""
    if filter["type"] == "FixedFir":
        return fir(filter["taps"], _frac(filter["coeff"]))
    found = []
    for section in filter["sections"]:
        a_frac = _frac(section["a_coeff"])
        found.append(
            Rational(
                b=tuple(section["b"]),
                b_frac=_frac(section["b_coeff"]),
                a=(1 << a_frac, *section["a"]),
                a_frac=a_frac,
            )
        )
    return found


def judge(factors: Sequence[Rational], mask: dict[str, Any], gain: float = 1.0) -> Found:
    """Judge a response by the bands of a mask.

    Parameters
    ----------
    factors : sequence of Rational
    mask : dict
        `fs_hz` and `bands`, as `Mask.to_json` writes them.
    gain : float, optional
        The mask is held against response / gain.
    """
    longest = max(max(len(f.b), len(f.a)) for f in factors)
    least = DENSER * max(JUDGED, SEARCHED_PER_TAP * (longest + 2))
    n = 1 << (2 * least - 1).bit_length()
    uniform = _uniform(factors, n)
    turns = np.arange(n // 2 + 1) / n
    near = _near_poles(factors)
    error, margin, points = 0.0, np.inf, 0
    for band in mask["bands"]:
        low, high = band["low_hz"] / mask["fs_hz"], min(band["high_hz"] / mask["fs_hz"], 0.5)
        inside = uniform[(turns > low) & (turns < high)]
        more = np.concatenate([[low, high], near[(near > low) & (near < high)]])
        if longest <= 3:
            more = np.concatenate([more, np.linspace(low, high, DENSER * SEARCHED_PER_BAND)])
        size = np.abs(np.concatenate([inside, _at(factors, more)])) / gain
        points += len(size)
        error = max(error, band["weight"] * float(np.abs(size - band["gain"]).max()))
        margin = min(margin, _margin_db(size, band))
    return Found(error=error, margin_db=float(margin), points=points)


def _margin_db(size: np.ndarray, band: dict[str, Any]) -> float:
    levels = 20 * np.log10(np.maximum(size, 1e-20))
    if band["attenuation_db"] is not None:
        return float((-band["attenuation_db"] - levels).min())
    if band["ripple_db"] is not None:
        middle = 20 * np.log10(band["gain"])
        return float((band["ripple_db"] - np.abs(levels - middle)).min())
    return np.inf


def _uniform(factors: Sequence[Rational], n: int) -> np.ndarray:
    total = np.ones(n // 2 + 1, dtype=complex)
    for f in factors:
        total *= np.fft.rfft(np.array(f.b, dtype=float), n) * 2.0**-f.b_frac
        if len(f.a) > 1:
            total /= np.fft.rfft(np.array(f.a, dtype=float), n) * 2.0**-f.a_frac
    return total


def _at(factors: Sequence[Rational], turns: np.ndarray) -> np.ndarray:
    total = np.ones(len(turns), dtype=complex)
    for f in factors:
        for words, frac, power in ((f.b, f.b_frac, 1), (f.a, f.a_frac, -1)):
            value = np.zeros(len(turns), dtype=complex)
            for k, word in enumerate(words):
                value += word * np.exp(-2j * np.pi * k * turns)
            total *= (value * 2.0**-frac) ** power
    return total


def _near_poles(factors: Sequence[Rational]) -> np.ndarray:
    """Return turns that crowd around the angles of poles, where a response is narrow."""
    found = [np.empty(0)]
    for f in factors:
        if 1 < len(f.a) <= 3:
            for pole in np.roots(np.array(f.a, dtype=float)):
                gap = max(abs(1 - abs(pole)), 1e-9)
                steps = np.sinh(np.linspace(-12, 12, DENSER * 64)) / np.sinh(12) * np.pi
                steps = np.concatenate([steps, np.linspace(-8 * gap, 8 * gap, DENSER * 64)])
                found.append(np.abs(np.angle(pole) + steps) / (2 * np.pi))
    return np.concatenate(found)


def _frac(text: str) -> int:
    return int(text.split("_En")[1]) if "_En" in text else -int(text.split("_E")[1])


def main(folders: Sequence[str]) -> int:
    """Print the margin of every lane with a mask; return 1 if one is negative."""
    missed = 0
    for folder in folders:
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        filters = manifest["filter"].get("filters", [manifest["filter"]])
        for k, (filter, lane) in enumerate(zip(filters, manifest["source"]["lanes"], strict=True)):
            if lane["mask"] is None:
                continue
            top, _, bottom = lane["gain"].partition("/")
            found = judge(factors_of(filter), lane["mask"], int(top) / int(bottom or 1))
            missed += not found.met
            state = "met" if found.met else "MISSED"
            where = f" lane {k}" if len(filters) > 1 else ""
            print(
                f"{folder}{where}: {state} by {abs(found.margin_db):.4f} dB, {found.points} points"
            )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
