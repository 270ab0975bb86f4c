"""Specifications of pulse-shaping FIR filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count, positive, unit
from fxfir.spec.fir.base import MOST_TAPS, FirSpec, check_odd

__all__ = ["NORMALISATIONS", "RaisedCosineFir", "RootRaisedCosineFir"]


NORMALISATIONS = ("dc", "energy", "peak")
"""Gain 1 at 0 Hz, sum of squared taps 1, or centre tap 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedCosineFir(FirSpec):
    """A Nyquist pulse for data transmission: no interference between symbols.

    Parameters
    ----------
    symbol_hz : float
        Symbols per second.
    rolloff : float
        Excess bandwidth, 0 to 1.
    n_taps : int or None, optional
    span_symbols : int or None, optional
        Length in symbols, from which an odd number of taps follows.
    normalise : str, optional
        One of `NORMALISATIONS`.

    Raises
    ------
    SpecError
        If the band (1 + rolloff) * symbol_hz / 2 exceeds fs_hz / 2, or not exactly one of
        `n_taps` and `span_symbols` is given.
    """

    method: ClassVar[str] = "raised_cosine"

    symbol_hz: float
    rolloff: float
    n_taps: int | None = None
    span_symbols: int | None = None
    normalise: str = "dc"

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        fs_hz = self._rate()
        symbol = positive(self.symbol_hz, "symbol_hz", "Hz")
        rolloff = unit(self.rolloff, "rolloff")
        edge = (1 + rolloff) * symbol / 2
        if edge > fs_hz / 2:
            raise SpecError(
                f"(1 + rolloff) * symbol_hz / 2 must not exceed fs_hz / 2 = {fs_hz / 2:g} Hz, "
                f"got {edge:g}"
            )
        if (self.n_taps is None) == (self.span_symbols is None):
            raise SpecError(
                f"method {self.method} needs either n_taps or span_symbols, "
                f"got {'neither' if self.n_taps is None else 'both'}"
            )
        if self.n_taps is not None:
            self._set("n_taps", count(self.n_taps, "n_taps", most=MOST_TAPS))
        else:
            self._set("span_symbols", count(self.span_symbols, "span_symbols"))
        choice(self.normalise, "normalise", NORMALISATIONS)
        if self.normalise == "peak" and self.n_taps is not None:
            check_odd(self.n_taps, "a centre tap")
        self._set("symbol_hz", symbol)
        self._set("rolloff", rolloff)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRaisedCosineFir(RaisedCosineFir):
    """Half of a Nyquist pulse, for the sender and the receiver; parameters as `RaisedCosineFir`."""

    method: ClassVar[str] = "root_raised_cosine"
