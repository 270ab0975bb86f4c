"""Where a specification asks for a search: taps, words and widths that meet its mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from fxfir.errors import DesignError, FxfirError, SpecError
from fxfir.spec.fir import FirSpec
from fxfir.spec.hardware import Hardware
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.design import FirDesign
    from fxfir.quantize import QuantizedFir
    from fxfir.quantize.optimise import Progress, SearchReport, WidthRow

__all__ = ["Outcome", "ParetoRow", "check_width_is_open", "goal_for", "search_fir"]

_MOST_EXTRA_TAPS = 8
_STALE = 4
"""Lengths in a row that save no bit before the search ends."""
_LESS_EFFORT = 2

Designer = Callable[[int | None], "FirDesign"]
Quantiser = Callable[["FirDesign", Words], "QuantizedFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoRow:
    """A filter that meets the mask.

    Parameters
    ----------
    n_taps : int
    width : int
        Coefficient bits.
    adders : int
        Of a multiplierless core in all.
    best : bool
        Whether no other has fewer of one and no more of the others.
    """

    n_taps: int
    width: int
    adders: int
    best: bool = False

    def is_beaten_by(self, other: ParetoRow) -> bool:
        """Tell whether another is nowhere worse and somewhere better."""
        mine = (self.n_taps, self.width, self.adders)
        its = (other.n_taps, other.width, other.adders)
        return its != mine and all(a <= b for a, b in zip(its, mine, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A filter found, and what was tried on the way.

    Parameters
    ----------
    design : FirDesign or SosDesign
    quantized : QuantizedFir or QuantizedSos
    width : int or None
        Coefficient bits found, where they were looked for.
    widths : tuple of WidthRow
        Coefficient widths tried for its number of taps.
    rounding_width : int or None
        Fewest bits by which rounding would have met the mask, where widths were tried.
    pareto : tuple of ParetoRow
        Numbers of taps tried, where that was open.
    """

    design: Any
    quantized: Any
    width: int | None = None
    widths: tuple[WidthRow, ...] = ()
    rounding_width: int | None = None
    pareto: tuple[ParetoRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what the search came to as plain data."""
        said: SearchReport | None = self.quantized.search
        found: dict[str, Any] = {} if said is None else said.to_json()
        if self.widths:
            found["width"] = self.width
            found["widths"] = [asdict(row) for row in self.widths]
            found["rounding_width"] = self.rounding_width
        if self.pareto:
            found["pareto"] = [asdict(row) for row in self.pareto]
        return found


def goal_for(options: Optimise, hardware: Hardware, mask: Mask | None) -> Optimise:
    """Return the options with "auto" decided by the architecture.

    Raises
    ------
    SpecError
        If the goal or `meet_mask` needs limits that the mask has not.
    """
    arch = hardware.arch
    name = arch.get("name") if isinstance(arch, Mapping) else arch
    limited = mask is not None and mask.has_limits
    goal = options.goal
    if goal == "auto":
        goal = "adders" if limited and name == "multiplierless" else "minimax"
    if not limited and (goal in ("adders", "stopband") or options.meet_mask is not None):
        what = f"goal {goal!r}" if options.meet_mask is None else "meet_mask"
        raise SpecError(f"{what} needs bands with ripple_db or attenuation_db, got none")
    return replace(options, goal=goal)


def check_width_is_open(words: Words) -> None:
    """Refuse a coefficient width where the search is to find it.

    Raises
    ------
    SpecError
        If there is one.
    """
    for name in ("coeff", "coeff_width"):
        if getattr(words, name) is not None:
            raise SpecError(
                f"meet_mask finds the coefficient width, got {name} = {getattr(words, name)}"
            )


def search_fir(
    item: FirSpec,
    design_of: Designer,
    quantise: Quantiser,
    words: Words,
    options: Optimise,
    *,
    report: Progress,
) -> Outcome:
    """Search the words of a FIR filter and, where asked for, their width and number.

    Parameters
    ----------
    item : FirSpec
    design_of : callable
        `design_of(n_taps)` returns the float design; None leaves the number to it.
    quantise : callable
        `quantise(design, words)` rounds it.
    words : Words
    options : Optimise
        With a goal that is decided; see `goal_for`.
    report : callable
        `report(done, total)`.

    Returns
    -------
    Outcome

    Raises
    ------
    SpecError
        If the width is to be found and was given too, or the taps are codes.
    DesignError
        If no width meets the mask; the message names the band.
    """
    design = design_of(None)
    if design.codes is not None:
        raise SpecError("a search needs real taps, got integer codes")
    if words.accuracy is not None:
        raise SpecError(
            f"a search judges the response and accuracy the samples, got accuracy "
            f"{words.accuracy!r} with it"
        )
    if options.meet_mask is None:
        return _searched(design, quantise, words, options, report)
    check_width_is_open(words)
    is_open = getattr(item, "n_taps", 0) is None and getattr(item, "span_symbols", None) is None
    if not is_open or options.meet_mask == "taps":
        return _narrowest(design, quantise, words, options, report)
    return _pareto(design, design_of, quantise, words, options, report)


def _searched(
    design: FirDesign,
    quantise: Quantiser,
    words: Words,
    options: Optimise,
    report: Progress,
) -> Outcome:
    from fxfir.quantize.fir import with_words
    from fxfir.quantize.optimise import optimise_words

    base = quantise(design, words)
    mask = design.mask
    made, gain, said = optimise_words(
        base.filter,
        base.ideal,
        mask,
        options,
        gain=base.gain,
        sweep=words.scale_taps,
        report=report,
    )
    return Outcome(design=design, quantized=with_words(base, made, gain=gain, search=said))


def _narrowest(
    design: FirDesign,
    quantise: Quantiser,
    words: Words,
    options: Optimise,
    report: Progress,
) -> Outcome:
    from fxfir.quantize.optimise import FirWidths, least_width

    def at(width: int) -> QuantizedFir:
        return quantise(design, replace(words, coeff_width=width))

    mask = design.mask
    if mask is None:
        raise SpecError("meet_mask needs bands, got none")
    found = least_width(FirWidths(at, mask), mask, options, report=report)
    return Outcome(
        design=design,
        quantized=found.best,
        width=found.width,
        widths=found.rows,
        rounding_width=found.rounding_width,
    )


def _pareto(
    design: FirDesign,
    design_of: Designer,
    quantise: Quantiser,
    words: Words,
    options: Optimise,
    report: Progress,
) -> Outcome:
    """Try some more taps than the float design needs; the fewest bits win, then the fewest taps."""
    from fxfir.quantize.optimise import count_adders

    quick = replace(
        options, effort=max(1, options.effort - _LESS_EFFORT), goal="minimax", prove=False
    )
    rows: list[ParetoRow] = []
    best: Outcome | None = None
    refusal: DesignError | None = None
    stale = 0
    for extra in range(_MOST_EXTRA_TAPS + 1):
        try:
            tried = design if extra == 0 else design_of(design.n_taps + extra)
        except FxfirError:  # a parity that the kind of filter cannot have
            continue
        try:
            found = _narrowest(tried, quantise, words, quick, report)
        except DesignError as error:
            refusal = error
            continue
        filter = found.quantized.filter
        adders = count_adders(filter.taps).total
        rows.append(ParetoRow(n_taps=filter.n_taps, width=filter.coeff.width, adders=adders))
        stale += 1
        if best is None or filter.coeff.width < best.quantized.filter.coeff.width:
            best, stale = found, 0
        if stale >= _STALE or _interrupted(found):
            break
    if best is None:
        raise refusal or DesignError("no number of taps within reach meets the mask")
    if not _interrupted(best) and options != quick:
        again = _searched(
            best.design,
            quantise,
            replace(words, coeff_width=best.quantized.filter.coeff.width),
            options,
            report,
        )
        if _kept(again) and not _interrupted(again):
            best = replace(best, quantized=again.quantized)
    marked = [replace(r, best=not any(r.is_beaten_by(other) for other in rows)) for r in rows]
    return replace(best, pareto=tuple(marked))


def _interrupted(found: Outcome) -> bool:
    said: SearchReport | None = found.quantized.search
    return said is not None and said.interrupted


def _kept(found: Outcome) -> bool:
    from fxfir.analysis import judge_filter

    quantized = found.quantized
    mask = found.design.mask
    if mask is None:
        return False
    verdict = judge_filter(mask, quantized.filter, gain=float(quantized.gain))
    return verdict.passed and verdict.proven
