"""What every layer offers: real or exact samples, state, the filter it stands for, its core."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fxfir.errors import FormatError, GuardError, SpecError
from fxfir.filters import Node
from fxfir.fixed import Format
from fxfir.spec.hardware import Hardware
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.flow.compile import CompiledLane
    from fxfir.flow.generate import Generated

__all__ = ["Layer", "State"]

State = Any
"""A tensor, or a tuple of the states of the layers inside."""

_FLOAT_BITS = {torch.float16: 11, torch.bfloat16: 8, torch.float32: 24, torch.float64: 53}


class Layer(torch.nn.Module):
    """A filter over `[..., channels, time]` that trains like any module.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    words : Words or None
        None: real numbers. Otherwise every output is what the integers of `to_filter` stand for,
        to the bit, and gradients pass the roundings straight through.

    Notes
    -----
    `layer(x)` starts from zero history. `layer(x, state)` returns output and state, so that
    chunks give what one call would; `zero_state(x)` is the one to begin with. Nothing is kept
    between calls.
    """

    def __init__(self, *, n_in: int, n_out: int, words: Words | None) -> None:
        super().__init__()
        self.n_in, self.n_out = n_in, n_out
        self._words: Words | None = None
        if words is not None and not isinstance(words, Words):
            raise SpecError(f"words must be fxfir.spec.Words or None, got {words!r}")

    @property
    def words(self) -> Words | None:
        """Word lengths of the exact path; None while the layer computes in real numbers."""
        return self._words

    @words.setter
    def words(self, words: Words | None) -> None:
        if words is not None:
            self._check_words(words)
        self._words = words
        self._words_changed()

    def forward(self, x: Tensor, state: State = None) -> Any:
        """Filter samples.

        Parameters
        ----------
        x : Tensor, shape (..., n_in, time)
            Real values; where `words` are given they are rounded to the input format first.
        state : State, optional
            What the call before returned, or `zero_state(x)`.

        Returns
        -------
        Tensor, shape (..., n_out, time), or (Tensor, State)
            A pair exactly if a state was given. The dtype is that of `x`.

        Raises
        ------
        FormatError
            If the shape does not fit, or the dtype cannot hold the words.
        GuardError
            If sums cannot be proven exact.
        """
        flat = self._flat(x)
        batch = flat.shape[0]
        y, after = self._run(flat, self._zero(batch, flat) if state is None else state)
        y = y.reshape(*x.shape[:-2], *y.shape[1:])
        return y if state is None else (y, after)

    def zero_state(self, x: Tensor) -> State:
        """Return the state of silence, for samples shaped like `x`."""
        flat = self._flat(x)
        return self._zero(flat.shape[0], flat)

    def to_filter(self) -> Node:
        """Return the filter of integers that the layer computes.

        Raises
        ------
        SpecError
            If the layer has no `words`.
        FxfirError
            If it holds no filter: a tap is NaN, all round to zero.
        """
        raise NotImplementedError

    def lanes(self) -> tuple[CompiledLane, ...]:
        """Return what each lane's integers were made from, as far as anyone can tell."""
        return ()

    def generate(
        self, name: str, *, fs_hz: float | None = None, seed: int = 1, **hardware: Any
    ) -> Generated:
        """Build the core; nothing is written.

        Parameters
        ----------
        name : str
            Of the core and of its Verilog module.
        fs_hz : float or None, optional
            Sampling rate in Hz.
        seed : int, optional
            Of the random part of the vectors.
        **hardware
            Fields of `fxfir.spec.hardware.Hardware`: arch, target, interface, clock_hz, ...

        Returns
        -------
        Generated

        Raises
        ------
        FxfirError
            Whatever `to_filter` and the stages of `fxfir generate` refuse.
        """
        from fxfir.flow import generate_filter

        return generate_filter(
            self.to_filter(),
            name=name,
            lanes=self.lanes(),
            hardware=Hardware(name=name, **hardware),
            fs_hz=fs_hz,
            seed=seed,
        )

    def export(
        self, folder: str | Path, *, name: str | None = None, force: bool = False, **options: Any
    ) -> Path:
        """Write the core folder of the filter.

        Parameters
        ----------
        folder : path
        name : str, optional
            The folder's last part unless given.
        force : bool, optional
            Replace an existing core folder.
        **options
            As for `generate`.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        FxfirError
            As `generate`; nothing is written then.
        OutputError
            If the folder exists and `force` is false, or cannot be written.
        """
        made = self.generate(Path(folder).name if name is None else name, **options)
        return made.write(folder, force=force)

    def _check_words(self, words: Words) -> None:
        """Refuse words that the layer cannot use."""
        for fmt in (words.input, words.output_format):
            if fmt.width > 53:
                raise GuardError(f"a layer carries words of at most 53 bits, got {fmt}")
        if words.scale_taps:
            raise SpecError("a layer learns its own gain, got scale_taps")

    def _words_changed(self) -> None:
        """Do what new words ask for."""

    def _needed_words(self) -> Words:
        if self._words is None:
            kind = type(self).__name__
            raise SpecError(f"a {kind} needs words to become integers, got words = None")
        return self._words

    def _zero(self, batch: int, like: Tensor) -> State:
        raise NotImplementedError

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Filter `[batch, n_in, time]`."""
        raise NotImplementedError

    def _flat(self, x: Tensor) -> Tensor:
        kind = type(self).__name__
        if x.dim() < 2 or x.shape[-2] != self.n_in:
            raise FormatError(f"a {kind} reads [..., {self.n_in}, time], got shape {list(x.shape)}")
        if x.dtype not in _FLOAT_BITS:
            raise FormatError(f"a {kind} reads floating-point samples, got {x.dtype}")
        return x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])


def check_dtype(dtype: torch.dtype, fmt: Format) -> None:
    """Refuse a dtype that cannot hold every word of a format.

    Raises
    ------
    FormatError
    """
    if fmt.width - fmt.signed > _FLOAT_BITS[dtype]:
        raise FormatError(f"words of {fmt} need float64 samples, got {dtype}")
