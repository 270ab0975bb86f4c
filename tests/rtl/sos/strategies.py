"""Random cascades of few bits: every form, format, rounding and overflow."""

from __future__ import annotations

from hypothesis import strategies as st

from fxfir.filters import Direct, FixedSos, Form, StateSpace
from fxfir.fixed import Cast, Format, Overflow, Rounding


@st.composite
def formats(draw, most: int = 8) -> Format:
    width = draw(st.integers(1, most))
    return Format(signed=draw(st.booleans()), width=width, frac=draw(st.integers(-2, width + 2)))


@st.composite
def casts(draw) -> Cast:
    return Cast(
        to=draw(formats()),
        rounding=draw(st.sampled_from(Rounding)),
        overflow=draw(st.sampled_from(Overflow)),
    )


@st.composite
def sections(draw) -> Direct:
    form = draw(st.sampled_from(Form))
    b_coeff, a_coeff = draw(formats(6)), draw(formats(6))
    feedback = st.none() | st.tuples(st.integers(-3, 3), st.integers(-3, 3))
    return Direct(
        form=form,
        b=[draw(st.integers(b_coeff.lo, b_coeff.hi)) for _ in range(3)],
        a=[draw(st.integers(a_coeff.lo, a_coeff.hi)) for _ in range(2)],
        b_coeff=b_coeff,
        a_coeff=a_coeff,
        state=None if form is Form.DF1 else draw(casts()),
        out=draw(casts()),
        feedback=draw(feedback) if form is Form.DF1 else None,
    )


@st.composite
def equations(draw) -> StateSpace:
    kinds = {f"{name}_coeff": draw(formats(6)) for name in "abcd"}

    def words(name: str, count: int) -> list[int]:
        fmt = kinds[f"{name}_coeff"]
        return [draw(st.integers(fmt.lo, fmt.hi)) for _ in range(count)]

    return StateSpace(
        a=(words("a", 2), words("a", 2)),
        b=words("b", 2),
        c=words("c", 2),
        d=words("d", 1)[0],
        state=draw(casts()),
        out=draw(casts()),
        **kinds,
    )


filters = st.builds(
    FixedSos,
    sections=st.lists(sections() | equations(), min_size=1, max_size=3),
    input=formats(),
    output=casts(),
)
