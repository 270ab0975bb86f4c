"""FIR filters by points of an arbitrary magnitude."""

from __future__ import annotations

import numpy as np

from fxfir.design.result import FirDesign
from fxfir.design.window import window_shape
from fxfir.spec.fir import FrequencySamplingFir

__all__ = ["design_frequency_sampling"]


def design_frequency_sampling(spec: FrequencySamplingFir) -> FirDesign:
    """Return the taps of a `FrequencySamplingFir`: an inverse transform, cut by a window.

    References
    ----------
    .. [1] A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", section 7.4.
    """
    from scipy.signal import firwin2

    taps = firwin2(
        spec.n_taps,
        spec.frequencies_hz,
        spec.gains,
        nfreqs=1 + max(4096, 1 << (8 * spec.n_taps).bit_length()),
        window=None,
        fs=spec.fs_hz,
    ) * window_shape(spec.window, spec.n_taps)
    taps = np.asarray(taps, dtype=np.float64)
    return FirDesign(
        taps=(taps + taps[::-1]) / 2, method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask
    )
