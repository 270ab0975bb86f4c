"""The filters of bench/silicon.py: goals, and what others need for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CASES", "ROUNDINGS", "Case", "reference_taps"]

ROUNDINGS = ("half_even", "half_up")

_EDGES = {9: 0.25, 16: 0.20, 32: 0.15, 64: 0.13}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One filter on one device.

    Parameters
    ----------
    n_taps : int
    arch : mapping
        Name of the architecture and its options.
    device : str
        A key of `fxfir.synth.DEVICES`.
    goal : mapping of str to float
        Resource to the most it may take; `fmax_mhz` to the least it must reach.
    rival : str
        The best other design, measured by the same flow.
    """

    n_taps: int
    arch: Mapping[str, Any]
    device: str
    goal: Mapping[str, float]
    rival: str


def reference_taps(n_taps: int) -> list[float]:
    """Return the reference low-pass: remez with the pass band to 0.10 of the sampling rate, in
    whole 2^-15.
    """
    from scipy.signal import remez

    h = remez(n_taps, [0, 0.10, _EDGES[n_taps], 0.5], [1, 0], fs=1)
    return [float(v) for v in np.round(h * 2**15) / 2**15]


def _symmetric(n_taps: int, device: str, comb: int, ff: int, fmax: int, rival: str) -> Case:
    return Case(
        n_taps=n_taps,
        arch={"name": "symmetric"},
        device=device,
        goal={"dsp": n_taps // 2, "comb": comb, "ff": ff, "fmax_mhz": fmax},
        rival=rival,
    )


def _additions(n_taps: int, device: str, comb: int, fmax: int, rival: str) -> Case:
    return Case(
        n_taps=n_taps,
        arch={"name": "multiplierless"},
        device=device,
        goal={"dsp": 0, "comb": comb, "fmax_mhz": fmax},
        rival=rival,
    )


def _serial(device: str, goal: Mapping[str, float], rival: str, **options: Any) -> Case:
    return Case(
        n_taps=64, arch={"name": "serial", **options}, device=device, goal=goal, rival=rival
    )


CASES: dict[str, Case] = {
    "symmetric16": _symmetric(16, "ecp5-25k", 440, 720, 240, "litedsp: 8, 461, 738, 102 MHz"),
    "symmetric32": _symmetric(32, "ecp5-85k", 850, 1420, 220, "litedsp: 16, 860, 1492, 95 MHz"),
    "symmetric64": _symmetric(64, "ecp5-85k", 1700, 2800, 210, "uhd: 32, 1879, 4957, 100 MHz"),
    "multiplierless16": _additions(16, "ecp5-25k", 700, 250, "hackrf: 1261, 704, 122 MHz"),
    "multiplierless32": _additions(32, "ecp5-85k", 1350, 240, "hackrf: 2099, 1396, 63 MHz"),
    "multiplierless64": _additions(64, "ecp5-85k", 2500, 220, "hackrf: 3602, 2750, 63 MHz"),
    "serial64": _serial(
        "ecp5-25k",
        {"dsp": 1, "comb": 340, "ff": 200, "ram": 0, "fmax_mhz": 190},
        "slowfil: 1, 327, 163, 145 MHz",
        fold=False,
        memory="distributed",
    ),
    "serial64_block": _serial(
        "ecp5-25k",
        {"dsp": 1, "comb": 180, "ff": 200, "ram": 2, "fmax_mhz": 180},
        "slowfil: 1, 327, 163, 145 MHz",
        fold=False,
        memory="block",
    ),
    "serial64_folded": _serial(
        "ecp5-25k",
        {"dsp": 1, "comb": 360, "ff": 250, "fmax_mhz": 190},
        "slowsymf: 1, 542, 253, 136 MHz",
        fold=True,
        memory="distributed",
    ),
    "serial64_up5k": _serial(
        "up5k",
        {"dsp": 1, "comb": 200, "fmax_mhz": 39},
        "slowfil: 1, 208, 156, 39 MHz",
        fold=False,
    ),
    "symmetric64_xc7": Case(
        n_taps=64,
        arch={"name": "symmetric"},
        device="xc7",
        goal={"dsp": 32, "comb": 893},
        rival="litedsp: 31, 893, 1996",
    ),
    "lowpass9": Case(
        n_taps=9,
        arch={"name": "symmetric"},
        device="ecp5-25k",
        goal={"dsp": 5, "comb": 300, "fmax_mhz": 200},
        rival="R2024a: 9, 985, 160, 50 MHz",
    ),
    "lowpass9_multiplierless": _additions(9, "ecp5-25k", 300, 200, "R2024a: 9, 985, 160, 50 MHz"),
}
"""Rival figures: multipliers, LUT sites, flip-flops, clock. `lowpass9` has the size of the vendor
example, not its taps."""
