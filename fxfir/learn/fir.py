"""The trainable FIR filter."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import FilterError, GuardError, SpecError, TapsError
from fxfir.filters import Bank, FixedFir, Node, Parallel
from fxfir.fixed import Cast, Format, apply
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.straight import cast_sums, powers, replaced, to_values, to_words
from fxfir.learn.sums import fir_sums
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.flow.compile import CompiledLane

__all__ = ["FIR"]

_EXACT = 1 << 53
_INT64_BITS = 62


class FIR(Layer):
    """y[n] = sum over k of taps[k] * x[n-k]: the impulse response is `taps`, first tap first.

    Parameters
    ----------
    taps : array_like or FirDesign, optional
        Shape (n_taps,): every channel is filtered by the same start values, each then learns its
        own. Shape (n_out, n_taps): one impulse response per output channel. Shape
        (n_out, n_in / groups, n_taps): outputs sum over the inputs of their group. Random without.
    n_taps : int, optional
        Length of random taps.
    in_channels : int, optional
    out_channels : int, optional
        Of random taps or taps of shape (n_taps,); `in_channels` unless given.
    groups : int, optional
        As in `torch.nn.Conv1d`; `in_channels`, which filters each channel by itself, unless taps of
        three axes say otherwise.
    padding : str, optional
        "causal": as many samples out as in, history zero. "valid": only outputs whose history is
        all in the input, n_taps - 1 fewer, as many as Conv1d gives; the exported core runs from
        zero history all the same, and its first n_taps - 1 outputs are not among these.
    words : Words, optional
        See `Layer`. Without `coeff` each output channel has the greatest fraction that its taps
        fit, as `fxfir generate` chooses it. With `coeff` taps that training drives beyond the
        format saturate, and get no gradient.
    dtype : torch.dtype, optional
        Of the taps; torch's default.
    generator : torch.Generator, optional
        Of random taps.

    Attributes
    ----------
    taps : Parameter, shape (n_out, n_in / groups, n_taps)

    Raises
    ------
    TapsError
        If taps are missing, of wrong shape, not finite, or do not fit `words.coeff`.
    SpecError
        If an option is out of range.

    Examples
    --------
    >>> layer = FIR([0.5, 0.25], words=Words(input="sfix8_En7"))
    >>> layer(torch.tensor([[1 / 128, 0.5, 0.0]])).mul(128).tolist()
    [[0.0, 32.0, 16.0]]
    >>> layer.to_filter().taps
    (16384, 8192)
    """

    def __init__(
        self,
        taps: Any = None,
        *,
        n_taps: int | None = None,
        in_channels: int = 1,
        out_channels: int | None = None,
        groups: int | None = None,
        padding: str = "causal",
        words: Words | None = None,
        dtype: torch.dtype | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        if padding not in ("causal", "valid"):
            raise SpecError(f"padding must be causal or valid, got {padding!r}")
        values, groups = _start(taps, n_taps, in_channels, out_channels, groups, generator)
        super().__init__(n_in=in_channels, n_out=values.shape[0], words=words)
        self.groups, self.padding = groups, padding
        self.taps = torch.nn.Parameter(values.to(dtype or torch.get_default_dtype()))
        self.words = words

    @property
    def n_taps(self) -> int:
        """Number of taps of each impulse response."""
        return int(self.taps.shape[-1])

    def forward(self, x: Tensor, state: State = None) -> Any:
        """Filter samples; see `Layer.forward`."""
        if self.padding == "valid" and state is not None:
            raise SpecError("padding valid has no history to go on from, got a state")
        return super().forward(x, state)

    def to_filter(self) -> Node:
        """Return the filter: a FixedFir, a Parallel of them (one per channel) or a Bank."""
        words = self._needed_words()
        if self.taps.shape[1] > 1:
            raise FilterError(
                f"a filter that sums over channels has no core yet, got {self.taps.shape[1]} inputs"
                " per output"
            )
        codes, formats = self._codes(words)
        cast = _cast(words)
        filters = [
            FixedFir(taps=tuple(map(int, row[0])), coeff=formats[k], input=words.input, output=cast)
            for k, row in enumerate(codes.detach().tolist())
        ]
        each = self.n_out // self.groups
        banks = [filters[k : k + each] for k in range(0, self.n_out, each)]
        nodes: list[Node] = [f[0] if each == 1 else Bank(filters=tuple(f)) for f in banks]
        return nodes[0] if self.groups == 1 else Parallel(filters=tuple(nodes))

    def lanes(self) -> tuple[CompiledLane, ...]:
        """Return the ideal taps of a filter or bank, for the certified error."""
        from fxfir.flow.compile import CompiledLane
        from fxfir.quantize import QuantizedFir

        node = self.to_filter()
        if isinstance(node, Parallel):
            return ()
        filters: Any = node.filters if isinstance(node, Bank) else (node,)
        found = []
        for fir, row in zip(filters, self.taps.detach().double().tolist(), strict=True):
            quantized = QuantizedFir(
                filter=fir,
                ideal=tuple(Fraction(v) for v in row[0]),
                gain=Fraction(1),
                output_needed=fir.output.to,
                notes=(),
                warnings=(),
            )
            found.append(CompiledLane(quantized=quantized, method="learned", mask=None))
        return tuple(found)

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"{self.n_in}, {self.n_out}, n_taps={self.n_taps}, groups={self.groups}"

    def _check_words(self, words: Words) -> None:
        super()._check_words(words)
        for name in ("form", "norm", "section_width", "guard_bits", "error_feedback"):
            if getattr(words, name) is not None:
                raise SpecError(f"a FIR filter has no {name}, got {getattr(words, name)!r}")
        _check_finite(self.taps)
        if words.coeff is not None:
            _check_fit(self.taps, words.coeff)

    def _zero(self, batch: int, like: Tensor) -> State:
        return like.new_zeros((batch, self.n_in, self.n_taps - 1))

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words = self._words
        if words is None:
            joined = x if self.padding == "valid" else torch.cat([state.to(x.dtype), x], -1)
            y = fir_sums(joined, self.taps.to(x.dtype), self.groups)
            return y, joined[..., x.shape[-1] :]
        check_dtype(x.dtype, words.input)
        check_dtype(x.dtype, words.output_format)
        joined = to_words(x, words.input)
        if self.padding == "causal":
            past = state.double() * 2.0**words.input.frac
            joined = torch.cat([past, joined], -1)
        y = self._exact(joined, words)
        after = to_values(joined[..., x.shape[-1] :], words.input, x.dtype)
        return to_values(y, words.output_format, x.dtype), after

    def _exact(self, x: Tensor, words: Words) -> Tensor:
        """Return output words of input words, both float64."""
        codes, formats = self._codes(words)
        cast, input = _cast(words), words.input
        shifts = [cast.to.frac - fmt.frac - input.frac for fmt in formats]
        sums = fir_sums(x, codes, self.groups)
        y = cast_sums(sums, cast, powers(shifts, x)[:, None])
        size = codes.detach().abs().sum((1, 2)).max().item() * max(-input.lo, input.hi)
        if size * 2.0 ** max(0, *shifts) <= _EXACT:
            return y
        return replaced(y, self._wide(x.detach(), codes.detach(), formats, cast, size, words))

    def _wide(
        self, x: Tensor, codes: Tensor, formats: list[Format], cast: Cast, size: float, words: Words
    ) -> Tensor:
        """Return the words where sums leave float64: in int64, over two digits of the input."""
        if size >= 2.0**_INT64_BITS:
            raise GuardError(
                f"sums must stay within {_INT64_BITS} bits, got up to 2**{np.log2(size):.1f}"
            )
        digit = words.input.width // 2
        high = torch.floor(x * 2.0**-digit)
        low = x - high * 2.0**digit
        parts = [fir_sums(part, codes, self.groups).long() for part in (low, high)]
        total = (parts[0] + (parts[1] << digit)).cpu().numpy()
        out = np.empty(total.shape)
        for k, fmt in enumerate(formats):
            out[:, k] = apply(cast, total[:, k], fmt.frac + words.input.frac)
        return torch.from_numpy(out).to(x.device)

    def _codes(self, words: Words) -> tuple[Tensor, list[Format]]:
        """Return tap words, float64 like `taps`, and each output's coefficient format."""
        _check_finite(self.taps)
        if words.coeff is not None:
            return to_words(self.taps, words.coeff), [words.coeff] * self.n_out
        from fxfir.quantize.coefficients import greatest_frac

        flat = self.taps.detach().double().reshape(self.n_out, -1)
        ends = zip(flat.amin(1).tolist(), flat.amax(1).tolist(), strict=True)
        width = words.coeff_bits
        fracs = [
            greatest_frac([Fraction(low), Fraction(high)], width) if low or high else 0
            for low, high in ends
        ]
        scale = powers(fracs, flat)[:, None, None]
        widest = Format(signed=True, width=width, frac=0)
        return (
            to_words(self.taps, widest, scale),
            [Format(signed=True, width=width, frac=f) for f in fracs],
        )


