"""The filters that the cost model is fitted to, and those it is judged by.

Every filter is made of a few numbers, so that the table of measurements can name it by a word:
`lowpass20/16x16` has 20 symmetric taps, 16-bit samples and 16-bit coefficients; `decay` has no
symmetry; `sparse` is a half-band, every other tap zero; `remez` are the filters that rivals were
measured with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast

__all__ = ["BENCH", "FIT", "Sample", "filter_of"]

Architecture = dict[str, Any]

DIRECT: Architecture = {"name": "direct"}
TRANSPOSED: Architecture = {"name": "transposed"}
SYSTOLIC: Architecture = {"name": "systolic"}
SYMMETRIC: Architecture = {"name": "symmetric"}
SUM: Architecture = {"name": "multiplierless", "form": "direct", "effort": "quick"}
CHAIN: Architecture = {"name": "multiplierless", "form": "transposed", "effort": "quick"}
FREE: Architecture = {"name": "multiplierless"}


def serial(multipliers: int = 1, memory: str = "auto") -> Architecture:
    """Return the serial architecture with its options."""
    return {"name": "serial", "multipliers": multipliers, "memory": memory}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One core to measure.

    Parameters
    ----------
    filter : str
    architecture : dict
    target : str
    routed : bool
        Whether to place and route it; else its cells are counted.
    """

    filter: str
    architecture: Architecture
    target: str
    routed: bool = False

    @property
    def key(self) -> str:
        """Return a name for the table."""
        options = [str(value) for value in self.architecture.values()]
        return f"{self.filter} {' '.join(options)} {self.target}"


def _lowpass(n: int) -> np.ndarray:
    k = np.arange(n) - (n - 1) / 2
    h = np.sinc(0.3 * k) * np.hamming(n)
    return h / h.sum()


