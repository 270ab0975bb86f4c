"""Raised cosine and root raised cosine pulses.

Both formulas have places where numerator and denominator vanish together. They are written here
in u = 1 - (what vanishes) with sinc taking the quotient, so that the limits need no special case
and the neighbourhood of a limit loses no digits; t = 0 of the root pulse is the one exception.

References
----------
.. [1] J. G. Proakis, "Digital Communications", section 9.2, equations 9.2-27 and 9.2-29.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxfir.design.result import FirDesign
from fxfir.errors import DesignError
from fxfir.spec.fir import RaisedCosineFir, RootRaisedCosineFir
from fxfir.spec.fir.base import MOST_TAPS

__all__ = ["design_raised_cosine", "raised_cosine", "root_raised_cosine"]

_Array = np.ndarray[Any, Any]


def raised_cosine(t: _Array, rolloff: float) -> _Array:
    """Return the raised cosine pulse, 1 at t = 0 and 0 at every other integer.

    Parameters
    ----------
    t : ndarray
        Time in symbols.
    rolloff : float
        0 to 1.
    """
    u = 2 * rolloff * np.abs(t)
    # cos(pi u / 2) / (1 - u^2) = (pi / 2) sinc((1 - u) / 2) / (1 + u)
    result: _Array = np.sinc(t) * (np.pi / 2) * np.sinc((1 - u) / 2) / (1 + u)
    return result


def root_raised_cosine(t: _Array, rolloff: float) -> _Array:
    """Return the root raised cosine pulse; parameters as `raised_cosine`."""
    t = np.abs(np.asarray(t, dtype=np.float64))
    zero = t == 0
    a = np.pi * np.where(zero, 1.0, t)
    gap = 1 - 4 * rolloff * np.where(zero, 1.0, t)
    small = np.pi / 4 * gap
    sine, cosine = np.sin(a + np.pi / 4), np.cos(a + np.pi / 4)
    # [sin(a (1 - r)) + 4 r t cos(a (1 + r))] / (1 - (4 r t)^2) with the common root divided out.
    top = np.pi / 2 * sine * np.sinc(gap / 4) - cosine * np.cos(small) - sine * np.sin(small)
    value = top / (2 - gap) / a
    result: _Array = np.where(zero, 1 - rolloff + 4 * rolloff / np.pi, value)
    return result


def design_raised_cosine(spec: RaisedCosineFir) -> FirDesign:
    """Return the taps that a `RaisedCosineFir` or `RootRaisedCosineFir` asks for.

    Raises
    ------
    DesignError
        If the taps cannot be normalised.
    """
    per_symbol = float(spec.fs_hz or 1.0) / spec.symbol_hz
    n_taps = spec.n_taps
    if n_taps is None:
        n_taps = 2 * round(float(spec.span_symbols or 1) * per_symbol / 2) + 1
        if n_taps > MOST_TAPS:
            raise DesignError(
                f"a pulse has at most {MOST_TAPS} taps, got {n_taps} for "
                f"span_symbols = {spec.span_symbols}"
            )
    t = (np.arange(n_taps) - (n_taps - 1) / 2) / per_symbol
    pulse = root_raised_cosine if isinstance(spec, RootRaisedCosineFir) else raised_cosine
    taps = pulse(t, spec.rolloff)
    taps = (taps + taps[::-1]) / 2
    match spec.normalise:
        case "dc":
            size = math.fsum(taps)
        case "energy":
            size = math.sqrt(math.fsum(taps**2))
        case _:
            size = float(taps[n_taps // 2])
    if abs(size) < 1e-9:
        raise DesignError(f"{n_taps} taps must have a gain to normalise, got {size:g}")
    return FirDesign(taps=taps / size, method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask)
