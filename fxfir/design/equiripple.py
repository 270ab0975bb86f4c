"""FIR filters with the least weighted peak error over bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from fxfir.design.minimax import Problem, minimax
from fxfir.design.result import FirDesign
from fxfir.design.search import estimate, shortfall, smallest
from fxfir.errors import DesignError
from fxfir.spec.fir import EquirippleFir
from fxfir.spec.mask import Mask

__all__ = ["design_equiripple", "equiripple_taps"]

_MOST = 3000


def design_equiripple(spec: EquirippleFir) -> FirDesign:
    """Return the taps that an `EquirippleFir` asks for.

    Raises
    ------
    DesignError
        If the design does not converge, or no number of taps within reason meets the mask; the
        message says what to relax.
    """
    mask = spec.mask
    if mask is None:
        raise DesignError("an equiripple design needs bands, got none")
    if spec.n_taps is not None:
        taps = equiripple_taps(mask, spec.n_taps)
    else:
        start = estimate(mask)
        odd_only = not mask.bands[-1].is_stop and mask.bands[-1].high_hz == mask.nyquist_hz
        if start > _MOST:
            raise DesignError(
                f"an equiripple design has at most {_MOST} taps, got a mask that needs about "
                f"{start}: {shortfall(mask, _MOST)}; widen its narrowest transition, "
                f"{mask.transition_hz:g} Hz"
            )
        taps = smallest(
            lambda n_taps: equiripple_taps(mask, n_taps),
            mask,
            start=start,
            classes=((1, 2),) if odd_only else ((1, 2), (2, 2)),
            most=min(_MOST, 2 * start + 64),
            what="an equiripple design",
        )
    return FirDesign(taps=taps, method=spec.method, fs_hz=spec.fs_hz, mask=mask)


def equiripple_taps(mask: Mask, n_taps: int) -> np.ndarray[Any, Any]:
    """Return `n_taps` symmetric taps with the least weighted peak error.

    Parameters
    ----------
    mask : Mask
        Where every band has limits, weights are divided by what they allow and the middle
        between them is aimed at.
    n_taps : int

    Returns
    -------
    ndarray of float64, shape (n_taps,)

    Raises
    ------
    DesignError
        If the design does not converge.
    """
    limited = mask.is_limited
    problem = Problem(
        edges=tuple((b.low_hz / mask.fs_hz, b.high_hz / mask.fs_hz) for b in mask.bands),
        wanted=tuple(b.centre if limited else b.gain for b in mask.bands),
        weights=tuple(b.weight / (b.deviation if limited else 1.0) for b in mask.bands),
    )
    return minimax(problem, n_taps)
