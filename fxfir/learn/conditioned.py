"""A FIR filter whose taps are a function of other channels, frame by frame."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fxfir.errors import FilterError, GuardError, SpecError, TapsError
from fxfir.filters import Node, SwitchedFir
from fxfir.fixed import Cast, Format
from fxfir.learn.fir import FIR
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.straight import cast_sums, to_values, to_words
from fxfir.learn.sums import fir_sums
from fxfir.learn.switched import Switched
from fxfir.spec.words import Words

__all__ = ["Conditioned"]

_EXACT = 1 << 53
_ROUNDS = 50


class Conditioned(Layer):
    """y[n] = sum over k of taps_f[k] * x[n-k], f the frame of n: taps_f = network(condition of f).

    Parameters
    ----------
    network : torch.nn.Module or int
        From conditions (frames, n_conditions) to taps (frames, n_taps), anything that trains. An
        integer is the number of hidden units of a network with one tanh.
    n_taps : int
    frame : int
        Samples that share their taps; a frame's condition is what stands beside its first sample.
    n_conditions : int, optional
        Channels above the signal.
    words : Words, optional
        With `coeff`: all frames share one format, and taps beyond it saturate.
    dtype : torch.dtype, optional
        Of a network made here.

    Raises
    ------
    SpecError
        If a number is not positive, or `words` have no `coeff`.
    TapsError
        If the network gives another shape, or taps that are not finite.

    Notes
    -----
    Channel 0 is the signal. The history is the signal's: a frame's first outputs already meet the
    samples of the frames before. Gradients go through the tap words straight into the network.

    Taps that take any value have no finite core. `family` is one: sets of taps near those that the
    network gives, of which `numbers` tells the nearest for each frame.

    Examples
    --------
    >>> layer = Conditioned(torch.nn.Linear(1, 2, bias=False), n_taps=2, frame=2)
    >>> with torch.no_grad():
    ...     _ = layer.network.weight.copy_(torch.tensor([[1.0], [0.5]]))
    >>> layer(torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.0, 9.0, -2.0, 9.0]])).tolist()
    [[1.0, 1.5, -3.0, -3.0]]
    """

    def __init__(
        self,
        network: torch.nn.Module | int,
        *,
        n_taps: int,
        frame: int,
        n_conditions: int = 1,
        words: Words | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        for name, count in (("n_taps", n_taps), ("frame", frame), ("n_conditions", n_conditions)):
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise SpecError(f"{name} must be a positive integer, got {count!r}")
        super().__init__(n_in=1 + n_conditions, n_out=1, words=words)
        self.n_taps, self.frame = n_taps, frame
        if not isinstance(network, torch.nn.Module):
            network = torch.nn.Sequential(
                torch.nn.Linear(n_conditions, network, dtype=dtype),
                torch.nn.Tanh(),
                torch.nn.Linear(network, n_taps, dtype=dtype),
            )
        self.network = network
        self.words = words

    def taps(self, conditions: Tensor) -> Tensor:
        """Return the taps of each frame, float64; what their words stand for if there are any.

        Parameters
        ----------
        conditions : Tensor, shape (frames, n_conditions)
        """
        words = self._words
        values = self._values(conditions)
        if words is None:
            return values
        coeff = _coeff(words)
        return to_words(values, coeff) * 2.0**-coeff.frac

    def frames(self, conditions: Tensor) -> SwitchedFir:
        """Return the filter of integers that has a set of taps for each of up to 256 frames.

        Raises
        ------
        TapsError
            If all taps of a frame round to zero.
        """
        words = self._needed_words()
        coeff = _coeff(words)
        codes = torch.round(self.taps(conditions).detach() * 2.0**coeff.frac)
        taps = tuple(tuple(map(int, row)) for row in codes.tolist())
        return SwitchedFir(taps=taps, coeff=coeff, input=words.input, output=_cast(words))

    def family(self, conditions: Tensor, count: int) -> Switched:
        """Return `count` filters near all taps that the conditions lead to: a layer that exports.

        Parameters
        ----------
        conditions : Tensor, shape (frames, n_conditions)
            Typical ones.
        count : int
            From 2 to 256, and no more than there are different taps.

        Raises
        ------
        SpecError
            If there are fewer different taps.

        Notes
        -----
        Means of clusters of taps, which is what makes the mean square error of the outputs small
        on white signals; the first centre is the first frame's, each next one the farthest.
        """
        taps = self.taps(conditions).detach()
        distinct = len(torch.unique(taps, dim=0))
        if isinstance(count, bool) or not 2 <= count <= min(256, distinct):
            raise SpecError(
                f"a family must have from 2 to {min(256, distinct)} sets of taps, got {count!r}"
            )
        centres = taps[:1]
        for _ in range(count - 1):
            far = torch.cdist(taps, centres).amin(1).argmax()
            centres = torch.cat([centres, taps[far : far + 1]])
        for _ in range(_ROUNDS):
            near = torch.cdist(taps, centres).argmin(1)
            moved = torch.stack([taps[near == k].mean(0) for k in range(count)])
            if torch.equal(moved, centres):
                break
            # A cluster that lost all frames keeps its centre.
            centres = torch.where(torch.isfinite(moved), moved, centres)
        return Switched(*[FIR(row, words=self._words, dtype=torch.float64) for row in centres])

    def numbers(self, conditions: Tensor, family: Switched) -> Tensor:
        """Return the member of a family nearest to each frame's taps, int64 (frames,)."""
        centres = torch.stack([layer.values()[0, 0] for layer in family.layers]).detach()
        return torch.cdist(self.taps(conditions).detach(), centres).argmin(1)

    def to_filter(self) -> Node:
        """Refuse: taps that take any value are no finite filter."""
        raise FilterError(
            "taps that are a function of a condition have no finite core; `family` makes sets of "
            f"them that do, got a Conditioned of {self.n_taps} taps"
        )

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"n_taps={self.n_taps}, frame={self.frame}, n_conditions={self.n_in - 1}"

    def _check_words(self, words: Words) -> None:
        super()._check_words(words)
        coeff = _coeff(words)
        size = self.n_taps * max(-coeff.lo, coeff.hi) * max(-words.input.lo, words.input.hi)
        shift = words.output_format.frac - coeff.frac - words.input.frac
        if size * 2.0 ** max(0, shift) > _EXACT:
            raise GuardError(f"sums of a Conditioned must stay within 2**53, got up to {size}")

    def _values(self, conditions: Tensor) -> Tensor:
        values = self.network(conditions)
        if values.shape != (len(conditions), self.n_taps):
            raise TapsError(
                f"a network must give taps of shape [{len(conditions)}, {self.n_taps}], "
                f"got {list(values.shape)}"
            )
        if not torch.isfinite(values.detach()).all():
            raise TapsError("taps must be finite, got NaN or infinity from the network")
        return values.double()

    def _zero(self, batch: int, like: Tensor) -> State:
        return like.new_zeros((batch, self.n_taps - 1))

    def forward(self, x: Tensor, state: State = None) -> Any:
        """Filter samples; with a state only whole frames, see `Layer.forward`."""
        if state is not None and x.shape[-1] % self.frame:
            raise SpecError(
                f"chunks must be whole frames of {self.frame} samples, got {x.shape[-1]}"
            )
        return super().forward(x, state)

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words, batch, time = self._words, x.shape[0], x.shape[-1]
        signal = x[:, 0].double()
        if words is not None:
            check_dtype(x.dtype, words.input)
            check_dtype(x.dtype, words.output_format)
            signal = to_words(signal, words.input) * 2.0**-words.input.frac
        joined = torch.cat([state.double(), signal], -1)
        after = joined[:, joined.shape[-1] - (self.n_taps - 1) :].to(x.dtype)
        count = -(-time // self.frame)
        conditions = x[:, 1:, :: self.frame].transpose(1, 2).reshape(batch * count, -1)
        taps = self.taps(conditions)
        missing = count * self.frame - time
        padded = torch.nn.functional.pad(joined, (0, missing))
        windows = padded.unfold(-1, self.frame + self.n_taps - 1, self.frame)
        windows = windows.reshape(1, batch * count, -1)
        if words is not None:
            # Integers, so that no order of additions changes a sum.
            frac = _coeff(words).frac
            sums = fir_sums(
                windows * 2.0**words.input.frac, (taps * 2.0**frac)[:, None], batch * count
            )
            scale = 2.0 ** (words.output_format.frac - words.input.frac - frac)
            y = to_values(cast_sums(sums, _cast(words), scale), words.output_format, x.dtype)
        else:
            y = fir_sums(windows, taps[:, None], batch * count).to(x.dtype)
        return y.reshape(batch, 1, count * self.frame)[..., :time], after


def _coeff(words: Words) -> Format:
    if words.coeff is None:
        raise SpecError("taps of all frames share a format: words need coeff, got none")
    return words.coeff


def _cast(words: Words) -> Cast:
    return Cast(to=words.output_format, rounding=words.rounding, overflow=words.overflow)