def _cast(words: Words) -> Cast:
    return Cast(to=words.output_format, rounding=words.rounding, overflow=words.overflow)


def _start(
    taps: Any,
    n_taps: int | None,
    n_in: int,
    n_out: int | None,
    groups: int | None,
    generator: torch.Generator | None,
) -> tuple[Tensor, int]:
    """Return the taps to start from, (n_out, n_in / groups, n_taps), and the groups."""
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
    _check_finite(values)
    return values.clone(), groups


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


def _place(values: Tensor, bad: Tensor) -> str:
    index = bad.nonzero()[0].tolist()
    where = ", ".join(map(str, index))
    return f"taps[{where}] = {values[tuple(index)].item():.9g}"


def _check_finite(values: Tensor) -> None:
    bad = ~torch.isfinite(values.detach())
    if bad.any():
        raise TapsError(f"taps must be finite, got {_place(values.detach(), bad)}")


def _check_fit(taps: Tensor, coeff: Format) -> None:
    values = taps.detach().double()
    low, high = (float(end * coeff.step) for end in (coeff.lo, coeff.hi))
    codes = torch.round(values * 2.0**coeff.frac)
    bad = (codes < coeff.lo) | (codes > coeff.hi)
    if bad.any():
        peak = values.abs().max().item()
        scale = high / peak
        raise TapsError(
            f"taps must fit {coeff} [{low:.9g}, {high:.9g}], got {_place(values, bad)}; "
            f"multiplied by {scale:.6g} they do"
        )
