"""The fewest coefficient bits with which a filter keeps its mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fxfir.analysis import Cascade, MaskVerdict, judge, judge_filter
from fxfir.errors import DesignError
from fxfir.quantize.fir import QuantizedFir, with_words
from fxfir.quantize.optimise.fir import optimise_words, subject_of
from fxfir.quantize.optimise.searcher import Progress, search
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise

__all__ = ["MOST_WIDTH", "WidthRow", "WidthSearch", "least_width"]

MOST_WIDTH = 32
"""Coefficient bits beyond which no mask is met that 32 do not meet."""
_LEAST_WIDTH = 3
_FAILURES = 2
"""Widths in a row that miss a mask before the search ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthRow:
    """One coefficient width.

    Parameters
    ----------
    width : int
        Bits.
    rounded_db, found_db : float or None
        Margin of the mask by rounding and by the search, negative where it is missed; None where
        the search was not needed.
    met : bool
        Whether either keeps the mask at every frequency.
    """

    width: int
    rounded_db: float
    found_db: float | None
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthSearch:
    """What a search for the fewest bits came to.

    Parameters
    ----------
    best : QuantizedFir
        The filter of the fewest bits, searched.
    rows : tuple of WidthRow
        Widths tried, narrowest first.
    rounding_width : int or None
        Fewest bits that keep the mask by rounding; None if 32 do not.
    """

    best: QuantizedFir
    rows: tuple[WidthRow, ...]
    rounding_width: int | None


def least_width(
    quantise: Callable[[int], QuantizedFir],
    mask: Mask,
    options: Optimise,
    *,
    report: Progress = lambda done, total: None,
) -> WidthSearch:
    """Find the fewest coefficient bits whose words, searched, keep a mask at every frequency.

    Parameters
    ----------
    quantise : callable
        `quantise(width)` rounds the taps to words of so many bits.
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
    rounded: dict[int, tuple[QuantizedFir, MaskVerdict]] = {}

    def at(width: int) -> tuple[QuantizedFir, MaskVerdict]:
        if width not in rounded:
            made = quantise(width)
            verdict = judge_filter(mask, made.filter, gain=float(made.gain))
            rounded[width] = made, verdict
        return rounded[width]

    by_rounding = next((w for w in range(_LEAST_WIDTH, MOST_WIDTH + 1) if _kept(at(w)[1])), None)
    rows: dict[int, WidthRow] = {}
    best: QuantizedFir | None = None
    start = by_rounding if by_rounding is not None else MOST_WIDTH
    if by_rounding is not None:
        best = at(by_rounding)[0]
        rows[by_rounding] = WidthRow(
            width=by_rounding, rounded_db=at(by_rounding)[1].margin_db, found_db=None, met=True
        )
        start -= 1
    elif not _ideal_kept(at(MOST_WIDTH)[0], mask):
        raise _hopeless(at(MOST_WIDTH)[0], mask)
    failures, interrupted = 0, False
    for width in range(start, _LEAST_WIDTH - 1, -1):
        base, verdict = at(width)
        made, found_verdict, interrupted = _searched(base, verdict, mask, options, report)
        met = _kept(found_verdict)
        rows[width] = WidthRow(
            width=width,
            rounded_db=verdict.margin_db,
            found_db=found_verdict.margin_db,
            met=met,
        )
        if met:
            best, failures = made, 0
        else:
            failures += 1
        if interrupted or failures >= _FAILURES:
            break
    if best is None:
        raise _hopeless(at(MOST_WIDTH)[0], mask)
    best = _finished(best, mask, options, report, interrupted)
    return WidthSearch(
        best=best,
        rows=tuple(rows[w] for w in sorted(rows)),
        rounding_width=by_rounding,
    )


def _kept(verdict: MaskVerdict) -> bool:
    return verdict.passed and verdict.proven


def _searched(
    base: QuantizedFir,
    verdict: MaskVerdict,
    mask: Mask,
    options: Optimise,
    report: Progress,
) -> tuple[QuantizedFir, MaskVerdict, bool]:
    """Search one width until the mask is met; never worse than rounding."""
    subject = subject_of(base.ideal, mask, base.filter.coeff, gain=base.gain)
    limit = subject.aim.limit
    limits = replace(
        subject.limits(options, report), enough=None if limit is None else limit * (1 - 1e-3)
    )
    found = search(subject.aim, subject.layout, subject.step, subject.start, limits)
    filter = replace(base.filter, taps=subject.taps(found.words))
    reached = judge_filter(mask, filter, gain=float(base.gain))
    if reached.margin_db < verdict.margin_db:
        return base, verdict, found.interrupted
    return replace(base, filter=filter), reached, found.interrupted


def _finished(
    best: QuantizedFir, mask: Mask, options: Optimise, report: Progress, interrupted: bool
) -> QuantizedFir:
    """Spend the whole effort on the width that was found."""
    if interrupted:
        options = replace(options, effort=1, goal="minimax", prove=False)
    made, gain, said = optimise_words(
        best.filter, best.ideal, mask, options, gain=best.gain, report=report
    )
    verdict = judge_filter(mask, made, gain=float(gain))
    if not _kept(verdict):
        # Its largest error is smaller on points, and yet the other is the one that is proven.
        made = best.filter
    if interrupted:
        said = replace(said, interrupted=True)
    return with_words(best, made, gain=gain, search=said)


def _ideal_kept(made: QuantizedFir, mask: Mask) -> bool:
    cascade = Cascade.of_taps([float(tap) for tap in made.ideal])
    return judge(mask, cascade).passed


def _hopeless(made: QuantizedFir, mask: Mask) -> DesignError:
    verdict = judge_filter(mask, made.filter, gain=float(made.gain))
    worst = min(verdict.bands, key=lambda band: band.margin_db)
    return DesignError(
        f"{MOST_WIDTH} coefficient bits must meet the mask, got the band at "
        f"{worst.band.low_hz:g}-{worst.band.high_hz:g} Hz missed by {-worst.margin_db:.3g} dB with "
        f"{made.filter.n_taps} taps; use more taps or relax that band"
    )
