"""Cascades of second-order sections as integers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fxfir.errors import FilterError, SectionError
from fxfir.filters.node import integers
from fxfir.filters.state_space import StateSpace
from fxfir.fixed import Cast, Format

__all__ = ["Direct", "FixedSos", "Form", "Section"]


class Form(Enum):
    """The four direct forms. S is the `state` cast, Y the `out` cast; right-hand sides use old
    states, and a fed-back y is always the value after Y.
    """

    DF1 = "df1"
    """y = Y(b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2)."""
    DF2 = "df2"
    """w = S(x - a1 w1 - a2 w2); y = Y(b0 w + b1 w1 + b2 w2)."""
    DF1T = "df1t"
    """w = S(x + r1); r1 = S(-a1 w + r2); r2 = S(-a2 w); y = Y(b0 w + t1); t1 = S(b1 w + t2);
    t2 = S(b2 w)."""
    DF2T = "df2t"
    """y = Y(b0 x + s1); s1 = S(b1 x - a1 y + s2); s2 = S(b2 x - a2 y)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """One second-order section in a direct form, with its own formats.

    Parameters
    ----------
    form : Form or str
        Decides numbers, so it belongs to the contract and not to the hardware.
    b : sequence of int, shape (3,)
        Numerator words b0, b1, b2.
    a : sequence of int, shape (2,)
        Denominator words a1, a2; a0 = 1, signs as scipy's: y = ... - a1 y1 - a2 y2.
    b_coeff, a_coeff : Format
        Formats of `b` and `a`.
    state : Cast or None
        S; None exactly for DF1, whose states are the input and output samples.
    out : Cast
        Y.
    feedback : sequence of int, shape (2,), or None
        Error feedback e1, e2 (DF1 only): v = sum - e1 err1 - e2 err2; y = Y(v);
        err = v - round(v), taken before overflow.

    Raises
    ------
    SectionError
        If a field is of wrong type or shape, a coefficient does not fit its format, or `state`
        or `feedback` does not go with the form.
    """

    form: Form
    b: tuple[int, ...]
    a: tuple[int, ...]
    b_coeff: Format
    a_coeff: Format
    state: Cast | None
    out: Cast
    feedback: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "form", Form(self.form))
        except ValueError:
            known = ", ".join(f.value for f in Form)
            raise SectionError(f"form must be one of {known}, got {self.form!r}") from None
        for name, kind in (("b_coeff", Format), ("a_coeff", Format), ("out", Cast)):
            if not isinstance(getattr(self, name), kind):
                raise SectionError(f"{name} must be a {kind.__name__}, got {getattr(self, name)!r}")
        for name, count, fmt in (("b", 3, self.b_coeff), ("a", 2, self.a_coeff)):
            words = integers(getattr(self, name), name)
            if len(words) != count:
                raise SectionError(f"{name} must hold {count} coefficients, got {len(words)}")
            for k, word in enumerate(words):
                if not fmt.contains(word):
                    index = k + (name == "a")
                    raise SectionError(
                        f"{name}{index} must fit {fmt} [{fmt.lo}, {fmt.hi}], got {word}"
                    )
            object.__setattr__(self, name, words)
        if self.form is Form.DF1 and self.state is not None:
            raise SectionError(f"a df1 section has no state cast, got {self.state!r}")
        if self.form is not Form.DF1 and not isinstance(self.state, Cast):
            raise SectionError(
                f"a {self.form.value} section needs a state cast, got {self.state!r}"
            )
        if self.feedback is not None:
            if self.form is not Form.DF1:
                raise SectionError(f"error feedback needs form df1, got {self.form.value}")
            words = integers(self.feedback, "feedback")
            if len(words) != 2:
                raise SectionError(f"feedback must hold 2 coefficients, got {len(words)}")
            object.__setattr__(self, "feedback", words)

    @property
    def kind(self) -> str:
        """Name of the structure."""
        return self.form.value


Section = Direct | StateSpace
"""What a cascade is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSos:
    """A cascade of second-order sections; the first section sees the input first.

    Parameters
    ----------
    sections : sequence of Direct or StateSpace, shape (n_sections,)
        Section k reads the `out` format of section k-1.
    input : Format
        Format of x.
    output : Cast
        Applied to the last section's output.

    Raises
    ------
    SectionError
        If there is no section.
    FilterError
        If a field is of the wrong type.
    """

    sections: tuple[Section, ...]
    input: Format
    output: Cast

    def __post_init__(self) -> None:
        object.__setattr__(self, "sections", tuple(self.sections))
        if not self.sections:
            raise SectionError("a cascade needs at least one section, got none")
        for k, section in enumerate(self.sections):
            if not isinstance(section, Direct | StateSpace):
                raise SectionError(
                    f"sections must be Direct or StateSpace, got sections[{k}] = {section!r}"
                )
        for name, kind in (("input", Format), ("output", Cast)):
            if not isinstance(getattr(self, name), kind):
                raise FilterError(f"{name} must be a {kind.__name__}, got {getattr(self, name)!r}")

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return (self.input,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.output.to,)

    @property
    def section_inputs(self) -> tuple[Format, ...]:
        """Format that each section reads, shape (n_sections,)."""
        return (self.input, *(s.out.to for s in self.sections[:-1]))
