"""The FIR filter as integers."""

from __future__ import annotations

from dataclasses import dataclass

from fxfir.errors import FilterError, TapsError
from fxfir.filters.node import integers
from fxfir.fixed import Cast, Format

__all__ = ["FixedFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedFir:
    """A FIR filter: y[n] = output(sum over k of taps[k] * x[n-k]), the sum exact.

    Parameters
    ----------
    taps : sequence of int, shape (n_taps,)
        Coefficient words; `taps[k]` multiplies x[n-k].
    coeff : Format
        Format of the taps.
    input : Format
        Format of x.
    output : Cast
        The one place where bits are dropped.

    Raises
    ------
    TapsError
        If there are no taps, all are zero, or one does not fit `coeff`.
    FilterError
        If a field is of the wrong type.

    Notes
    -----
    The accumulator is derived, not chosen: `acc` is the narrowest format that holds every
    possible sum and 0 with all product bits kept, so no order of additions changes a result.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> fir = FixedFir(taps=(1, -2, 1), coeff=SQ(2, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> fir.acc_range, str(fir.acc)
    ((-510, 510), 'sfix10_En7')
    """

    taps: tuple[int, ...]
    coeff: Format
    input: Format
    output: Cast

    def __post_init__(self) -> None:
        for name, kind in (("coeff", Format), ("input", Format), ("output", Cast)):
            if not isinstance(getattr(self, name), kind):
                raise FilterError(f"{name} must be a {kind.__name__}, got {getattr(self, name)!r}")
        object.__setattr__(self, "taps", integers(self.taps, "taps"))
        if not self.taps:
            raise TapsError("a FIR filter needs at least one tap, got none")
        for k, tap in enumerate(self.taps):
            if not self.coeff.contains(tap):
                raise TapsError(
                    f"taps must fit {self.coeff} [{self.coeff.lo}, {self.coeff.hi}], "
                    f"got taps[{k}] = {tap}"
                )
        if not any(self.taps):
            raise TapsError(f"at least one tap must differ from zero, got {len(self.taps)} zeros")

    @property
    def n_taps(self) -> int:
        """Number of taps (never the order)."""
        return len(self.taps)

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return (self.input,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.output.to,)

    @property
    def acc_range(self) -> tuple[int, int]:
        """Smallest and largest exact sum, in units of 2**-acc.frac; both are attained."""
        lo, hi = self.input.lo, self.input.hi
        return (
            sum(min(c * lo, c * hi) for c in self.taps),
            sum(max(c * lo, c * hi) for c in self.taps),
        )

    @property
    def acc(self) -> Format:
        """Narrowest format that holds every sum and 0, all product bits kept."""
        return Format.holding(*self.acc_range, frac=self.input.frac + self.coeff.frac)
