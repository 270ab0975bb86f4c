"""Cascades that the tests of all architectures share."""

from __future__ import annotations

from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding

FORMS = tuple(Form)


def make(form: Form | str, **changes) -> Direct:
    """A mild low-pass section with one guard bit in its states."""
    form = Form(form)
    fields = {
        "form": form,
        "b": (2217, 4433, 2217),
        "a": (-24871, 9793),
        "b_coeff": SQ(1, 15),
        "a_coeff": SQ(2, 14),
        "state": None if form is Form.DF1 else Cast(to=Format.parse("sfix20_En17")),
        "out": Cast(to=SQ(1, 15)),
    }
    return Direct(**(fields | changes))


def cascade(*sections: Direct, input: Format | None = None, output: Cast | None = None) -> FixedSos:
    return FixedSos(
        sections=sections, input=input or SQ(1, 15), output=output or Cast(to=SQ(1, 15))
    )


def narrow(form: Form, rounding: Rounding, overflow: Overflow) -> FixedSos:
    """Few bits everywhere: ties, wraps and rails in almost every sample."""
    state = None if form is Form.DF1 else Cast(to=SQ(3, 3), rounding=rounding, overflow=overflow)
    section = Direct(
        form=form,
        b=(5, -3, 6),
        a=(-6, 3),
        b_coeff=SQ(2, 2),
        a_coeff=SQ(2, 2),
        state=state,
        out=Cast(to=SQ(2, 3), rounding=rounding, overflow=overflow),
    )
    return cascade(
        section,
        input=SQ(2, 4),
        output=Cast(to=SQ(1, 2), rounding=rounding, overflow=overflow),
    )


def high_q(form: Form) -> FixedSos:
    """Poles at radius 0.9997 and gain far above 1: the loop lives in saturation."""
    state = None if form is Form.DF1 else Cast(to=SQ(2, 15))
    section = make(
        form, b=(30000, 0, -30000), a=(-32512, 16374), state=state, out=Cast(to=SQ(1, 15))
    )
    return cascade(section, section)


def unsigned(form: Form) -> FixedSos:
    """Unsigned input, unsigned words between the sections and at the output."""
    state = None if form is Form.DF1 else Cast(to=SQ(3, 9))
    sections = (
        make(form, state=state, out=Cast(to=UQ(1, 9))),
        make(form, state=state, out=Cast(to=UQ(0, 10), rounding=Rounding.HALF_UP)),
    )
    return cascade(*sections, input=UQ(0, 12), output=Cast(to=UQ(0, 8)))


def mixed() -> FixedSos:
    """All forms at once, every section with formats, roundings and overflows of its own."""
    return cascade(
        make("df1", b_coeff=SQ(3, 13), a_coeff=SQ(2, 14), out=Cast(to=SQ(2, 11))),
        make(
            "df2t",
            b_coeff=SQ(1, 15),
            a_coeff=SQ(4, 12),
            a=(-6000, 3000),
            state=Cast(to=SQ(2, 9), rounding=Rounding.FLOOR, overflow=Overflow.WRAP),
            out=Cast(to=SQ(1, 17), rounding=Rounding.HALF_AWAY),
        ),
        make(
            "df1",
            feedback=(-2, 1),
            out=Cast(to=SQ(3, 9), rounding=Rounding.HALF_UP),
        ),
        make(
            "df1t",
            state=Cast(to=SQ(5, 7), rounding=Rounding.CEIL),
            out=Cast(to=SQ(4, 6), rounding=Rounding.HALF_DOWN),
        ),
        make(
            "df2",
            state=Cast(to=SQ(4, 8), rounding=Rounding.TO_ZERO),
            out=Cast(to=SQ(3, 7), overflow=Overflow.WRAP),
        ),
        make("df2t", b=(16384, 0, 0), a=(0, 0), out=Cast(to=SQ(4, 6))),
        output=Cast(to=SQ(2, 5), rounding=Rounding.CEIL),
    )


def trivial() -> list[FixedSos]:
    """Sections with most coefficients zero or a power of two, in every form."""
    rows = [
        ((1 << 14, 0, 0), (0, 0)),
        ((0, 0, 0), (0, 0)),
        ((0, 0, 1 << 13), (0, 0)),
        ((0, -(1 << 14), 0), (0, 1 << 13)),
        ((1 << 14, 0, 1 << 14), (1 << 13, 0)),
        ((0, 0, 0), (-(1 << 14), -(1 << 13))),
        ((-(1 << 15), 1 << 14, 0), (-(1 << 15), 1 << 14)),
    ]
    return [
        cascade(*(make(form, b=b, a=a, b_coeff=SQ(2, 14)) for form in order))
        for b, a in rows
        for order in (
            [Form.DF1],
            [Form.DF2],
            [Form.DF1T],
            [Form.DF2T],
            [Form.DF2T, Form.DF1, Form.DF2, Form.DF1T, Form.DF1],
        )
    ]
