"""Samples that show each wrong rounding inside a recursive filter."""

from dataclasses import replace

import numpy as np
import pytest

from fxfir.filters import Bank, Form, Interleave
from fxfir.fixed import SQ, Cast, Format, Rounding
from fxfir.verify.edges import edges
from fxfir.verify.expected import expected
from fxfir.verify.probe import trial
from fxfir.verify.stimulus import standard
from tests.rtl.sos import cases


def fine(form: Form, **changes):
    """Two bits below the output's last one in each inner word."""
    cast = Cast(to=Format.parse("sfix20_En17"))
    state = None if form is Form.DF1 else cast
    return cases.make(form, state=state, out=cast, **changes)


@pytest.mark.parametrize("form", Form, ids=lambda f: f.value)
@pytest.mark.parametrize("wrong", [r for r in Rounding if r is not Rounding.HALF_EVEN])
def test_every_other_rounding_of_every_cast_shows(form, wrong):
    sos = cases.cascade(fine(form), fine(form, a=(-20011, 8111)))
    x = np.array(edges(trial(sos), sos, 600, seed=1))
    right = expected(sos, x)
    for k, section in enumerate(sos.sections):
        for name in ("out", "state"):
            cast = getattr(section, name)
            if cast is not None:
                changed = [*sos.sections]
                changed[k] = replace(section, **{name: replace(cast, rounding=wrong)})
                assert not np.array_equal(expected(replace(sos, sections=changed), x), right)


def test_noise_of_the_same_length_does_not_show_them_all():
    sos = cases.cascade(fine(Form.DF2T), fine(Form.DF2T, a=(-20011, 8111)))
    x = np.array(edges(trial(sos), sos, 600, seed=1))
    noise = np.random.default_rng(1).integers(-(1 << 15), 1 << 15, x.shape)
    section = sos.sections[0]
    state = replace(section.state, rounding=Rounding.HALF_UP)
    changed = replace(sos, sections=[replace(section, state=state), sos.sections[1]])
    assert not np.array_equal(expected(changed, x), expected(sos, x))
    assert np.array_equal(expected(changed, noise), expected(sos, noise))


def test_they_end_once_all_has_been_shown_and_fit_the_bank():
    one = cases.cascade(fine(Form.DF1))
    node = Bank(filters=(one, cases.cascade(fine(Form.DF2T))))
    rows = edges(trial(node), node, 2000, seed=3)
    assert len(rows) == 1
    assert 20 < len(rows[0]) < 600
    assert all(SQ(1, 15).contains(v) for v in rows[0])


def test_a_filter_without_recursion_has_none():
    names = [s.name for s in standard(cases.cascade(fine(Form.DF1))).segments]
    assert names[:2] == ["tie", "edges"]


def test_channels_of_one_filter_are_steered_once():
    sos = cases.cascade(fine(Form.DF1))
    other = cases.cascade(fine(Form.DF2T))
    plain = standard(sos, seed=2, n=200, steer=False)
    assert "edges" not in {s.name for s in plain.segments}
    for filters, alone in (([sos, sos], plain), ([other, sos], standard(sos, seed=2, n=200))):
        x = standard(Interleave(filters=tuple(filters), channels=2), n=400).samples[0]
        # The second channel begins three samples later.
        mine = x[1 + 3 * 2 :: 2]
        n = len(alone.samples[0])
        assert np.array_equal(mine[:n], alone.samples[0])
