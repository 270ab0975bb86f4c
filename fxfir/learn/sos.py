"""Trainable second-order sections, stable whatever their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import SectionError, SpecError
from fxfir.learn.sections import Sections
from fxfir.learn.stable import from_reflection, to_reflection
from fxfir.spec.words import Words

__all__ = ["SOS", "Biquad"]


class SOS(Sections):
    """A cascade of second-order sections for each channel.

    Parameters
    ----------
    sos : array_like or SosDesign, optional
        Rows b0, b1, b2, a0, a1, a2, scipy's signs: shape (n_sections, 6), or
        (channels, n_sections, 6). Without it sections start near a wire, at random.
    n_sections : int, optional
        Number of random sections.
    channels : int, optional
    shared : bool, optional
        All channels are filtered by one cascade.
    words : Words, optional
        See `Layer`. `coeff_width` is 18 unless given; form, norm, section_width, guard_bits and
        error_feedback as in `fxfir.quantize.quantize_sos`, sections in the order given.
    generator : torch.Generator, optional
        Of random sections.

    Attributes
    ----------
    numerator : Parameter of float64, shape (n_cascades, n_sections, 3)
        b0, b1, b2.
    reflection : Parameter of float64, shape (n_cascades, n_sections, 2)
        Whatever its values, the poles lie inside the unit circle; see
        `fxfir.learn.stable.from_reflection`. As integers they are the nearest stable pair.

    Raises
    ------
    SectionError
        If the rows are of wrong shape or not finite.
    StabilityError
        If a pole is not inside the unit circle.

    Examples
    --------
    >>> layer = SOS([[0.5, 0.0, 0.0, 1.0, -0.5, 0.0]])
    >>> layer(torch.tensor([[1.0, 0.0, 0.0]])).tolist()
    [[0.5, 0.25, 0.125]]
    """

    def __init__(
        self,
        sos: Any = None,
        *,
        n_sections: int | None = None,
        channels: int = 1,
        shared: bool = False,
        words: Words | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        for name, count in (("channels", channels), ("n_sections", n_sections)):
            if count is not None and (not isinstance(count, int) or count < 1):
                raise SpecError(f"{name} must be a positive integer, got {count!r}")
        if (sos is None) == (n_sections is None):
            raise SectionError(f"give sos or n_sections, got {sos!r:.60} and {n_sections!r}")
        n_cascades = 1 if shared else channels
        if sos is None:
            shape = (n_cascades, n_sections or 1)
            b, raw = _random((*shape, 3), generator), _random((*shape, 2), generator)
            b[..., 0] += 1.0
        else:
            b, a = _rows(sos, n_cascades)
            raw = to_reflection(a)
        super().__init__(channels=channels, n_cascades=n_cascades, n_sections=b.shape[1])
        self.numerator = torch.nn.Parameter(b)
        self.reflection = torch.nn.Parameter(raw)
        self.words = words

    def coefficients(self) -> Tensor:
        """Return b0, b1, b2, a1, a2."""
        return torch.cat([self.numerator.double(), from_reflection(self.reflection)], -1)


class Biquad(SOS):
    """One second-order section for each channel; parameters as `SOS`.

    Parameters
    ----------
    row : array_like, shape (6,), optional
        b0, b1, b2, a0, a1, a2.
    **options
        As `SOS`.
    """

    def __init__(self, row: Any = None, **options: Any) -> None:
        if row is None:
            super().__init__(n_sections=1, **options)
        else:
            super().__init__([row], **options)


def _random(shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    return 0.1 * torch.randn(shape, generator=generator, dtype=torch.float64)


def _rows(sos: Any, n_cascades: int) -> tuple[Tensor, Tensor]:
    """Return numerators and denominators of every cascade, each row divided by its a0."""
    given = getattr(sos, "sos", sos)
    try:
        rows = np.array(
            given.detach().cpu().numpy() if isinstance(given, Tensor) else given, dtype=float
        )
    except (TypeError, ValueError):
        raise SectionError(f"sos must be rows of 6 numbers, got {given!r:.80}") from None
    if rows.ndim == 2:
        rows = np.broadcast_to(rows, (n_cascades, *rows.shape))
    if rows.ndim != 3 or rows.shape[0] != n_cascades or rows.shape[2] != 6 or not rows.shape[1]:
        raise SectionError(
            f"sos must have shape (n_sections, 6) or ({n_cascades}, n_sections, 6), "
            f"got {np.shape(given)}"
        )
    bad = ~np.isfinite(rows) | (rows[..., 3:4] == 0)
    if bad.any():
        k = np.argwhere(bad)[0]
        raise SectionError(
            f"rows must be finite with a0 other than 0, got {rows[tuple(k[:2])].tolist()} "
            f"in section {k[1]}"
        )
    values = torch.tensor(rows / rows[..., 3:4])
    return values[..., :3].clone(), values[..., 4:].clone()