def _decay(n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    h = rng.uniform(-1, 1, n) * 0.5 ** (8 * np.arange(n) / n)
    return h / np.abs(h).sum()


def _sparse(n: int) -> np.ndarray:
    k = np.arange(n) - (n - 1) // 2
    h = np.sinc(0.5 * k) * np.hamming(n) / 2
    h[(k % 2 == 0) & (k != 0)] = 0
    return h


def _remez(n: int) -> np.ndarray:
    from scipy.signal import remez

    stop = {16: 0.20, 32: 0.15, 64: 0.13}[n]
    return remez(n, [0, 0.10, stop, 0.5], [1, 0], fs=1)


KINDS: dict[str, Callable[[int], np.ndarray]] = {
    "lowpass": _lowpass,
    "decay": _decay,
    "sparse": _sparse,
    "remez": _remez,
}


def filter_of(name: str) -> FixedFir:
    """Return the filter with a name like `lowpass20/16x16`: taps, sample bits, coefficient bits."""
    shape, _, words = name.partition("/")
    kind = shape.rstrip("0123456789")
    sample, coeff = (int(bits) for bits in words.split("x"))
    real = KINDS[kind](int(shape[len(kind) :]))
    # The greatest fraction that fits, as `fxfir generate` takes it; rivals had plain Q1.15.
    frac = coeff - 1
    if kind != "remez":
        frac -= int(np.ceil(np.log2(np.abs(real).max() * (1 + 2.0**-frac))))
    taps = tuple(int(v) for v in np.round(real * 2.0**frac))
    return FixedFir(
        taps=taps,
        coeff=SQ(coeff - frac, frac),
        input=SQ(1, sample - 1),
        output=Cast(to=SQ(1, sample - 1)),
    )


def _all(name: str, *architectures: Architecture, target: str) -> list[Sample]:
    return [Sample(filter=name, architecture=a, target=target) for a in architectures]


def _routed(name: str, *architectures: Architecture, target: str) -> list[Sample]:
    return [Sample(filter=name, architecture=a, target=target, routed=True) for a in architectures]


FIT: tuple[Sample, ...] = (
    *_routed("lowpass8/8x8", SYMMETRIC, SUM, serial(), target="ecp5"),
    *_routed("lowpass20/16x16", SYMMETRIC, SUM, CHAIN, serial(), serial(3), target="ecp5"),
    *_routed("decay12/12x10", TRANSPOSED, CHAIN, target="ecp5"),
    *_routed("lowpass40/16x12", SYMMETRIC, SUM, serial(1), serial(1, "block"), target="ecp5"),
    *_routed("decay20/18x16", DIRECT, TRANSPOSED, serial(2), target="ecp5"),
    *_routed("lowpass27/24x18", SYMMETRIC, serial(), target="ecp5"),
    *_routed("decay12/12x10", SYSTOLIC, target="ecp5"),
    *_all("decay20/18x16", SYSTOLIC, target="ecp5"),
    *_routed("lowpass20/16x16", SYMMETRIC, TRANSPOSED, target="generic"),
    *_all("lowpass5/12x12", DIRECT, TRANSPOSED, SYMMETRIC, SUM, CHAIN, serial(), target="ecp5"),
    *_all("lowpass8/8x8", DIRECT, TRANSPOSED, CHAIN, serial(2), target="ecp5"),
    *_all("decay12/12x10", DIRECT, SUM, serial(), serial(3), target="ecp5"),
    *_all("lowpass20/16x16", TRANSPOSED, serial(5), serial(1, "block"), target="ecp5"),
    *_all("sparse31/16x14", DIRECT, SYMMETRIC, SUM, serial(), target="ecp5"),
    *_all("decay48/14x12", TRANSPOSED, CHAIN, serial(), serial(4), target="ecp5"),
    *_all("lowpass128/16x16", serial(), serial(4), target="ecp5"),
    *_all("lowpass8/8x8", SYMMETRIC, TRANSPOSED, DIRECT, target="generic"),
    *_all("decay20/18x16", DIRECT, TRANSPOSED, serial(2), target="generic"),
    *_routed("lowpass8/8x8", SYMMETRIC, SUM, serial(), target="ice40"),
    *_routed("lowpass20/16x16", SUM, CHAIN, target="ice40"),
    *_all("lowpass20/16x16", SYMMETRIC, serial(), serial(1, "block"), target="ice40"),
    *_all("decay12/12x10", TRANSPOSED, DIRECT, serial(2), target="ice40"),
    *_all("lowpass40/16x12", SUM, serial(1, "block"), target="ice40"),
    *_all("sparse31/16x14", SYMMETRIC, target="ice40"),
    *_all("lowpass5/12x12", DIRECT, TRANSPOSED, SYMMETRIC, SUM, serial(), target="xc7"),
    *_all("lowpass20/16x16", SYMMETRIC, SUM, CHAIN, serial(), serial(3), target="xc7"),
    *_all("decay12/12x10", TRANSPOSED, CHAIN, DIRECT, serial(), target="xc7"),
    *_all("decay48/14x12", TRANSPOSED, SUM, serial(4), target="xc7"),
    *_all("lowpass40/16x12", SYMMETRIC, SUM, serial(1, "block"), target="xc7"),
    *_all("sparse31/16x14", SYMMETRIC, SUM, target="xc7"),
    *_all("decay12/12x10", SYSTOLIC, target="xc7"),
    *_all("decay12/12x10", SYSTOLIC, target="ice40"),
)
"""What the coefficients come from."""

BENCH: tuple[Sample, ...] = (
    *_routed("remez16/16x16", SYMMETRIC, TRANSPOSED, FREE, serial(), serial(2), target="ecp5"),
    *_routed("lowpass9/16x16", SYMMETRIC, TRANSPOSED, FREE, serial(), target="ecp5"),
    *_routed("decay27/12x14", DIRECT, TRANSPOSED, FREE, serial(), target="ecp5"),
    *_routed("remez32/16x16", SYMMETRIC, FREE, target="ecp5"),
    *_all("remez32/16x16", TRANSPOSED, serial(), serial(4), target="ecp5"),
    *_all("remez16/16x16", SYSTOLIC, target="ecp5"),
    *_all("decay27/12x14", SYSTOLIC, target="ecp5"),
    *_routed("remez64/16x16", serial(), target="ecp5"),
    *_all("remez64/16x16", SYMMETRIC, TRANSPOSED, FREE, serial(4), target="ecp5"),
    *_routed("remez16/16x16", SYMMETRIC, FREE, serial(1, "block"), target="ice40"),
    *_all("remez16/16x16", TRANSPOSED, serial(), target="ice40"),
    *_all("remez16/16x16", SYMMETRIC, TRANSPOSED, FREE, serial(), target="xc7"),
    *_all("remez64/16x16", SYMMETRIC, TRANSPOSED, FREE, serial(), target="xc7"),
)
"""What the model has not seen: the filters that rivals were measured with, and two others."""
