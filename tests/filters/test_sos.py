"""Sections and cascades: what goes with which form, and every refusal."""

import pytest

from fxfir.errors import FilterError, SectionError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, UQ, Cast

CAST = Cast(to=SQ(1, 7))
DF2 = {
    "form": "df2",
    "b": (1, 2, 1),
    "a": (-3, 2),
    "b_coeff": SQ(4, 0),
    "a_coeff": SQ(3, 0),
    "state": CAST,
    "out": CAST,
}
DF1 = {**DF2, "form": "df1", "state": None}


def test_a_form_may_be_text():
    assert Direct(**DF2) == Direct(**{**DF2, "form": Form.DF2})


def test_section_inputs_follow_the_sections():
    wide = Cast(to=SQ(1, 9))
    sos = FixedSos(
        sections=[Direct(**{**DF1, "out": wide}), Direct(**DF2)], input=UQ(8, 0), output=CAST
    )
    assert sos.section_inputs == (UQ(8, 0), SQ(1, 9))
    assert (sos.n_in, sos.n_out) == (1, 1)
    assert sos.inputs == (UQ(8, 0),)
    assert sos.outputs == (SQ(1, 7),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({**DF2, "form": "df3"}, "form must be one of df1, df2, df1t, df2t, got 'df3'"),
        ({**DF2, "b": (1, 2)}, "b must hold 3 coefficients, got 2"),
        ({**DF2, "a": (1, 2, 3)}, "a must hold 2 coefficients, got 3"),
        ({**DF2, "b": (1, 9, 1)}, r"b1 must fit sfix4_En0 \[-8, 7\], got 9"),
        ({**DF2, "a": (1, -5)}, r"a2 must fit sfix3_En0 \[-4, 3\], got -5"),
        ({**DF2, "state": None}, "a df2 section needs a state cast, got None"),
        ({**DF1, "state": CAST}, "a df1 section has no state cast, got Cast"),
        ({**DF2, "out": SQ(1, 7)}, "out must be a Cast, got Format"),
        ({**DF2, "b_coeff": 4}, "b_coeff must be a Format, got 4"),
        ({**DF2, "feedback": (1, 0)}, "error feedback needs form df1, got df2"),
        ({**DF1, "feedback": (1,)}, "feedback must hold 2 coefficients, got 1"),
    ],
)
def test_refused_sections(fields, message):
    with pytest.raises(SectionError, match=message):
        Direct(**fields)


def test_coefficients_must_be_integers():
    with pytest.raises(FilterError, match=r"b\[0\] must be an integer, got 0\.5"):
        Direct(**{**DF2, "b": (0.5, 0, 0)})
    with pytest.raises(FilterError, match=r"feedback\[1\] must be an integer, got 1\.5"):
        Direct(**{**DF1, "feedback": (1, 1.5)})


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"sections": ()}, SectionError, "a cascade needs at least one section, got none"),
        (
            {"sections": (3,)},
            SectionError,
            r"must be Direct or StateSpace, got sections\[0\] = 3",
        ),
        ({"input": "sfix8"}, FilterError, "input must be a Format, got 'sfix8'"),
        ({"output": None}, FilterError, "output must be a Cast, got None"),
    ],
)
def test_refused_cascades(fields, error, message):
    good = {"sections": (Direct(**DF1),), "input": SQ(1, 7), "output": CAST}
    with pytest.raises(error, match=message):
        FixedSos(**{**good, **fields})
