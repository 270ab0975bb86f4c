"""The fewest coefficient bits with which a filter keeps its mask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from fxfir.analysis import Cascade, MaskVerdict, judge, judge_filter
from fxfir.errors import DesignError
from fxfir.quantize.assemble import QuantizedSos
from fxfir.quantize.fir import QuantizedFir
from fxfir.quantize.optimise.searcher import Progress
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise

__all__ = ["MOST_WIDTH", "WidthRow", "WidthSearch", "Widths", "least_width"]

MOST_WIDTH = 32
"""Coefficient bits beyond which no mask is met that 32 do not meet."""
_LEAST_WIDTH = 3
_FAILURES = 2
"""Widths in a row that miss a mask before the search ends."""

Made = TypeVar("Made", QuantizedFir, QuantizedSos)


class Widths(Protocol[Made]):
    """A filter that can be had with words of any width, rounded or searched."""

    def rounded(self, width: int) -> Made | None:
        """Return the filter with rounded words; None where they make no stable filter."""

    def searched(
        self, base: Made | None, width: int, options: Optimise, report: Progress
    ) -> tuple[Made | None, bool]:
        """Search until the mask is met: the filter, and whether somebody stopped the search.

        `base` is what `rounded` returned; no filter comes back where no words are stable.
        """

    def finished(self, best: Made, width: int, options: Optimise, report: Progress) -> Made:
        """Spend the whole effort; what comes back says so in its `search`."""

    def wanted(self, made: Made) -> Cascade:
        """Return the response that the words are to have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthRow:
    """One coefficient width.

    Parameters
    ----------
    width : int
        Bits.
    rounded_db, found_db : float or None
        Margin of the mask by rounding and by the search, negative where it is missed; None where
        the poles are not stable, and where the search was not needed.
    met : bool
        Whether either keeps the mask at every frequency.
    """

    width: int
    rounded_db: float | None
    found_db: float | None
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthSearch(Generic[Made]):
    """What a search for the fewest bits came to.

    Parameters
    ----------
    best : QuantizedFir or QuantizedSos
        The filter of the fewest bits, searched.
    width : int
        Those bits; in a cascade no coefficient has more.
    rows : tuple of WidthRow
        Widths tried, narrowest first.
    rounding_width : int or None
        Fewest bits that keep the mask by rounding; None if 32 do not.
    """

    best: Made
    width: int
    rows: tuple[WidthRow, ...]
    rounding_width: int | None


def least_width(
    widths: Widths[Made],
    mask: Mask,
    options: Optimise,
    *,
    report: Progress = lambda done, total: None,
) -> WidthSearch[Made]:
    """Find the fewest coefficient bits whose words, searched, keep a mask at every frequency.

    Parameters
    ----------
    widths : Widths
        `FirWidths` or `SosWidths`.
    mask : Mask
        With limits.
    options : Optimise
    report : callable, optional
        `report(done, total)` of each search.

    Returns
    -------
    WidthSearch

    Raises
    ------
    DesignError
        If 32 bits miss the mask: the message names the band and by how much.
    """
    rounded: dict[int, tuple[Made, MaskVerdict] | None] = {}

    def at(width: int) -> tuple[Made, MaskVerdict] | None:
        if width not in rounded:
            made = widths.rounded(width)
            rounded[width] = None if made is None else (made, _verdict(made, mask))
        return rounded[width]

    def keeps(width: int) -> bool:
        found = at(width)
        return found is not None and _kept(found[1])

    by_rounding = next((w for w in range(_LEAST_WIDTH, MOST_WIDTH + 1) if keeps(w)), None)
    rows: dict[int, WidthRow] = {}
    best: tuple[Made, int] | None = None
    start = by_rounding if by_rounding is not None else MOST_WIDTH
    widest = at(start)
    if widest is None:
        raise DesignError(f"{MOST_WIDTH} coefficient bits must make a stable filter, got none")
    if by_rounding is not None:
        best = widest[0], by_rounding
        rows[by_rounding] = WidthRow(
            width=by_rounding, rounded_db=widest[1].margin_db, found_db=None, met=True
        )
        start -= 1
    elif not judge(mask, widths.wanted(widest[0])).passed:
        raise _hopeless(*widest)
    failures, interrupted = 0, False
    for width in range(start, _LEAST_WIDTH - 1, -1):
        base = at(width)
        tried, interrupted = widths.searched(base and base[0], width, options, report)
        found = base if tried is None else (tried, _verdict(tried, mask))
        if base is not None and found is not None and found[1].margin_db < base[1].margin_db:
            found = base
        met = found is not None and _kept(found[1])
        rows[width] = WidthRow(
            width=width,
            rounded_db=base and base[1].margin_db,
            found_db=found and found[1].margin_db,
            met=met,
        )
        if met and found is not None:
            best, failures = (found[0], width), 0
        else:
            failures += 1
        if interrupted or failures >= _FAILURES:
            break
    if best is None:
        raise _hopeless(*widest)
    return WidthSearch(
        best=_finished(widths, best, mask, options, report, interrupted),
        width=best[1],
        rows=tuple(rows[w] for w in sorted(rows)),
        rounding_width=by_rounding,
    )


def _verdict(made: QuantizedFir | QuantizedSos, mask: Mask) -> MaskVerdict:
    return judge_filter(mask, made.filter, gain=float(made.gain))


def _kept(verdict: MaskVerdict) -> bool:
    return verdict.passed and verdict.proven


def _finished(
    widths: Widths[Made],
    best: tuple[Made, int],
    mask: Mask,
    options: Optimise,
    report: Progress,
    interrupted: bool,
) -> Made:
    """Spend the whole effort on the width that was found."""
    made, width = best
    if interrupted:
        options = replace(options, effort=1, goal="minimax", prove=False)
    finished = widths.finished(made, width, options, report)
    said = finished.search
    if not _kept(_verdict(finished, mask)):
        # Its largest error is smaller on points, and yet the other is the one that is proven.
        finished = replace(made, search=said)
    if interrupted and said is not None:
        finished = replace(finished, search=replace(said, interrupted=True))
    return finished


def _hopeless(made: QuantizedFir | QuantizedSos, verdict: MaskVerdict) -> DesignError:
    worst = min(verdict.bands, key=lambda band: band.margin_db)
    if isinstance(made, QuantizedFir):
        size, cure = f"{made.filter.n_taps} taps", "use more taps"
    else:
        size, cure = f"{len(made.filter.sections)} sections", "use a higher order"
    return DesignError(
        f"{MOST_WIDTH} coefficient bits must meet the mask, got the band at "
        f"{worst.band.low_hz:g}-{worst.band.high_hz:g} Hz missed by {-worst.margin_db:.3g} dB with "
        f"{size}; {cure} or relax that band"
    )
