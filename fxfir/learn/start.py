"""Taps to start from: given, designed or random, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import SpecError, TapsError
from fxfir.fixed import Format

__all__ = ["check_finite", "check_fit", "start_bias", "start_taps"]


def start_taps(
    taps: Any,
    n_taps: int | None,
    n_in: int,
    n_out: int | None,
    groups: int | None,
    generator: torch.Generator | None,
) -> tuple[Tensor, int]:
    """Return the taps to start from, (n_out, n_in / groups, n_taps), and the groups.

    Raises
    ------
    TapsError, SpecError
        As `fxfir.learn.FIR`.
    """
    for name, count in (("in_channels", n_in), ("out_channels", n_out), ("groups", groups)):
        if count is not None and (
            isinstance(count, bool) or not isinstance(count, int) or count < 1
        ):
            raise SpecError(f"{name} must be a positive integer, got {count!r}")
    if (taps is None) == (n_taps is None):
        raise TapsError(f"give taps or n_taps, got taps = {taps!r} and n_taps = {n_taps!r}")
    if taps is None:
        if isinstance(n_taps, bool) or not isinstance(n_taps, int) or n_taps < 1:
            raise TapsError(f"n_taps must be a positive integer, got {n_taps!r}")
        groups = groups or n_in
        n_out = n_out or n_in
        _check_groups(n_in, n_out, groups)
        shape = (n_out, n_in // groups, n_taps)
        # The power of white noise stays about what it was.
        reach = (3 / (n_taps * shape[1])) ** 0.5
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
        return (2 * drawn - 1) * reach, groups
    values = _tensor(getattr(taps, "taps", taps))
    if values.dim() == 1:
        groups = groups or n_in
        n_out = n_out or n_in
        _check_groups(n_in, n_out, groups)
        values = values.expand(n_out, n_in // groups, -1)
    elif values.dim() == 2:
        groups = groups or n_in
        values = values[:, None, :]
    elif values.dim() == 3:
        if n_in % values.shape[1]:
            raise TapsError(
                f"taps of shape (n_out, n_in / groups, n_taps) must divide {n_in} inputs, "
                f"got {list(values.shape)}"
            )
        groups = n_in // values.shape[1]
    else:
        raise TapsError(f"taps must have one to three axes, got shape {list(values.shape)}")
    if values.shape[-1] == 0 or values.shape[0] == 0:
        raise TapsError(f"a FIR filter needs at least one tap, got shape {list(values.shape)}")
    if n_out not in (None, values.shape[0]):
        raise TapsError(f"taps must be for {n_out} output channels, got {values.shape[0]}")
    _check_groups(n_in, values.shape[0], groups)
    if values.shape[1] != n_in // groups:
        raise TapsError(
            f"taps must be for {n_in // groups} inputs per output, got shape {list(values.shape)}"
        )
    check_finite(values)
    return values.clone(), groups


def start_bias(bias: Any, n_out: int) -> Tensor:
    """Return the bias to start from, shape (n_out,).

    Raises
    ------
    TapsError
        If it is of wrong shape, or not finite.
    """
    values = _tensor(bias)
    if values.shape != (n_out,):
        raise TapsError(f"bias must have shape [{n_out}], got {list(values.shape)}")
    check_finite(values, "bias")
    return values.clone()


def _tensor(values: Any) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach().double()
    try:
        return torch.tensor(np.array(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise TapsError(f"taps must be real numbers, got {values!r}") from None


def _check_groups(n_in: int, n_out: int, groups: int) -> None:
    if n_in % groups or n_out % groups:
        raise SpecError(f"groups must divide {n_in} inputs and {n_out} outputs, got {groups}")


def _place(values: Tensor, bad: Tensor, what: str) -> str:
    index = bad.nonzero()[0].tolist()
    where = ", ".join(map(str, index))
    return f"{what}[{where}] = {values[tuple(index)].item():.9g}"


def check_finite(values: Tensor, what: str = "taps") -> None:
    """Refuse NaN and infinity, naming the first.

    Raises
    ------
    TapsError
    """
    bad = ~torch.isfinite(values.detach())
    if bad.any():
        raise TapsError(f"{what} must be finite, got {_place(values.detach(), bad, what)}")


def check_fit(taps: Tensor, coeff: Format) -> None:
    """Refuse taps beyond a format, naming the first and the factor at which all would fit.

    Raises
    ------
    TapsError
    """
    values = taps.detach().double()
    low, high = (float(end * coeff.step) for end in (coeff.lo, coeff.hi))
    codes = torch.round(values * 2.0**coeff.frac)
    bad = (codes < coeff.lo) | (codes > coeff.hi)
    if bad.any():
        peak = values.abs().max().item()
        scale = high / peak
        raise TapsError(
            f"taps must fit {coeff} [{low:.9g}, {high:.9g}], got {_place(values, bad, 'taps')}; "
            f"multiplied by {scale:.6g} they do"
        )
