"""Recursive filters as second-order sections."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from fxfir.design.excess import sos_excess
from fxfir.design.result import SosDesign
from fxfir.errors import DesignError
from fxfir.spec.kind import Kind
from fxfir.spec.mask import Mask
from fxfir.spec.sos import IirSos

__all__ = ["FAMILIES", "design_iir"]

_Array = np.ndarray[Any, Any]
_MOST = 64
_SLACK = 1 + 1e-10


def _classic(name: str) -> Callable[[IirSos, int, Any], _Array]:
    def build(spec: IirSos, order: int, edges: Any) -> _Array:
        from scipy.signal import iirfilter

        kind = spec.kind or Kind.LOWPASS
        return np.asarray(
            iirfilter(
                order,
                edges,
                rp=spec.ripple_db,
                rs=spec.attenuation_db,
                btype=kind.value,
                ftype=name,
                output="sos",
                fs=spec.fs_hz,
            )
        )

    return build


def _bessel(spec: IirSos, order: int, edges: Any) -> _Array:
    from scipy.signal import bessel

    kind = spec.kind or Kind.LOWPASS
    return np.asarray(
        bessel(order, edges, btype=kind.value, output="sos", norm="phase", fs=spec.fs_hz)
    )


FAMILIES: dict[str, Callable[[IirSos, int, Any], _Array]] = {
    "butter": _classic("butter"),
    "cheby1": _classic("cheby1"),
    "cheby2": _classic("cheby2"),
    "ellip": _classic("ellip"),
    "bessel": _bessel,
}
"""Families of recursive filters; each takes the spec, the order and the edges in Hz."""


def design_iir(spec: IirSos) -> SosDesign:
    """Return the sections that an `IirSos` asks for.

    Raises
    ------
    DesignError
        If the order is beyond what doubles carry, or no order within reason meets the mask.
    """
    if spec.order is None:
        return _found(spec)
    sos = _build(spec, spec.order, spec.cutoff_hz or ())
    return SosDesign(
        sos=sos, family=spec.family, fs_hz=spec.fs_hz, mask=spec.mask, order=spec.order
    )


def _build(spec: IirSos, order: int, cutoff_hz: tuple[float, ...]) -> _Array:
    edges = cutoff_hz[0] if len(cutoff_hz) == 1 else list(cutoff_hz)
    with np.errstate(all="ignore"):
        try:
            sos = FAMILIES[spec.family](spec, order, edges)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise DesignError(
                f"{spec.family} of order {order} must be computable in doubles, got {error}"
            ) from None
    if not np.all(np.isfinite(sos)):
        raise DesignError(
            f"{spec.family} of order {order} must have finite coefficients, got others; "
            f"use a lower order"
        )
    for k, row in enumerate(sos):
        radius = float(np.abs(np.roots(row[3:])).max(initial=0.0))
        if radius >= 1:
            raise DesignError(
                f"{spec.family} of order {order} must be stable, got a pole of radius "
                f"{radius:.9g} in section {k}; use a lower order or a wider band"
            )
    return sos


def _found(spec: IirSos) -> SosDesign:
    from dataclasses import replace

    if spec.mask is None:
        raise DesignError("an order can be found only for a mask, got none")
    mask = spec.mask
    kind = kind_of(mask)
    gains = {band.gain for band in mask.bands if not band.is_stop}
    if len(gains) > 1:
        raise DesignError(f"pass bands must share one gain, got {sorted(gains)}")
    ripple = min(b.ripple_db for b in mask.bands if b.ripple_db is not None)
    stop = max(b.attenuation_db for b in mask.bands if b.attenuation_db is not None)
    gain = gains.pop()
    # A stop band is counted from 1: below a pass band of another gain it lies by as much more.
    stop += 20 * math.log10(gain)
    if stop <= ripple:
        raise DesignError(
            f"the attenuation must exceed the ripple {ripple:g} dB, got {stop:g} dB below the gain"
        )
    taken = {"cheby1": (ripple, None), "cheby2": (None, stop), "ellip": (ripple, stop)}
    own_ripple, own_stop = taken.get(spec.family, (None, None))
    complete = replace(
        spec,
        kind=kind,
        cutoff_hz=None,
        ripple_db=spec.ripple_db or own_ripple,
        attenuation_db=spec.attenuation_db or own_stop,
    )
    order, edges = _first_guess(spec.family, mask, kind, ripple, stop)
    for n in range(order, _MOST + 1):
        sos = _build(complete, n, edges)
        sos[0, :3] *= gain
        if sos_excess(sos, mask) <= _SLACK:
            return SosDesign(sos=sos, family=spec.family, fs_hz=mask.fs_hz, mask=mask, order=n)
    raise DesignError(
        f"{spec.family} must meet the mask with an order of at most {_MOST}, got none that does; "
        f"widen the narrowest transition, {mask.transition_hz:g} Hz"
    )


def kind_of(mask: Mask) -> Kind:
    """Return the classic kind that a mask's bands describe.

    Raises
    ------
    DesignError
        If they describe none.
    """
    pattern = "".join("0" if band.is_stop else "1" for band in mask.bands)
    known = {
        "10": Kind.LOWPASS,
        "01": Kind.HIGHPASS,
        "010": Kind.BANDPASS,
        "101": Kind.BANDSTOP,
    }
    if pattern not in known:
        raise DesignError(
            f"a recursive filter needs the bands of a classic kind (10, 01, 010 or 101, "
            f"1 for pass), got {pattern}"
        )
    return known[pattern]


def _first_guess(
    family: str, mask: Mask, kind: Kind, ripple: float, stop: float
) -> tuple[int, tuple[float, ...]]:
    from scipy import signal

    bands = mask.bands
    pass_hz: tuple[float, ...]
    stop_hz: tuple[float, ...]
    match kind:
        case Kind.LOWPASS:
            pass_hz, stop_hz = (bands[0].high_hz,), (bands[1].low_hz,)
        case Kind.HIGHPASS:
            pass_hz, stop_hz = (bands[1].low_hz,), (bands[0].high_hz,)
        case Kind.BANDPASS:
            pass_hz = (bands[1].low_hz, bands[1].high_hz)
            stop_hz = (bands[0].high_hz, bands[2].low_hz)
        case Kind.BANDSTOP:
            pass_hz = (bands[0].high_hz, bands[2].low_hz)
            stop_hz = (bands[1].low_hz, bands[1].high_hz)
    find = {
        "butter": signal.buttord,
        "cheby1": signal.cheb1ord,
        "cheby2": signal.cheb2ord,
        "ellip": signal.ellipord,
    }[family]
    one = kind.n_edges == 1
    order, edges = find(
        pass_hz[0] if one else pass_hz, stop_hz[0] if one else stop_hz, ripple, stop, fs=mask.fs_hz
    )
    return int(order), tuple(float(e) for e in np.atleast_1d(edges))
