"""The trainable FIR filter."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import GuardError, SpecError
from fxfir.filters import Bank, FixedFir, Node
from fxfir.fixed import Cast, Format, apply
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.matrix import fir_node
from fxfir.learn.start import check_finite, check_fit, start_bias, start_taps
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
    bias : array_like of real numbers, shape (n_out,), optional
        Added to every output, before it is cast; trains too.
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
    bias : Parameter, shape (n_out,), or None

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
        bias: Any = None,
        padding: str = "causal",
        words: Words | None = None,
        dtype: torch.dtype | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        if padding not in ("causal", "valid"):
            raise SpecError(f"padding must be causal or valid, got {padding!r}")
        values, groups = start_taps(taps, n_taps, in_channels, out_channels, groups, generator)
        super().__init__(n_in=in_channels, n_out=values.shape[0], words=words)
        self.groups, self.padding = groups, padding
        dtype = dtype or torch.get_default_dtype()
        self.taps = torch.nn.Parameter(values.to(dtype))
        start = None if bias is None else start_bias(bias, self.n_out).to(dtype)
        self.bias = None if start is None else torch.nn.Parameter(start)
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
        """Return the filter.

        A FixedFir; a Bank of them if one channel goes to several outputs; a Parallel of either
        for several groups. With a bias, or outputs that sum over channels, each output is a row
        of exact filters and a Sum.
        """
        words = self._needed_words()
        codes, formats = self._codes(words)
        offsets = None if self.bias is None else self._offsets(words, formats).detach().tolist()
        return fir_node(
            codes.detach().tolist(),
            formats,
            input=words.input,
            output=_cast(words),
            groups=self.groups,
            offsets=offsets,
        )

    def lanes(self) -> tuple[CompiledLane, ...]:
        """Return the ideal taps of a filter or bank, for the certified error."""
        from fxfir.flow.compile import CompiledLane
        from fxfir.quantize import QuantizedFir

        node = self.to_filter()
        if not isinstance(node, FixedFir | Bank) or self.bias is not None:
            return ()
        filters: Any = node.filters if isinstance(node, Bank) else (node,)
        found = []
        if not all(isinstance(fir, FixedFir) for fir in filters):
            return ()
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

    def codes(self) -> Tensor:
        """Return the tap words, integers in float64, shape as `taps`."""
        return self._codes(self._needed_words())[0].detach()

    def formats(self) -> list[Format]:
        """Return the format of each output's taps."""
        return self._codes(self._needed_words())[1]

    def values(self) -> Tensor:
        """Return the taps as they compute, float64: what their words stand for if there are any."""
        if self._words is None:
            return self.taps.double()
        codes, formats = self._codes(self._words)
        return codes * powers([-fmt.frac for fmt in formats], codes)[:, None, None]

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"{self.n_in}, {self.n_out}, n_taps={self.n_taps}, groups={self.groups}"

    def _check_words(self, words: Words) -> None:
        super()._check_words(words)
        for name in ("form", "norm", "section_width", "guard_bits", "error_feedback"):
            if getattr(words, name) is not None:
                raise SpecError(f"a FIR filter has no {name}, got {getattr(words, name)!r}")
        check_finite(self.taps)
        if self.bias is not None:
            check_finite(self.bias, "bias")
        if words.coeff is not None:
            check_fit(self.taps, words.coeff)

    def _zero(self, batch: int, like: Tensor) -> State:
        return like.new_zeros((batch, self.n_in, self.n_taps - 1))

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words = self._words
        if words is None:
            joined = x if self.padding == "valid" else torch.cat([state.to(x.dtype), x], -1)
            y = fir_sums(joined, self.taps.to(x.dtype), self.groups)
            if self.bias is not None:
                y = y + self.bias.to(x.dtype)[:, None]
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
        sizes = codes.detach().abs().sum((1, 2)) * max(-input.lo, input.hi)
        if self.bias is not None:
            offsets = self._offsets(words, formats)
            sums = sums + offsets[:, None]
            sizes = sizes + offsets.detach().abs()
        y = cast_sums(sums, cast, powers(shifts, x)[:, None])
        size = sizes.max().item()
        if size * 2.0 ** max(0, *shifts) <= _EXACT:
            return y
        return replaced(y, self._wide(x.detach(), codes.detach(), formats, size, words))

    def _offsets(self, words: Words, formats: list[Format]) -> Tensor:
        """Return the bias in units of each output's exact sum, float64 integers."""
        scale = powers([fmt.frac + words.input.frac for fmt in formats], self.bias)
        return to_words(self.bias, Format(signed=True, width=53, frac=0), scale)

    def _wide(
        self, x: Tensor, codes: Tensor, formats: list[Format], size: float, words: Words
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
        sums = parts[0] + (parts[1] << digit)
        if self.bias is not None:
            sums = sums + self._offsets(words, formats).detach().long()[:, None]
        total, cast = sums.cpu().numpy(), _cast(words)
        out = np.empty(total.shape)
        for k, fmt in enumerate(formats):
            out[:, k] = apply(cast, total[:, k], fmt.frac + words.input.frac)
        return torch.from_numpy(out).to(x.device)

    def _codes(self, words: Words) -> tuple[Tensor, list[Format]]:
        """Return tap words, float64 like `taps`, and each output's coefficient format."""
        check_finite(self.taps)
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
