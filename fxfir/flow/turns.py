"""Cascades of channels that take turns in one engine, made alike in length and word lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fxfir.analysis import cascade_bound, pole_pair
from fxfir.errors import SpecError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, Cast, Format
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.quantize import QuantizedSos

__all__ = ["in_turn", "made_alike"]

_THROUGH = tuple(Fraction(v) for v in (1, 0, 0, 1, 0, 0))


def in_turn(lanes: Sequence[Any], words: Sequence[Words]) -> list[Any]:
    """Return the lanes of channels, cascades made alike; see `made_alike`.

    Parameters
    ----------
    lanes : sequence of CompiledLane, shape (n_channels,)
    words : sequence of Words, shape (n_channels,)

    Raises
    ------
    SpecError
        If a faithful cascade cannot be certified with the other channels' words.
    """
    if any(lane.kind != "sos" for lane in lanes):
        return list(lanes)
    found = []
    made = made_alike([lane.quantized for lane in lanes])
    for k, (lane, asked, after) in enumerate(zip(lanes, words, made, strict=True)):
        if asked.accuracy == "faithful" and after is not lane.quantized:
            bound = cascade_bound(after.filter, after.ideal, after.gain)
            if not bound.is_faithful:
                raise SpecError(
                    "a faithful output needs channels of as many sections, got an error of "
                    f"{float(bound.error_lsb or 0):.3g} LSB in channel {k}"
                )
        found.append(replace(lane, quantized=after))
    return found


def made_alike(channels: Sequence[QuantizedSos]) -> tuple[QuantizedSos, ...]:
    """Give cascades of different filters the same number of sections and the same words inside.

    Parameters
    ----------
    channels : sequence of QuantizedSos, shape (n_channels,)
        Of the same input and output.

    Returns
    -------
    tuple of QuantizedSos, shape (n_channels,)
        As they were, if their sections have not all one form.

    Notes
    -----
    Words grow and never shrink, at both ends, so no cast rounds more coarsely or overflows earlier
    than before. A cascade with fewer sections begins with sections that pass their input through,
    which rounds nothing, so that all last sections meet; a certificate may count a cast there all
    the same, where its sum has bits below the word (df1t, error feedback).
    """
    lists: list[list[Any]] = [list(made.filter.sections) for made in channels]
    kinds = {(s.kind, getattr(s, "feedback", None) is None) for part in lists for s in part}
    one_form = len(kinds) == 1 and all(isinstance(s, Direct) for part in lists for s in part)
    if not one_form:
        return tuple(channels)
    longest = max(lists, key=len)
    for sections in lists:
        sections[:0] = [_through(like) for like in longest[: len(longest) - len(sections)]]
    before: tuple[Format, ...] = tuple(made.filter.input for made in channels)
    for k in range(len(longest)):
        row = [sections[k] for sections in lists]
        if not _share(row, last=k == len(longest) - 1):
            row = _alike(row, before)
        for sections, section in zip(lists, row, strict=True):
            sections[k] = section
        before = tuple(section.out.to for section in row)
    return tuple(
        _rebuilt(made, tuple(sections)) for made, sections in zip(channels, lists, strict=True)
    )


def _share(row: Sequence[Direct], *, last: bool) -> bool:
    """Tell whether these sections share their casts as they are.

    Words of one length do, whatever their binary points; not so the last ones, and errors. A state
    that is added to an output must stand at one distance from it.
    """
    if any(s.a == (0, 0) or s.feedback is not None for s in row):
        return False
    if last and len({s.out.to for s in row}) > 1:
        return False
    return len({(_widths(s), _distance(s)) for s in row}) == 1


def _widths(section: Direct) -> tuple[int, ...]:
    return tuple(c.to.width for c in (section.out, section.state) if c is not None)


def _distance(section: Direct) -> int:
    if section.state is None or section.form not in (Form.DF1T, Form.DF2T):
        return 0
    return section.state.to.frac - section.out.to.frac


def _through(like: Direct) -> Direct:
    """Return a section of a form that leaves its input as it is."""
    feedback = None if like.feedback is None else (0, 0)
    return replace(
        like, b=(1, 0, 0), a=(0, 0), b_coeff=SQ(2, 0), a_coeff=SQ(2, 0), feedback=feedback
    )


def _alike(sections: Sequence[Direct], inputs: Sequence[Format]) -> list[Direct]:
    """Return one section of each channel with the widest casts of all."""
    # A section that passes its input through has no format of its own yet.
    passing = [fmt for s, fmt in zip(sections, inputs, strict=True) if s.a == (0, 0)]
    out = _hull([*(s.out.to for s in sections), *passing])
    states = [s.state.to for s in sections if s.state is not None]
    if sections[0].form in (Form.DF2, Form.DF1T):
        # The state's sum takes the input as it is.
        states += [replace(fmt, width=1 + fmt.signed) for fmt in inputs]
    found = []
    for section in sections:
        state = section.state
        if state is not None:
            state = _to(state, _hull(states))
        found.append(replace(section, out=_to(section.out, out), state=state))
    if any(s.feedback is not None for s in found):
        # Errors are shared words too: their binary point is that of the products.
        b, a = max(s.b_coeff.frac for s in found), max(s.a_coeff.frac for s in found)
        found = [_finer(s, b, a) for s in found]
    return found


def _to(cast: Cast, fmt: Format) -> Cast:
    return replace(cast, to=fmt)


def _hull(formats: Sequence[Format]) -> Format:
    """Return the narrowest format that holds all others."""
    signed = any(fmt.signed for fmt in formats)
    frac = max(fmt.frac for fmt in formats)
    whole = max(fmt.width - fmt.signed - fmt.frac for fmt in formats)
    return Format(signed=signed, width=max(1, whole + frac + signed), frac=frac)


def _finer(section: Direct, b_frac: int, a_frac: int) -> Direct:
    """Return a section with more zeros below its coefficients."""
    b, a = b_frac - section.b_coeff.frac, a_frac - section.a_coeff.frac
    return replace(
        section,
        b=tuple(word << b for word in section.b),
        a=tuple(word << a for word in section.a),
        b_coeff=replace(section.b_coeff, width=section.b_coeff.width + b, frac=b_frac),
        a_coeff=replace(section.a_coeff, width=section.a_coeff.width + a, frac=a_frac),
    )


def _rebuilt(made: QuantizedSos, sections: tuple[Direct, ...]) -> QuantizedSos:
    if sections == made.filter.sections:
        return made
    filter = FixedSos(sections=sections, input=made.filter.input, output=made.filter.output)
    extra = len(sections) - len(made.sections)
    frac = made.filter.output.to.frac
    still = pole_pair(0, 0)
    through = [
        replace(made.sections[0], origin=len(made.ideal) + k, before=still, after=still)
        for k in range(extra)
    ]
    reports = [
        replace(report, guard_bits=section.out.to.frac - frac)
        for report, section in zip([*through, *made.sections], sections, strict=True)
    ]
    passing = f", {extra} passing through" if extra else ""
    note = f"words inside are as long as the other channels need{passing}"
    return replace(
        made,
        filter=filter,
        ideal=(*made.ideal, *(_THROUGH,) * extra),
        sections=tuple(reports),
        notes=(*made.notes, note),
    )
