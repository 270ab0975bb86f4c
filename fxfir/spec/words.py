"""Word lengths, rounding and overflow that a user asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fxfir.errors import FormatError, SpecError
from fxfir.filters.sos import Form
from fxfir.fixed import SQ, Format, Overflow, Rounding
from fxfir.spec.check import choice, count

__all__ = ["ACCURACIES", "COUPLED", "NORMS", "STRUCTURES", "Words"]

NORMS = ("none", "l1", "linf", "l2")
"""Norms by which the sections of a cascade may be scaled against overflow."""

ACCURACIES = ("noise", "faithful")
"""What decides the words inside a cascade: round-off noise, or an error below one output LSB."""

STRUCTURES: dict[str, tuple[Form, bool]] = {
    "df1": (Form.DF1, False),
    "df1_feedback": (Form.DF1, True),
    "df2": (Form.DF2, False),
    "df1t": (Form.DF1T, False),
    "df2t": (Form.DF2T, False),
}
"""What `structure` may name: form, and whether rounding errors are fed back."""

COUPLED = ("normal", "state_variable")
"""Forms by state equations that `structure` may name as well."""

_DEFAULT_COEFF_WIDTH = 16
_WIDEST = 256
_FINEST = 512
_DEFAULT_INPUT = SQ(1, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a filter. Formats may be given as text such as `sfix16_En15`.

    Parameters
    ----------
    input : Format or str, optional
        Format of x; default sfix16_En15.
    output : Format or str or None, optional
        Format of y; None is the input format.
    coeff : Format or str or None, optional
        Format of the taps, or of all section coefficients.
    coeff_width : int or None, optional
        Bits of a coefficient whose fraction length is chosen to fit; 16 if `coeff` is not given.
    rounding : Rounding or str, optional
        Of the output cast and, in a cascade, of every cast inside.
    overflow : Overflow or str, optional
        Of the output cast; casts inside a cascade always saturate.
    scale_taps : bool, optional
        Let the gain change so that the coefficients use their full range.
    form : Form or str or None, optional
        Form of the sections of a cascade; None leaves it to the quantiser.
    norm : str or None, optional
        One of `NORMS`, by which sections are scaled; None leaves it to the quantiser.
    section_width : int or None, optional
        Bits of all states and of the words between sections.
    guard_bits : int or None, optional
        Instead of `section_width`: fraction bits that states and sections have beyond the output.
    error_feedback : bool or None, optional
        Feed rounding errors back (df1 only); None leaves it to the quantiser, as do the two above.
    accuracy : str or None, optional
        One of `ACCURACIES`. "faithful" derives all word lengths of a filter so that its output is
        within one LSB of the ideal one for every input; `coeff_width` and `section_width` are then
        what they may not exceed.
    structure : str or None, optional
        A key of `STRUCTURES`, which is `form` and `error_feedback` in one word; one of `COUPLED`:
        "normal", the normal form of every pole pair, or "state_variable"; or "auto", which takes
        for each section of a cascade the one that costs and errs least.
    look_ahead : int or None, optional
        Samples that the recursions of a cascade reach back at least, 2 to 8, so that as many clock
        edges may lie in their loops.

    Raises
    ------
    FormatError
        If a format does not parse, or is wider than 256 bits or more than 512 bits off the binary
        point: doubles, in which responses are computed, end there.
    SpecError
        If a name is unknown, a width is no positive integer up to 256, or two fields say the same
        thing twice.

    Examples
    --------
    >>> words = Words(input="sfix12_En11", rounding="floor")
    >>> str(words.output_format), words.coeff_bits, words.rounding
    ('sfix12_En11', 16, <Rounding.FLOOR: 'floor'>)
    """

    input: Format = _DEFAULT_INPUT
    output: Format | None = None
    coeff: Format | None = None
    coeff_width: int | None = None
    rounding: Rounding = Rounding.HALF_EVEN
    overflow: Overflow = Overflow.SATURATE
    scale_taps: bool = False
    form: Form | None = None
    norm: str | None = None
    section_width: int | None = None
    guard_bits: int | None = None
    error_feedback: bool | None = None
    accuracy: str | None = None
    structure: str | None = None
    look_ahead: int | None = None

    def __post_init__(self) -> None:
        for name in ("input", "output", "coeff"):
            value = getattr(self, name)
            if value is not None or name == "input":
                object.__setattr__(self, name, _format(value, name))
        if self.coeff is not None and self.coeff_width is not None:
            raise SpecError(
                f"coeff holds the width already, got coeff = {self.coeff} "
                f"and coeff_width = {self.coeff_width!r}"
            )
        if self.coeff_width is not None:
            object.__setattr__(
                self, "coeff_width", count(self.coeff_width, "coeff_width", 2, _WIDEST)
            )
        if self.section_width is not None and self.guard_bits is not None:
            raise SpecError(
                f"section_width decides the guard bits, got section_width = "
                f"{self.section_width!r} and guard_bits = {self.guard_bits!r}"
            )
        for name, least in (("section_width", 2), ("guard_bits", 0)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, count(getattr(self, name), name, least, _WIDEST))
        if self.look_ahead is not None:
            object.__setattr__(self, "look_ahead", count(self.look_ahead, "look_ahead", 2, 8))
        object.__setattr__(self, "rounding", _member(Rounding, self.rounding, "rounding"))
        object.__setattr__(self, "overflow", _member(Overflow, self.overflow, "overflow"))
        if self.form is not None:
            object.__setattr__(self, "form", _member(Form, self.form, "form"))
        if self.structure is not None:
            self._read_structure()
        if self.norm is not None:
            choice(self.norm, "norm", NORMS)
        if self.accuracy is not None:
            choice(self.accuracy, "accuracy", ACCURACIES)
        if self.accuracy == "faithful":
            self._check_faithful()
        if not isinstance(self.scale_taps, bool):
            raise SpecError(f"scale_taps must be true or false, got {self.scale_taps!r}")
        if self.error_feedback is not None and not isinstance(self.error_feedback, bool):
            raise SpecError(f"error_feedback must be true or false, got {self.error_feedback!r}")

    def _read_structure(self) -> None:
        """Turn the name of a direct form into what it stands for."""
        name = choice(self.structure, "structure", ("auto", *STRUCTURES, *COUPLED))
        for other in ("form", "error_feedback"):
            value = getattr(self, other)
            if value is not None:
                shown = value.value if isinstance(value, Form) else value
                raise SpecError(f"structure decides the {other}, got {name} and {shown}")
        if name in COUPLED and self.accuracy == "faithful":
            raise SpecError(f"a faithful cascade is made of direct forms, got structure {name}")
        if name in STRUCTURES:
            form, feedback = STRUCTURES[name]
            object.__setattr__(self, "structure", None)
            object.__setattr__(self, "form", form)
            object.__setattr__(self, "error_feedback", feedback)

    def _check_faithful(self) -> None:
        """Refuse what a faithful filter decides by itself."""
        for name in ("coeff", "guard_bits"):
            value = getattr(self, name)
            if value is not None:
                raise SpecError(f"a faithful filter derives its {name}, got {value}")
        if self.norm not in (None, "l1"):
            raise SpecError(f"a faithful cascade is scaled by norm l1, got {self.norm}")

    @property
    def output_format(self) -> Format:
        """Format of y: `output`, or the input format."""
        return self.output if self.output is not None else self.input

    @property
    def coeff_bits(self) -> int:
        """Bits of a coefficient: those of `coeff`, `coeff_width`, or 16."""
        if self.coeff is not None:
            return self.coeff.width
        return self.coeff_width if self.coeff_width is not None else _DEFAULT_COEFF_WIDTH


def _format(value: Any, name: str) -> Format:
    try:
        fmt = value if isinstance(value, Format) else Format.parse(value)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None
    if fmt.width > _WIDEST:
        raise FormatError(f"{name}: a format must have at most {_WIDEST} bits, got {fmt}")
    if abs(fmt.frac) > _FINEST:
        raise FormatError(
            f"{name}: a format must have {-_FINEST} to {_FINEST} fraction bits, got {fmt}"
        )
    return fmt


def _member(kind: Any, value: Any, name: str) -> Any:
    if isinstance(value, kind):
        return value
    return kind(choice(value, name, [member.value for member in kind]))
