"""Sections by state equations: what they keep of a response in few coefficient bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fxfir.analysis import cascade_bound, real_sos
from fxfir.errors import StabilityError
from fxfir.flow.cascade import quantize_cascade
from fxfir.quantize.shapes import COUPLED
from fxfir.spec.words import COUPLED as NAMES
from fxfir.spec.words import Words


def low_pass(order: int, corner: float):
    from scipy.signal import butter

    return butter(order, corner, output="sos")


def made(sos, structure: str, **words):
    return quantize_cascade(sos, Words(structure=structure, **({"coeff_width": 16} | words)))


def test_names_of_the_specification_are_those_of_the_quantiser():
    assert tuple(COUPLED) == NAMES


@pytest.mark.parametrize(
    ("order", "corner", "least"), [(2, 0.001, 90), (4, 0.003, 90), (4, 0.01, 90), (6, 0.05, 90)]
)
def test_sixteen_bits_are_enough_at_any_low_corner(order, corner, least):
    sos = low_pass(order, corner)
    variable, normal = (made(sos, name) for name in ("state_variable", "normal"))
    assert variable.searched_db >= least
    assert variable.searched_db > normal.searched_db
    errors = [cascade_bound(m.filter, m.ideal, m.gain).error_lsb for m in (variable, normal)]
    assert errors[0] < errors[1]
    for section in variable.filter.sections:
        (a11, a12), (a21, a22) = section.a
        one = 1 << section.a_coeff.frac
        assert a11 == one
        assert a12 == -a21
        for word in (a12, one - a22, *section.c, section.d):
            assert abs(word) < 1 << 15


poles = st.floats(0.0005, 1.5).flatmap(
    lambda w: st.tuples(st.just(w), st.floats(0.05, 0.999), st.booleans())
)


@settings(max_examples=60)
@given(pole=poles, b=st.tuples(*[st.integers(-64, 64)] * 3))
def test_any_stable_section_keeps_its_response(pole, b):
    angle, radius, real = pole
    radius = max(radius, 1 - angle)
    pair = [radius, radius - angle / 2] if real else radius * np.exp([1j * angle, -1j * angle])
    row = [*(v / 64 for v in b), *np.real(np.poly(pair))]
    assume(any(b))
    found = made([row], "state_variable", coeff_width=18)
    (section,) = found.filter.sections
    assert section.kind == "state_space"
    assert found.searched_db > 40
    (again,) = real_sos(found.filter)
    assert np.max(np.abs(np.roots(again[3:]))) < 1


def test_words_too_short_for_any_stable_matrix_are_refused():
    with pytest.raises(StabilityError, match="section 0"):
        made([[1, 0, 0, 1, 1.9, 0.95]], "state_variable", coeff_width=2)


def test_a_section_without_poles_stays_direct():
    found = made([[0.5, 0.25, 0, 1, 0, 0], *low_pass(2, 0.01)], "state_variable")
    assert sorted(s.kind for s in found.filter.sections) == ["df2", "state_space"]
