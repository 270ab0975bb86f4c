"""Specifications of recursive filters: explicit sections, or a family with its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fxfir.errors import SectionError, SpecError, TapsError
from fxfir.spec.check import choice, count, positive
from fxfir.spec.kind import Kind, cutoffs, parse_kind
from fxfir.spec.mask import Mask
from fxfir.spec.rate import shared_rate
from fxfir.spec.taps import real

__all__ = ["FAMILY_PARAMETERS", "IirSos", "RowsSos", "SosSpec", "sos_rows"]

FAMILY_PARAMETERS: dict[str, tuple[str, ...]] = {
    "butter": (),
    "cheby1": ("ripple_db",),
    "cheby2": ("attenuation_db",),
    "ellip": ("ripple_db", "attenuation_db"),
    "bessel": (),
}
"""Families of recursive filters and the parameters each takes beside order and cutoff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SosSpec:
    """What every specification of a recursive filter has.

    Parameters
    ----------
    fs_hz : float or None, optional
        Sampling rate in Hz; taken from `mask` if that is given.
    mask : Mask or None, optional
        What the response is judged by.

    Raises
    ------
    SpecError
        If `fs_hz` is not positive, or differs from the mask's.
    """

    method: ClassVar[str] = ""

    fs_hz: float | None = None
    mask: Mask | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fs_hz", shared_rate(self.fs_hz, self.mask))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsSos(SosSpec):
    """A cascade given by its rows.

    Parameters
    ----------
    rows : array_like, shape (n_sections, 6)
        Rows b0, b1, b2, a0, a1, a2 as scipy's `sos`; divided by a0 where that is not 1.
    notes : tuple of str, optional
        What a reader has to say about them.

    Raises
    ------
    SectionError
        See `sos_rows`.
    """

    method: ClassVar[str] = "rows"

    rows: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        SosSpec.__post_init__(self)
        object.__setattr__(self, "rows", sos_rows(self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class IirSos(SosSpec):
    """A classic recursive filter.

    Parameters
    ----------
    family : str
        butter, cheby1, cheby2, ellip or bessel.
    kind : Kind or str, optional
        lowpass, highpass, bandpass or bandstop; may be left to the mask if `order` is too.
    cutoff_hz : float or pair of float, optional
        Edges in Hz, two for bandpass and bandstop. They are the -3 dB points of butter, the ends
        of the ripple of cheby1 and ellip, the starts of the stop band of cheby2, and about
        the middle of the phase of bessel.
    order : int or None, optional
        Order of the prototype: a bandpass or bandstop has 2 * order poles. None finds the
        smallest order that meets the mask.
    ripple_db, attenuation_db : float or None, optional
        Ripple below 1 in the pass band (cheby1, ellip) and attenuation in the stop band (cheby2,
        ellip), positive dB.

    Raises
    ------
    SpecError
        If a number is out of range, or a parameter is missing or not the family's.
    """

    method: ClassVar[str] = "iir"

    family: str
    kind: Kind | None = None
    cutoff_hz: tuple[float, ...] | None = None
    order: int | None = None
    ripple_db: float | None = None
    attenuation_db: float | None = None

    def __post_init__(self) -> None:
        SosSpec.__post_init__(self)
        choice(self.family, "family", FAMILY_PARAMETERS)
        if self.kind is not None:
            object.__setattr__(self, "kind", parse_kind(self.kind))
        if self.order is None:
            self._check_found()
        else:
            object.__setattr__(self, "order", count(self.order, "order"))
            if self.kind is None or self.cutoff_hz is None or self.fs_hz is None:
                raise SpecError(
                    f"{self.family} of given order needs kind, cutoff_hz and fs_hz, got "
                    f"{self.kind and self.kind.value}, {self.cutoff_hz} and {self.fs_hz}"
                )
            edges = cutoffs(self.kind, self.cutoff_hz, self.fs_hz)
            object.__setattr__(self, "cutoff_hz", edges)
        taken = FAMILY_PARAMETERS[self.family]
        for name in ("ripple_db", "attenuation_db"):
            value = getattr(self, name)
            if value is not None and name not in taken:
                raise SpecError(f"{self.family} takes no {name}, got {value!r}")
            if value is not None:
                object.__setattr__(self, name, positive(value, name, "dB"))
            elif name in taken and self.order is not None:
                raise SpecError(f"{self.family} needs {name}, got none")
        if self.ripple_db and self.attenuation_db and self.attenuation_db <= self.ripple_db:
            raise SpecError(
                f"attenuation_db must be above ripple_db = {self.ripple_db:g}, "
                f"got {self.attenuation_db:g}"
            )

    def _check_found(self) -> None:
        if self.family == "bessel":
            raise SpecError("bessel needs order, since its response has no edges, got none")
        if self.mask is None or not self.mask.is_limited:
            raise SpecError(
                f"{self.family} without order needs bands that all have ripple_db or "
                f"attenuation_db, got {'none' if self.mask is None else 'one without'}"
            )
        if self.cutoff_hz is not None:
            raise SpecError(
                f"{self.family} without order takes its edges from the bands, "
                f"got cutoff_hz = {self.cutoff_hz!r}"
            )


def sos_rows(rows: Any) -> tuple[tuple[float, ...], ...]:
    """Return rows of six as plain floats with a0 = 1.

    Parameters
    ----------
    rows : array_like, shape (n_sections, 6)
        Rows b0, b1, b2, a0, a1, a2.

    Returns
    -------
    tuple of tuple of float
        Each row divided by its a0 where that is not 1.

    Raises
    ------
    SectionError
        If there is no row, one has not six entries, an entry is no finite real number, or an a0
        is 0; the message names the row.

    Examples
    --------
    >>> sos_rows([[1, 0, 0, 2, 0, 1]])
    ((0.5, 0.0, 0.0, 1.0, 0.0, 0.5),)
    """
    if isinstance(rows, np.ndarray) and rows.ndim != 2:
        raise SectionError(f"sos must be of shape (n, 6), got {rows.shape}")
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
        raise SectionError(f"sos must be rows of six numbers, got {rows!r}")
    result = tuple(_row(row, k) for k, row in enumerate(rows))
    if not result:
        raise SectionError("a cascade needs at least one section, got none")
    return result


def _row(row: Any, k: int) -> tuple[float, ...]:
    if not isinstance(row, (Sequence, np.ndarray)) or isinstance(row, (str, bytes)):
        raise SectionError(f"sos must be rows of six numbers, got sos[{k}] = {row!r}")
    if len(row) != 6:
        raise SectionError(f"sos must be of shape (n, 6), got {len(row)} numbers in sos[{k}]")
    try:
        values = [real(value, f"sos[{k}][{i}]") for i, value in enumerate(row)]
    except TapsError as error:
        raise SectionError(str(error).replace("taps must", "sos must", 1)) from None
    lead = values[3]
    if lead == 0:
        raise SectionError(f"a0 must differ from 0, got sos[{k}][3] = 0")
    if lead != 1:
        values = [value / lead for value in values]
        if not all(np.isfinite(values)):
            raise SectionError(f"a0 must leave finite numbers, got sos[{k}][3] = {lead:g}")
    return tuple(values)
