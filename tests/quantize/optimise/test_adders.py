"""Words with few adders: still inside the mask, and fewer than rounding's."""

from dataclasses import replace

import pytest

from fxfir.analysis import judge_filter
from fxfir.design import design_fir
from fxfir.quantize import quantize_fir
from fxfir.quantize.optimise import count_adders, optimise_words
from fxfir.spec import EquirippleFir, Mask
from fxfir.spec.optimise import Optimise


@pytest.mark.parametrize("stop", [0.42, 0.45])
def test_fewer_adders_inside_the_same_mask(stop: float) -> None:
    mask = Mask.lowpass(fs_hz=2.0, pass_hz=0.3, stop_hz=stop, ripple_db=0.3, attenuation_db=45)
    taps = design_fir(EquirippleFir(mask=mask, n_taps=41)).taps
    base = next(
        made
        for made in (quantize_fir(taps, coeff_width=w) for w in range(6, 20))
        if judge_filter(mask, made.filter).passed
    )
    made, _, report = optimise_words(
        base.filter, base.ideal, mask, Optimise(goal="adders", effort=3)
    )
    verdict = judge_filter(mask, made)
    assert verdict.passed
    assert verdict.proven
    before, after = count_adders(base.filter.taps), count_adders(made.taps)
    assert report.adders == after
    assert after.block <= 0.8 * before.block
    assert after.total < before.total


def test_words_that_miss_the_mask_are_only_made_better() -> None:
    mask = Mask.lowpass(fs_hz=2.0, pass_hz=0.3, stop_hz=0.4, ripple_db=0.1, attenuation_db=60)
    base = quantize_fir(design_fir(EquirippleFir(mask=mask, n_taps=31)).taps, coeff_width=8)
    made, _, report = optimise_words(
        base.filter, base.ideal, mask, Optimise(goal="adders", effort=1)
    )
    assert report.after < report.before
    assert report.adders == count_adders(made.taps)


def test_counts() -> None:
    base = quantize_fir([0.25, 0.5, 0.25], coeff_width=8)
    assert count_adders(base.filter.taps).total == 2
    shifted = replace(base.filter, taps=(45, 0, 45))
    found = count_adders(shifted.taps)
    assert (found.block, found.chain) == (2, 1)
