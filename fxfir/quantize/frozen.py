"""Everything about the words of a cascade but the words: for coefficients that still move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fxfir.errors import SectionError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import Cast, Format
from fxfir.quantize.arrange import Grid, as_given
from fxfir.quantize.casts import lay_out
from fxfir.quantize.coefficients import check_width, narrowest
from fxfir.quantize.layout import Casts, Layout
from fxfir.quantize.norms import prove_norms
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import read_sections
from fxfir.quantize.words import round_words

__all__ = ["FrozenCascade", "freeze_cascade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCascade:
    """Gains and formats of a cascade.

    Parameters
    ----------
    gains : tuple of float, shape (n_sections,)
        What each numerator is multiplied by; their product is 1.
    b_coeffs, a_coeffs : tuple of Format, shape (n_sections,)
        Formats of the coefficient words.
    casts : tuple of Casts, shape (n_sections,)
    form : Form
    input : Format
    output : Cast
    error_feedback : bool
    """

    gains: tuple[float, ...]
    b_coeffs: tuple[Format, ...]
    a_coeffs: tuple[Format, ...]
    casts: tuple[Casts, ...]
    form: Form
    input: Format
    output: Cast
    error_feedback: bool

    def filter(self, b: Sequence[Sequence[int]], a: Sequence[Sequence[int]]) -> FixedSos:
        """Return the cascade of the words b [n_sections][3] and a [n_sections][2].

        Zero bits that all words of a section share are dropped, which changes no value.

        Raises
        ------
        SectionError
            If a numerator is all zeros.
        """
        sections = []
        for k, casts in enumerate(self.casts):
            if not any(b[k]):
                raise SectionError(
                    f"a numerator must stay above half an LSB of {self.b_coeffs[k]}, "
                    f"got zeros in section {k}"
                )
            b_words, b_coeff = narrowest(b[k], self.b_coeffs[k].frac)
            a_words, a_coeff = narrowest(a[k], self.a_coeffs[k].frac)
            feedback = None
            if self.error_feedback:
                feedback = tuple(round(w * self.a_coeffs[k].step) for w in a[k])
            sections.append(
                Direct(
                    form=self.form,
                    b=b_words,
                    a=a_words,
                    b_coeff=b_coeff,
                    a_coeff=a_coeff,
                    state=casts.state,
                    out=casts.out,
                    feedback=feedback,
                )
            )
        return FixedSos(sections=tuple(sections), input=self.input, output=self.output)


def freeze_cascade(
    sos: Any,
    *,
    input: Format,
    output: Cast,
    coeff_width: int = 18,
    max_coeff_frac: int | None = None,
    form: Form = Form.DF2T,
    scaling: Scaling = Scaling.LINF,
    guard_bits: int | None = None,
    section_width: int | None = None,
    error_feedback: bool = False,
) -> FrozenCascade:
    """Choose gains and formats as `quantize_sos` does, order and pairing as given.

    Parameters
    ----------
    sos : array_like of real numbers, shape (n_sections, 6)
        The coefficients to choose for; others near them will do as well.
    input : Format
    output : Cast
    coeff_width, max_coeff_frac, form, scaling, guard_bits, section_width, error_feedback
        As in `quantize_sos`.

    Raises
    ------
    FxfirError
        As `quantize_sos`.
    """
    check_width(coeff_width, "coeff_width")
    if error_feedback and form is not Form.DF1:
        raise SectionError(f"error feedback needs form df1, got {form.value}")
    exact, _ = read_sections(sos)
    grid = Grid(exact)
    scaled = scale_sections(as_given(exact), scaling, grid, max_coeff_frac)
    words = tuple(round_words(s, coeff_width, max_coeff_frac) for s in scaled)
    feedback = None
    if error_feedback:
        feedback = tuple((round(w.values()[1][0]), round(w.values()[1][1])) for w in words)
    layout = Layout(
        form=form,
        input=input,
        output=output,
        scaling=scaling,
        guard_bits=guard_bits,
        section_width=section_width,
        feedback=feedback,
    )
    casts = lay_out(words, layout, grid, prove_norms(words, layout))
    gains = []
    for before, after in zip(exact, scaled, strict=True):
        lead = max(range(3), key=lambda i: abs(before.b[i]))
        gains.append(float(after.b[lead] / before.b[lead]))
    return FrozenCascade(
        gains=tuple(gains),
        b_coeffs=tuple(w.b_coeff for w in words),
        a_coeffs=tuple(w.a_coeff for w in words),
        casts=casts,
        form=form,
        input=input,
        output=output,
        error_feedback=error_feedback,
    )
