"""`--structure auto`: for each section of a cascade the one that costs and errs least."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fxfir.errors import ArchitectureError, FxfirError
from fxfir.filters import FixedSos, Section
from fxfir.fixed import Cast, Format
from fxfir.spec.hardware import Hardware
from fxfir.spec.words import COUPLED, STRUCTURES, Words

if TYPE_CHECKING:
    from fxfir.quantize import QuantizedSos

__all__ = ["SectionOption", "choose_structures"]

_CLOSE_DB = 60.0
"""Response over coefficient error at which direct forms need no help."""

_CLEARLY_DB = 6.0

_FORMS = {"normal": "normal", "state_variable": "state-variable"}

_ROW = 8
"""Sections in a row to count clocks by."""

_LIKE = 1.1
"""Costs this close are equal, as the cost model is no closer; the smaller error decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionOption:
    """One structure of one section.

    Parameters
    ----------
    structure : str
        A key of `STRUCTURES` or of `COUPLED`.
    section : Section
    luts, dsps : int
        Of the section alone, as `rtl.cost` predicts them.
    slots : int
        Clocks that a sample takes in the section.
    error_lsb : Fraction
        What its roundings add to the output's error at most, certified, in output LSB.
    """

    structure: str
    section: Section
    luts: int
    dsps: int
    slots: int
    error_lsb: Fraction

    def __str__(self) -> str:
        """Return the structure with cost and error."""
        cost = f"{self.luts} LUT, {self.dsps} DSP"
        clocks = f", {self.slots} clocks" if self.slots > 1 else ""
        return f"{self.structure} ({cost}{clocks}, error {float(self.error_lsb):.2f} LSB)"


def choose_structures(
    quantize: Callable[[Words], QuantizedSos], words: Words, hardware: Hardware
) -> QuantizedSos:
    """Quantise in every structure and take the best one for each section.

    Parameters
    ----------
    quantize : callable
        Quantises the cascade with the words it is given.
    words : Words
        Of structure "auto".
    hardware : Hardware
        Whose architecture, target and `minimise` decide what a section costs.

    Returns
    -------
    QuantizedSos
        Its notes say for each section what was taken and what came second.

    Raises
    ------
    FxfirError
        What the first structure raised, if none can be quantised.

    Notes
    -----
    Pairing, order, gains and coefficient words do not depend on the structure, so sections of
    different quantisations fit behind one another; each has the fraction bits that its own
    roundings need for the same share of the output's noise. Word lengths, and with them the cost,
    are what differs. Normal and state-variable form have coefficients of their own and more
    products; they are taken where words of the given width leave the direct forms below 60 dB and
    they come closer. Of the forms that are left the cheapest is taken; among those within 10 % of
    it the one whose roundings can do least harm at the output, each through its own worst-case
    peak gain.
    """
    found: dict[str, QuantizedSos] = {}
    failure: FxfirError | None = None
    names = [*STRUCTURES]
    if words.accuracy != "faithful":
        names += COUPLED
    for name in names:
        try:
            found[name] = quantize(replace(words, structure=name))
        except FxfirError as error:
            failure = failure or error
    if not found:
        assert failure is not None
        raise failure
    able, told = _close_enough(found)
    tables = _tables(able, hardware)
    chosen = [_best(options, hardware) for options in zip(*tables, strict=True)]
    made = _joined(able, chosen)
    texts = [told] if told else []
    for k, (best, *options) in enumerate(zip(chosen, *tables, strict=True)):
        others = [o for o in options if o.structure != best.structure]
        second = f" before {_best(others, hardware)}" if others else ""
        texts.append(f"section {k}: {best}{second}")
    return replace(made, notes=(*made.notes, *texts))


def _close_enough(
    found: Mapping[str, QuantizedSos],
) -> tuple[Mapping[str, QuantizedSos], str]:
    """Leave forms by state equations alone where words are too short for direct forms."""
    coupled = {name: made for name, made in found.items() if name in COUPLED}
    direct = {name: made for name, made in found.items() if name not in COUPLED}
    if not coupled:
        return found, ""
    known = next(iter(direct.values())).searched_db if direct else -math.inf
    best = max(made.searched_db for made in coupled.values())
    if known >= _CLOSE_DB or best < known + _CLEARLY_DB:
        return direct, ""
    near = {n: made for n, made in coupled.items() if made.searched_db > best - _CLEARLY_DB}
    told = " and ".join(f"{m.searched_db:.1f} dB in {_FORMS[n]} form" for n, m in near.items())
    if not direct:
        return near, f"in coefficient words that make direct forms unstable: {told}"
    return near, f"coefficient words keep the response to {known:.1f} dB in direct forms, {told}"


def _tables(found: Mapping[str, QuantizedSos], hardware: Hardware) -> list[list[SectionOption]]:
    """Return the sections of each quantisation with their costs and errors."""
    from fxfir.analysis import cascade_bound

    tables = []
    for name, made in found.items():
        points = cascade_bound(made.filter, made.ideal, made.gain).points
        rows = []
        for k, section in enumerate(made.filter.sections):
            luts, dsps, slots = _cost(section, made.filter.section_inputs[k], hardware)
            error = sum((p.share_lsb for p in points if p.section == k), Fraction(0))
            rows.append(
                SectionOption(
                    structure=name,
                    section=section,
                    luts=luts,
                    dsps=dsps,
                    slots=slots,
                    error_lsb=error,
                )
            )
        tables.append(rows)
    return tables


def _cost(section: Section, input: Format, hardware: Hardware) -> tuple[int, int, int]:
    """Return LUTs and multipliers of a section alone, and its clocks among others."""
    from fxfir.rtl.cost import cost_of
    from fxfir.rtl.sos import ARCHITECTURES

    build = ARCHITECTURES[_architecture(hardware)]
    alone = FixedSos(sections=(section,), input=input, output=Cast(to=section.out.to))
    core = build(alone)
    # A pass of one section also waits for its own last word, which others would hide.
    many = build(replace(alone, sections=(section,) * _ROW)).timing.interval
    clocks = -(-many // _ROW) if many > 1 else 1
    try:
        cost = cost_of(core, hardware.target)
    except ArchitectureError:
        cost = cost_of(core, "generic")
    return cost.luts, cost.dsps, clocks


def _architecture(hardware: Hardware) -> str:
    from fxfir.rtl.sos import ARCHITECTURES

    given: Any = hardware.arch if isinstance(hardware.arch, Mapping) else {"name": hardware.arch}
    name = given.get("name", "auto")
    return str(name) if name in ARCHITECTURES else "parallel"


def _best(options: Sequence[SectionOption], hardware: Hardware) -> SectionOption:
    """Return the cheapest, or of those about as cheap the one with the smallest error."""

    def price(option: SectionOption) -> int:
        return option.dsps if hardware.minimise == "dsp" else option.luts

    fastest = min(o.slots for o in options)
    fast = [o for o in options if o.slots == fastest]
    least = min(map(price, fast))
    like = [o for o in fast if price(o) <= least * _LIKE]
    return min(like, key=lambda o: (o.error_lsb, price(o)))


def _joined(found: Mapping[str, QuantizedSos], chosen: Sequence[SectionOption]) -> QuantizedSos:
    """Return one cascade of the chosen sections."""
    sources = [found[o.structure] for o in chosen]
    last = sources[-1]
    widest = max(sources, key=lambda made: made.output_needed.width)
    return replace(
        last,
        filter=replace(last.filter, sections=tuple(o.section for o in chosen)),
        sections=tuple(made.sections[k] for k, made in enumerate(sources)),
        output_needed=widest.output_needed,
        warnings=widest.warnings,
    )
