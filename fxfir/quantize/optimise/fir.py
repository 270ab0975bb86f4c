"""A rounded FIR filter to a better one of the same format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from fxfir.analysis import judge_filter
from fxfir.arith import half_even_scaled
from fxfir.errors import SpecError
from fxfir.filters import FixedFir
from fxfir.fixed import Format
from fxfir.quantize.optimise.adders import Adders, count_adders, fewest_adders
from fxfir.quantize.optimise.aim import Aim, aim_at_mask, aim_at_own
from fxfir.quantize.optimise.exact import MOST_EXACT, prove
from fxfir.quantize.optimise.layout import Layout, layout_of
from fxfir.quantize.optimise.peak import largest_error
from fxfir.quantize.optimise.searcher import Found, Limits, Progress, search
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise

__all__ = ["WIDEST", "SearchReport", "Subject", "optimise_words", "subject_of"]

WIDEST = 40
"""Coefficient bits up to which a search makes sense: doubles resolve no better."""

_NOISE = Fraction(1, 10**9)
_SWEEP = 24
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """What a search of coefficient words came to.

    Parameters
    ----------
    goal : str
        "minimax", "stopband" or "adders".
    before, after : float
        Largest weighted error of the rounded and of the found words at any frequency, rounded up
        by a millionth; with limits in the mask, 1 is a mask just met. In the stop bands alone where
        the goal is "stopband": the others use what their limits allow.
    bound : float or None
        What no words of this format can go below, where that was proven.
    optimal : bool
        Whether nothing lies between: at most a thousandth.
    adders : Adders or None
        Those of a multiplierless core, where they were to be few.
    interrupted : bool
        Whether the search was stopped; the words are the best until then.
    """

    goal: str
    before: float
    after: float
    bound: float | None = None
    optimal: bool = False
    adders: Adders | None = None
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    def __str__(self) -> str:
        where = " in stop bands" if self.goal == "stopband" else ""
        found = f"largest error{where} {self.after:.6g}, {self.before:.6g} by rounding"
        if self.optimal:
            found += "; optimal"
        elif self.bound is not None:
            found += f"; none can go below {self.bound:.6g}"
        if self.adders is not None:
            found += f"; {self.adders.block} adders in the graph, {self.adders.chain} in the chain"
        return f"{found}; INTERRUPTED, the best until then" if self.interrupted else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Taps to be searched: what may move, where from, and what for.

    Parameters
    ----------
    layout : Layout
    aim : Aim
    coeff : Format
    start : tuple of int, shape (n_free,)
        Rounded words.
    """

    layout: Layout
    aim: Aim
    coeff: Format
    start: tuple[int, ...]

    def limits(self, options: Optimise, report: Progress) -> Limits:
        """Return the limits of a search in this format."""
        return Limits(
            low=self.coeff.lo,
            high=self.coeff.hi,
            effort=options.effort,
            seed=options.seed,
            report=report,
        )

    @property
    def step(self) -> float:
        """What a word's unit stands for."""
        return float(self.coeff.step)

    def taps(self, words: Sequence[int]) -> tuple[int, ...]:
        """Return the words of all taps."""
        return self.layout.words(words, self.coeff.frac)


def subject_of(
    ideal: Sequence[Fraction], mask: Mask | None, coeff: Format, *, gain: Fraction = Fraction(1)
) -> Subject:
    """Return what a search needs to know about taps.

    Parameters
    ----------
    ideal : sequence of Fraction
        Taps as given; a symmetry that holds but for the noise of doubles is taken to hold.
    mask : Mask or None
        None aims at the response of `ideal`.
    coeff : Format
    gain : Fraction, optional

    Raises
    ------
    SpecError
        If the format is too wide to search in.
    """
    if coeff.width > WIDEST:
        raise SpecError(f"a search takes at most {WIDEST} coefficient bits, got {coeff}")
    clean = _clean(ideal)
    layout = layout_of([tap * gain for tap in clean], coeff.frac)
    aim = (
        aim_at_own(clean, layout)
        if mask is None
        else aim_at_mask(mask, clean, layout, float(coeff.step))
    )
    start = tuple(
        min(max(half_even_scaled(clean[g[0][0]] * gain, coeff.frac), coeff.lo), coeff.hi)
        for g in layout.groups
    )
    return Subject(
        layout=layout, aim=aim.times(float(gain)) if gain != 1 else aim, coeff=coeff, start=start
    )


