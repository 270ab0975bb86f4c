"""Specification of a FIR filter by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count, finite, positive
from fxfir.spec.fir.base import MOST_TAPS, FirSpec, check_odd, check_parity
from fxfir.spec.kind import Kind, cutoffs, parse_kind

__all__ = ["WINDOWS", "WindowFir"]

WINDOWS = (
    "rectangular",
    "bartlett",
    "hann",
    "hamming",
    "blackman",
    "blackman_harris",
    "nuttall",
    "flat_top",
    "kaiser",
    "chebyshev",
)
"""Windows by name; kaiser takes beta or attenuation_db, chebyshev attenuation_db."""

_LEAST_DB = 8.0
# Windows beyond these have side lobes that doubles cannot hold.
_MOST_BETA = 100.0
_MOST_DB = 400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFir(FirSpec):
    """The ideal response of a classic kind, or of the bands of a mask, cut by a window.

    Parameters
    ----------
    kind : Kind or str, optional
        With `cutoff_hz`: one edge for lowpass and highpass, two for bandpass and bandstop, where
        the gain is one half. Without, the bands of `mask` are meant, edges half way between them.
    n_taps : int or None, optional
        None finds it: from `attenuation_db` and `transition_hz` by Kaiser's formula, or the
        smallest that meets `mask`.
    window : str or None, optional
        One of `WINDOWS`. Default: kaiser if `beta` or `attenuation_db` is given or `n_taps` is
        found, else hamming.
    beta : float or None, optional
        Kaiser's shape parameter.
    attenuation_db : float or None, optional
        Kaiser's beta by its formula, or the side lobes of the chebyshev window.
    transition_hz : float or None, optional
        Width of the transition between bands, from which the number of taps is found.
    scale : bool, optional
        Make the gain exactly 1 at 0 Hz, at fs_hz / 2 or at the centre of the pass band; with
        bands, exactly the gain of the first pass band.

    Raises
    ------
    SpecError
        If numbers are out of range, contradict one another, or the number of taps is even where
        fs_hz / 2 must pass.
    """

    method: ClassVar[str] = "window"

    kind: Kind | None = None
    cutoff_hz: tuple[float, ...] | None = None
    n_taps: int | None = None
    window: str | None = None
    beta: float | None = None
    attenuation_db: float | None = None
    transition_hz: float | None = None
    scale: bool = True

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        fs_hz = self._rate()
        if (self.kind is None) != (self.cutoff_hz is None):
            raise SpecError(
                f"kind and cutoff_hz go together, got {self.kind!r} and {self.cutoff_hz!r}"
            )
        if self.kind is not None:
            self._set("kind", parse_kind(self.kind))
            self._set("cutoff_hz", cutoffs(self.kind, self.cutoff_hz, fs_hz))
        elif self.mask is None:
            raise SpecError("method window needs kind and cutoff_hz, or bands, got neither")
        for name, suffix in (("attenuation_db", "dB"), ("transition_hz", "Hz")):
            if getattr(self, name) is not None:
                self._set(name, positive(getattr(self, name), name, suffix))
        if self.attenuation_db is not None and self.attenuation_db > _MOST_DB:
            raise SpecError(
                f"attenuation_db must be at most {_MOST_DB:g}, got {self.attenuation_db:g}"
            )
        if self.beta is not None:
            beta = finite(self.beta, "beta")
            if beta < 0:
                raise SpecError(f"beta must be at least 0, got {beta:g}")
            if beta > _MOST_BETA:
                raise SpecError(f"beta must be at most {_MOST_BETA:g}, got {beta:g}")
            self._set("beta", beta)
        self._check_count(fs_hz)
        self._check_window()

    def _check_count(self, fs_hz: float) -> None:
        if self.n_taps is not None:
            self._set("n_taps", count(self.n_taps, "n_taps", most=MOST_TAPS))
            if self.transition_hz is not None:
                raise SpecError(
                    f"transition_hz decides the number of taps, got n_taps = {self.n_taps} as well"
                )
            if self.kind is not None and self.kind.passes_nyquist:
                check_odd(self.n_taps, f"a {self.kind.value}")
            if self.kind is None and self.mask is not None:
                check_parity(self.n_taps, self.mask)
            return
        if self.kind is None:
            if self.mask is not None and not self.mask.is_limited and self.transition_hz is None:
                raise SpecError(
                    "n_taps can be found only if every band has ripple_db or attenuation_db, "
                    "got one without"
                )
        elif self.transition_hz is None or (self.attenuation_db is None):
            raise SpecError(
                f"a {self.kind.value} by window needs n_taps, or attenuation_db and "
                f"transition_hz, got neither"
            )
        if self.attenuation_db is not None and self.attenuation_db < _LEAST_DB:
            raise SpecError(
                f"attenuation_db must be at least {_LEAST_DB:g} for Kaiser's formula, "
                f"got {self.attenuation_db:g}"
            )
        if self.transition_hz is not None and self.transition_hz >= fs_hz / 2:
            raise SpecError(
                f"transition_hz must be below fs_hz / 2 = {fs_hz / 2:g} Hz, "
                f"got {self.transition_hz:g}"
            )

    def _check_window(self) -> None:
        found = self.n_taps is None
        if self.window is None:
            kaiser = found or self.beta is not None or self.attenuation_db is not None
            self._set("window", "kaiser" if kaiser else "hamming")
        choice(self.window, "window", WINDOWS)
        if not isinstance(self.scale, bool):
            raise SpecError(f"scale must be true or false, got {self.scale!r}")
        if self.beta is not None and self.window != "kaiser":
            raise SpecError(f"only the kaiser window takes beta, got {self.window}")
        if self.attenuation_db is not None and self.window not in ("kaiser", "chebyshev"):
            raise SpecError(
                f"only the kaiser and chebyshev windows take attenuation_db, got {self.window}"
            )
        if self.beta is not None and self.attenuation_db is not None:
            raise SpecError(
                f"attenuation_db decides beta, got attenuation_db = {self.attenuation_db:g} "
                f"and beta = {self.beta:g}"
            )
        by_mask = self.kind is None
        derived = by_mask and self.mask is not None and self.mask.is_limited
        shaped = self.beta is not None or self.attenuation_db is not None
        if self.window == "kaiser" and not (found or derived or shaped):
            raise SpecError("the kaiser window needs beta or attenuation_db, got neither")
        if self.window == "chebyshev" and self.attenuation_db is None:
            raise SpecError("the chebyshev window needs attenuation_db, got none")
