"""Gains and formats alone are those of the whole quantiser."""

import pytest

from fxfir.design import butter
from fxfir.errors import SectionError
from fxfir.filters import Form
from fxfir.fixed import SQ, Cast
from fxfir.quantize import quantize_sos
from fxfir.quantize.frozen import freeze_cascade

ROWS = butter(6, 2000, fs_hz=48000).sos
X = SQ(1, 15)


def words(value: float, fmt) -> int:
    return round(value * 2.0**fmt.frac)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("scaling", ["linf", "l1", "none"])
def test_same_filter_as_quantize_sos(form, scaling):
    whole = quantize_sos(ROWS, form=form, scaling=scaling, rearrange=False, search=False)
    from fxfir.quantize.scaling import Scaling

    frozen = freeze_cascade(
        ROWS, input=X, output=Cast(to=X), form=form, scaling=Scaling(scaling), coeff_width=18
    )
    b = [
        [words(v * g, fmt) for v in row[:3]]
        for row, g, fmt in zip(ROWS, frozen.gains, frozen.b_coeffs, strict=True)
    ]
    a = [[words(v, fmt) for v in row[4:]] for row, fmt in zip(ROWS, frozen.a_coeffs, strict=True)]
    assert frozen.filter(b, a) == whole.filter


def test_a_numerator_of_zeros_is_refused():
    frozen = freeze_cascade(ROWS, input=X, output=Cast(to=X))
    with pytest.raises(SectionError, match="got zeros in section 1"):
        frozen.filter([[1, 0, 0], [0, 0, 0], [1, 0, 0]], [[0, 0]] * 3)


def test_error_feedback_needs_df1():
    with pytest.raises(SectionError, match="needs form df1"):
        freeze_cascade(ROWS, input=X, output=Cast(to=X), error_feedback=True)