def optimise_words(
    filter: FixedFir,
    ideal: Sequence[Fraction],
    mask: Mask | None,
    options: Optimise,
    *,
    gain: Fraction = Fraction(1),
    sweep: bool = False,
    report: Progress = lambda done, total: None,
) -> tuple[FixedFir, Fraction, SearchReport]:
    """Return a filter of the same formats whose response is better than that of `filter`.

    Parameters
    ----------
    filter : FixedFir
        Rounded.
    ideal : sequence of Fraction
        The taps wanted, before the gain.
    mask : Mask or None
        What errors are weighted by; see `fxfir.quantize.optimise.aim_at_mask`.
    options : Optimise
        The goal "auto" is "minimax" here. "adders" needs limits in the mask, and is "minimax" for
        words that miss it.
    gain : Fraction, optional
        What the taps were multiplied by.
    sweep : bool, optional
        Also try smaller gains, down to `gain` / sqrt(2).
    report : callable, optional
        `report(done, total)`.

    Returns
    -------
    filter : FixedFir
    gain : Fraction
    report : SearchReport
        Stopped by KeyboardInterrupt, it says so.

    Raises
    ------
    SpecError
        If the format is wider than 40 bits, or more than 512 taps differ.
    """
    subject = subject_of(ideal, mask, filter.coeff, gain=gain)
    adders: Adders | None = None
    if not subject.layout.n_free:
        return filter, gain, SearchReport(goal="minimax", before=0.0, after=0.0)
    before = largest_error(subject.aim, subject.layout, subject.step, subject.start)
    if before == 0:
        return filter, gain, SearchReport(goal="minimax", before=0.0, after=0.0)
    rounded = subject
    if sweep:
        subject, gain = _best_gain(subject, ideal, mask, options, gain)
    if options.goal == "stopband":
        found = _deepest(subject, options, report)
    else:
        found = _search(subject, subject.aim, subject.start, options, report)
    made = replace(filter, taps=subject.taps(found.words))
    if options.goal == "adders":
        made, found, adders = _cheapest(subject, filter, mask, gain, found, options, report)
    bound, optimal = None, False
    exact = subject.layout.symmetry and subject.layout.n_free <= MOST_EXACT
    if options.prove and exact and options.goal in ("minimax", "auto") and not found.interrupted:
        proof = prove(
            subject.aim,
            subject.layout,
            subject.step,
            found.words,
            low=subject.coeff.lo,
            high=subject.coeff.hi,
        )
        found = Found(words=proof.words, level=min(proof.level, found.level))
        bound, optimal = proof.bound or None, proof.optimal
        made = replace(filter, taps=subject.taps(found.words))
    after = found.level
    if options.goal == "stopband":
        # The search's own level has other weights in the other bands.
        before, after = (
            largest_error(s.aim.stops(), s.layout, s.step, words)
            for s, words in ((rounded, rounded.start), (subject, found.words))
        )
    return (
        made,
        gain,
        SearchReport(
            goal="minimax" if options.goal == "auto" else options.goal,
            before=before,
            after=after,
            bound=bound,
            optimal=optimal,
            adders=adders,
            interrupted=found.interrupted,
        ),
    )


def _cheapest(
    subject: Subject,
    filter: FixedFir,
    mask: Mask | None,
    gain: Fraction,
    found: Found,
    options: Optimise,
    report: Progress,
) -> tuple[FixedFir, Found, Adders]:
    """Return the filter with few adders that keeps the mask, or the one found as it is."""
    made = replace(filter, taps=subject.taps(found.words))

    def accept(words: tuple[int, ...]) -> bool:
        if mask is None:
            return False
        trial = replace(filter, taps=subject.taps(words))
        verdict = judge_filter(mask, trial, gain=float(gain))
        return verdict.passed and verdict.proven

    limit = subject.aim.limit
    if limit is None or found.level > limit or found.interrupted:
        return made, found, count_adders(made.taps)
    limits = subject.limits(options, report)
    found, adders = fewest_adders(subject.aim, subject.layout, subject.step, found, limits, accept)
    return replace(filter, taps=subject.taps(found.words)), found, adders


def _search(
    subject: Subject, aim: Aim, start: tuple[int, ...], options: Optimise, report: Progress
) -> Found:
    return search(aim, subject.layout, subject.step, start, subject.limits(options, report))


def _deepest(subject: Subject, options: Optimise, report: Progress) -> Found:
    """Lower the stop bands while the others may use all that their limits allow.

    With weights t times as large, an error of t in every band is a pass band on its limit and a
    stop band at t; so t falls to what the search reaches until it falls no more.
    """
    start, factor, kept = subject.start, 1.0, None
    for _ in range(_ROUNDS):
        found = _search(subject, subject.aim.with_passes(factor), start, options, report)
        if kept is not None and found.level > factor:
            break
        gained = kept is None or found.level < 0.99 * kept.level
        start, kept = found.words, found
        # A mask that cannot be met has nothing to give away.
        if not gained or found.interrupted or found.level >= 1:
            break
        factor = found.level
    return kept  # type: ignore[return-value]


def _best_gain(
    subject: Subject,
    ideal: Sequence[Fraction],
    mask: Mask | None,
    options: Optimise,
    gain: Fraction,
) -> tuple[Subject, Fraction]:
    """Return the gain, in the octave below the largest, at which a short search goes furthest."""
    quick = replace(options, effort=max(1, options.effort - 4))
    best = (float("inf"), subject, gain)
    for k in range(_SWEEP):
        tried = gain * Fraction(2 ** (-k / _SWEEP))
        candidate = subject_of(ideal, mask, subject.coeff, gain=tried)
        found = _search(candidate, candidate.aim, candidate.start, quick, lambda done, total: None)
        if found.level < best[0]:
            best = (found.level, candidate, tried)
        if found.interrupted:
            break
    return best[1], best[2]


def _clean(ideal: Sequence[Fraction]) -> list[Fraction]:
    """Return taps without the noise that design programs leave in zeros and symmetries."""
    noise = max(abs(tap) for tap in ideal) * _NOISE
    clean = [tap if abs(tap) > noise else Fraction(0) for tap in ideal]
    used = [k for k, tap in enumerate(clean) if tap]
    ends = used[0] + used[-1]
    for sign in (1, -1):
        if all(abs(clean[k] - sign * clean[ends - k]) <= noise for k in used if ends - k >= 0):
            mirrored = {k: (clean[k] + sign * clean[ends - k]) / 2 for k in used}
            return [mirrored.get(k, Fraction(0)) for k in range(len(clean))]
    return clean
