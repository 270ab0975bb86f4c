"""State equations as a section of the contract."""

import pytest

from fxfir.errors import FilterError, SectionError
from fxfir.filters import FixedSos, StateSpace, from_json, to_json
from fxfir.fixed import SQ, Cast

FIELDS = {
    "a": ((3, -1), (1, 3)),
    "b": (1, 0),
    "c": (2, 1),
    "d": -1,
    "a_coeff": SQ(1, 2),
    "b_coeff": SQ(2, 0),
    "c_coeff": SQ(2, 1),
    "d_coeff": SQ(1, 3),
    "state": Cast(to=SQ(2, 7)),
    "out": Cast(to=SQ(1, 7)),
}
SECTION = StateSpace(**FIELDS)


def test_rows_may_be_any_sequence():
    assert StateSpace(**(FIELDS | {"a": [[3, -1], [1, 3]], "b": [1, 0]})) == SECTION
    assert [(name, word) for name, word, _ in SECTION.words()] == [
        ("a11", 3),
        ("a12", -1),
        ("a21", 1),
        ("a22", 3),
        ("b1", 1),
        ("b2", 0),
        ("c1", 2),
        ("c2", 1),
        ("d", -1),
    ]
    assert SECTION.kind == "state_space"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"a": ((3, -1),)}, "a must hold 2 rows of 2 coefficients, got 1 rows"),
        ({"a": 3}, "a must hold 2 rows of 2 coefficients, got 3"),
        ({"a": ((3, -1), (1, 3, 0))}, r"a\[1\] must hold 2 coefficients, got 3"),
        ({"a": ((3, -1), (1, 4))}, r"a22 must fit sfix3_En2 \[-4, 3\], got 4"),
        ({"b": (1, 2)}, r"b2 must fit sfix2_En0 \[-2, 1\], got 2"),
        ({"d": 8}, r"d must fit sfix4_En3 \[-8, 7\], got 8"),
        ({"c_coeff": "sfix3_En1"}, "c_coeff must be a Format, got 'sfix3_En1'"),
        ({"state": None}, "state must be a Cast, got None"),
    ],
)
def test_bad_fields(changes, words):
    with pytest.raises(SectionError, match=f"^{words}$"):
        StateSpace(**(FIELDS | changes))


def test_json_round_trip():
    sos = FixedSos(sections=(SECTION,), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    data = to_json(sos)
    assert data["sections"][0]["a"] == [[3, -1], [1, 3]]
    assert from_json(data) == sos
    del data["sections"][0]["state"]
    with pytest.raises(FilterError, match="a StateSpace needs the field 'state'"):
        from_json(data)
