"""The cast in float64, where it is provably the exact one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from fxfir.fixed import Cast, Overflow, Rounding, wrap
from fxfir.model.bounds import FLOAT_INT, peak
from fxfir.model.lanes import Array

__all__ = ["FloatCast", "float_cast"]

_HALF_MODES = (Rounding.HALF_UP, Rounding.HALF_DOWN, Rounding.HALF_AWAY)
_EXPONENTS = 1000  # powers of two within 2**+-1000 are normal floats
_INT64_SAFE = 1 << 62  # a float of at most this magnitude converts to int64


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatCast:
    """A cast of float64 arrays that hold integers; made by `float_cast`, which proves it exact.

    Parameters
    ----------
    cast : Cast
    shift : int
        Bits dropped; negative where bits are appended.
    clips : bool
        Whether any value can leave the range.
    """

    cast: Cast
    shift: int
    clips: bool

    def __call__(self, m: Array, out: Array) -> Array:
        """Cast a float64 array, which is overwritten, into int64 words `out`."""
        if self.shift > 0:
            _ROUND[self.cast.rounding](m, 2.0**-self.shift, 2.0 ** (self.shift - 1))
        elif self.shift < 0:
            m *= 2.0**-self.shift
        to = self.cast.to
        match self.cast.overflow:
            case Overflow.SATURATE:
                if self.clips:
                    np.clip(m, float(to.lo), float(to.hi), out=m)
                np.copyto(out, m, casting="unsafe")
            case Overflow.WRAP:
                np.copyto(out, m, casting="unsafe")
                if self.clips:
                    np.copyto(out, wrap(out, to), casting="unsafe")
            case _:
                assert_never(self.cast.overflow)
        return out


def float_cast(cast: Cast, frac: int, lo: int, hi: int) -> FloatCast | None:
    """Return the cast for integers in [lo, hi] that count units of 2**-frac, or None.

    Parameters
    ----------
    cast : Cast
    frac : int
    lo, hi : int
        Every value lies between them.

    Returns
    -------
    FloatCast or None
        None where float64 cannot be proven exact: |value| (plus half an output LSB for the modes
        that add it) beyond 2**53, a range that float64 or int64 cannot hold.

    Notes
    -----
    Scaling by a power of two is exact. rint is half-even by definition; the other modes add half
    an LSB while the value is still an integer, so the sum is exact too.
    """
    shift = frac - cast.to.frac
    bound = max(-lo, hi)
    half = 1 << (shift - 1) if 0 < shift < _EXPONENTS and cast.rounding in _HALF_MODES else 0
    if abs(shift) >= _EXPONENTS or bound + half > FLOAT_INT:
        return None
    if shift > 0:
        low, high = (lo >> shift) - 1, (hi >> shift) + 1
    else:
        low, high = lo << -shift, hi << -shift
    if max(-low, high) > _INT64_SAFE:
        return None
    clips = low < cast.to.lo or high > cast.to.hi
    if clips and cast.overflow is Overflow.SATURATE and peak(cast.to) > FLOAT_INT:
        return None
    if cast.to.width > 62 and clips:
        return None
    return FloatCast(cast=cast, shift=shift, clips=clips)


def _floor(m: Array, scale: float, half: float) -> None:
    m *= scale
    np.floor(m, out=m)


def _ceil(m: Array, scale: float, half: float) -> None:
    m *= scale
    np.ceil(m, out=m)


def _to_zero(m: Array, scale: float, half: float) -> None:
    m *= scale
    np.trunc(m, out=m)


def _half_up(m: Array, scale: float, half: float) -> None:
    m += half
    _floor(m, scale, half)


def _half_down(m: Array, scale: float, half: float) -> None:
    m -= half
    _ceil(m, scale, half)


def _half_away(m: Array, scale: float, half: float) -> None:
    m += np.copysign(half, m)
    _to_zero(m, scale, half)


def _half_even(m: Array, scale: float, half: float) -> None:
    m *= scale
    np.rint(m, out=m)


_ROUND: dict[Rounding, Callable[[Array, float, float], None]] = {
    Rounding.FLOOR: _floor,
    Rounding.CEIL: _ceil,
    Rounding.TO_ZERO: _to_zero,
    Rounding.HALF_UP: _half_up,
    Rounding.HALF_DOWN: _half_down,
    Rounding.HALF_AWAY: _half_away,
    Rounding.HALF_EVEN: _half_even,
}
