"""Filters that can be had with words of any width: what `least_width` searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from fxfir.analysis import Cascade
from fxfir.errors import SectionError, StabilityError
from fxfir.quantize.assemble import QuantizedSos
from fxfir.quantize.fir import QuantizedFir, with_words
from fxfir.quantize.optimise.fir import optimise_words, subject_of
from fxfir.quantize.optimise.searcher import Progress, search
from fxfir.quantize.optimise.sos import SosRefiner
from fxfir.quantize.sos import Refine
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise

__all__ = ["FirWidths", "QuantizeSos", "SosWidths"]

_ENOUGH = 1 - 1e-3
"""Part of the limits at which a search stops: what lies between its points fits into the rest."""


class FirWidths:
    """Taps at any width.

    Parameters
    ----------
    quantise : callable
        `quantise(width)` rounds the taps to words of so many bits.
    mask : Mask
        With limits.
    """

    def __init__(self, quantise: Callable[[int], QuantizedFir], mask: Mask) -> None:
        self.quantise, self.mask = quantise, mask

    def rounded(self, width: int) -> QuantizedFir:
        """Return the filter with rounded words."""
        return self.quantise(width)

    def searched(
        self, base: QuantizedFir | None, width: int, options: Optimise, report: Progress
    ) -> tuple[QuantizedFir | None, bool]:
        """Search until the mask is met: the filter, and whether somebody stopped the search."""
        if base is None:
            return None, False
        subject = subject_of(base.ideal, self.mask, base.filter.coeff, gain=base.gain)
        limit = subject.aim.limit
        limits = replace(
            subject.limits(options, report), enough=None if limit is None else limit * _ENOUGH
        )
        found = search(subject.aim, subject.layout, subject.step, subject.start, limits)
        filter = replace(base.filter, taps=subject.taps(found.words))
        return replace(base, filter=filter), found.interrupted

    def finished(
        self, best: QuantizedFir, width: int, options: Optimise, report: Progress
    ) -> QuantizedFir:
        """Spend the whole effort; what comes back says so in its `search`."""
        made, gain, said = optimise_words(
            best.filter, best.ideal, self.mask, options, gain=best.gain, report=report
        )
        return with_words(best, made, gain=gain, search=said)

    def wanted(self, made: QuantizedFir) -> Cascade:
        """Return the response that the words are to have."""
        return Cascade.of_taps([float(tap) for tap in made.ideal])


class QuantizeSos(Protocol):
    """Rounds a cascade to coefficients of at most so many bits.

    `search` moves words together for the least energy of the error; `refine` is handed on.
    """

    def __call__(self, width: int, *, search: bool, refine: Refine | None) -> QuantizedSos:
        """Return the cascade in words of that width."""


class SosWidths:
    """A cascade at any width.

    Parameters
    ----------
    quantise : QuantizeSos
    mask : Mask
        With limits.
    """

    def __init__(self, quantise: QuantizeSos, mask: Mask) -> None:
        self.quantise, self.mask = quantise, mask

    def rounded(self, width: int) -> QuantizedSos | None:
        """Return the cascade with rounded words; None where they make no stable filter."""
        try:
            return self.quantise(width, search=False, refine=None)
        except (SectionError, StabilityError):
            return None

    def searched(
        self, base: QuantizedSos | None, width: int, options: Optimise, report: Progress
    ) -> tuple[QuantizedSos | None, bool]:
        """Search until the mask is met: the cascade, and whether somebody stopped the search."""
        try:
            made = self._refined(width, options, report, _ENOUGH)
        except (SectionError, StabilityError):
            return None, False
        return made, made.search is not None and made.search.interrupted

    def finished(
        self, best: QuantizedSos, width: int, options: Optimise, report: Progress
    ) -> QuantizedSos:
        """Spend the whole effort; what comes back says so in its `search`."""
        return self._refined(width, options, report, None)

    def wanted(self, made: QuantizedSos) -> Cascade:
        """Return the response that the words are to have."""
        return Cascade.of_sos([[float(v) for v in row] for row in made.ideal])

    def _refined(
        self, width: int, options: Optimise, report: Progress, enough: float | None
    ) -> QuantizedSos:
        refiner = SosRefiner(self.mask, options, report, enough=enough)
        made = self.quantise(width, search=True, refine=refiner)
        return replace(made, search=refiner.said)
