"""Recursive designs that leave the words room: same order, well inside the mask."""

import numpy as np
import pytest

from fxfir.design import design_roomy, design_sos
from fxfir.design.excess import sos_excess
from fxfir.errors import DesignError
from fxfir.spec import Mask
from fxfir.spec.sos import IirSos

MASKS = {
    "lowpass": Mask.lowpass(
        fs_hz=48000, pass_hz=3000, stop_hz=5000, ripple_db=0.5, attenuation_db=50
    ),
    "hum": Mask.bandstop(
        fs_hz=1000, pass_hz=(45, 75), stop_hz=(58, 62), ripple_db=0.5, attenuation_db=40
    ),
    "gain": Mask.highpass(
        fs_hz=48000, stop_hz=30, pass_hz=80, ripple_db=0.5, attenuation_db=40, gain=2.0
    ),
}


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("family", ["ellip", "butter", "cheby1", "cheby2"])
def test_same_order_and_more_room(family: str, name: str) -> None:
    spec = IirSos(family=family, mask=MASKS[name])
    plain, roomy = design_sos(spec), design_roomy(spec)
    assert roomy.order <= plain.order
    assert roomy.mask == MASKS[name]
    share = sos_excess(roomy.sos, MASKS[name])
    assert share < 0.9
    assert share < sos_excess(plain.sos, MASKS[name])
    assert all(np.abs(np.roots(row[3:])).max() < 1 for row in roomy.sos)


def test_a_mask_beyond_every_order_is_refused() -> None:
    mask = Mask.lowpass(
        fs_hz=48000, pass_hz=3000, stop_hz=3000.5, ripple_db=1e-4, attenuation_db=180
    )
    with pytest.raises(DesignError):
        design_roomy(IirSos(family="butter", mask=mask))
