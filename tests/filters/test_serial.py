"""The contract as JSON: round trips, the canonical text, and refusals."""

import json

import pytest
from hypothesis import given

from fxfir.errors import FilterError, FxfirError, TapsError
from fxfir.filters import FixedFir, Parallel, canonical, digest, from_json, to_json
from fxfir.fixed import SQ, Cast
from tests.filters import strategies

FIR = FixedFir(taps=(1, -2), coeff=SQ(2, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
DATA = {
    "type": "FixedFir",
    "taps": [1, -2],
    "coeff": "sfix2_En0",
    "input": "sfix8_En7",
    "output": {"to": "sfix8_En7", "rounding": "half_even", "overflow": "saturate"},
}


@given(strategies.nodes())
def test_every_node_reads_back_through_text(node):
    assert from_json(json.loads(canonical(to_json(node)))) == node


@given(strategies.cascades(max_width=100), strategies.firs(max_width=100))
def test_wide_integers_survive(sos, fir):
    node = Parallel(filters=(sos, fir))
    assert from_json(json.loads(json.dumps(to_json(node)))) == node


def test_the_json_of_a_fir_is_the_manifest_s():
    assert to_json(FIR) == DATA


def test_the_canonical_text_does_not_depend_on_the_order_of_keys():
    turned = dict(reversed(DATA.items()))
    assert canonical(turned) == canonical(DATA)
    assert digest(turned) == digest(DATA)
    assert " " not in canonical(DATA)


def test_the_hash_sees_every_tap_bit():
    other = {**DATA, "taps": [1, -1]}
    assert digest(other) != digest(DATA)
    assert len(digest(DATA)) == 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "Iir"}, "type must be one of FixedFir, FixedSos, .* got 'Iir'"),
        ({"type": None}, "type must be one of .* got None"),
        ({"gain": 2}, "a FixedFir has the fields coeff, input, output, taps, got 'gain'"),
        ({"taps": [1.5]}, r"taps\[0\] must be an integer, got 1\.5"),
        ({"taps": 5}, "taps of a FixedFir must be readable, got 5"),
        ({"output": 3}, "a cast must be an object with the key 'to', got 3"),
        ({"input": "Q15"}, "a bare Q format is ambiguous"),
        ({"input": 16}, "a format must be text such as sfix16_En15, got 16"),
        ({"coeff": "sfix1_En0"}, r"taps must fit sfix1_En0 \[-1, 0\], got taps\[0\] = 1"),
    ],
)
def test_refused(change, message):
    with pytest.raises(FxfirError, match=message):
        from_json({**DATA, **change})


def test_a_missing_field_is_named():
    data = {k: v for k, v in DATA.items() if k != "coeff"}
    with pytest.raises(FilterError, match="a FixedFir needs the field 'coeff', got"):
        from_json(data)


def test_what_is_no_object_is_refused():
    for data in (None, [], "FixedFir", 3):
        with pytest.raises(FilterError, match="type must be one of"):
            from_json(data)


def test_an_inner_error_comes_through():
    node = {"type": "Series", "stages": [DATA, {**DATA, "taps": []}]}
    with pytest.raises(TapsError, match="needs at least one tap"):
        from_json(node)


def test_state_and_feedback_may_be_left_out():
    section = {
        "type": "Direct", "form": "df1", "b": [1, 0, 0], "a": [0, 0],
        "b_coeff": "sfix2", "a_coeff": "sfix2", "out": {"to": "sfix4"},
    }  # fmt: skip
    sos = from_json(
        {"type": "FixedSos", "sections": [section], "input": "sfix4", "output": {"to": "sfix4"}}
    )
    assert sos.sections[0].state is None
    assert sos.sections[0].feedback is None
