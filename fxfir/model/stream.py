"""The integer model: contract + integer samples -> integer samples, in one shot or as a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fxfir.errors import EngineError, FormatError
from fxfir.filters import (
    Clip,
    FixedFir,
    FixedSos,
    Node,
    Requantise,
    Select,
    Sum,
    SwitchedFir,
    Table,
)
from fxfir.model.fir import FIR_METHODS, FirRunner
from fxfir.model.lanes import Array, as_samples, check_range, join, sequence, split, word_dtype
from fxfir.model.sos import SOS_METHODS, SosRunner
from fxfir.model.stages import ClipRunner, RequantiseRunner, SelectRunner, SumRunner, TableRunner
from fxfir.model.switched import SwitchedRunner
from fxfir.model.tree import Leaf, Runner, build, leaves

__all__ = ["METHODS", "Model", "Stream", "run"]

METHODS: dict[str, tuple[type, ...]] = {
    "auto": (FixedFir, SwitchedFir, FixedSos, Requantise, Clip, Select, Sum, Table),
    "python": (FixedFir, SwitchedFir, FixedSos),
    "numpy": (FixedFir, SwitchedFir),
    "fft": (FixedFir, SwitchedFir),
    "numba": (FixedFir, SwitchedFir, FixedSos),
}
"""Each method and the filters that it computes; all give the same integers."""

Edge = Callable[[Array], Array]

_CHUNK = 1 << 16  # samples at a time: what a chunk needs stays within the caches


class Stream:
    """Shapes, chunks and batches around a tree of runners; `Model` and `FloatModel` are streams.

    Parameters
    ----------
    node : Node
    runner : Runner
    """

    def __init__(self, node: Node, runner: Runner) -> None:
        self._node = node
        self._runner = runner
        self._batch: tuple[int, ...] | None = None

    @property
    def node(self) -> Node:
        """The filter that is run."""
        return self._node

    def reset(self) -> None:
        """Forget all history: the next sample is the first one, after zeros."""
        self._batch = None

    def _start(self, batch: tuple[int, ...]) -> None:
        """Give every signal of the batch its own history, or check that there is one."""
        if self._batch is None:
            self._runner.reset(int(np.prod(batch, dtype=np.int64)))
            self._batch = batch
        elif self._batch != batch:
            raise FormatError(
                f"batch axes must stay {list(self._batch)} until a reset, got {list(batch)}"
            )

    def _filter(self, x: Array, enter: Sequence[Edge], leave: Sequence[tuple[Edge, Any]]) -> Array:
        """Run samples of the right shape a chunk at a time: memory stays linear in the samples.

        `enter` makes a chunk of an input lane into what the runner reads; `leave` does the same
        for an output lane, with the dtype of its result.
        """
        batch, lanes = split(x, self._node.n_in)
        self._start(batch)
        rows, time = lanes[0].shape
        out = [np.empty((rows, time), dtype=dtype) for _, dtype in leave]
        size = max(_CHUNK // max(rows, 1), 4 * self._runner.reach, 1)
        for start in range(0, time, size):
            stop = start + size
            chunk = [f(lane[:, start:stop]) for f, lane in zip(enter, lanes, strict=True)]
            results = self._runner.advance(chunk, rows * time)
            for whole, (f, _), part in zip(out, leave, results, strict=True):
                whole[:, start:stop] = f(part)
        return join(out, batch)

    def _one(self, sample: Any) -> Array:
        """Return a sample as the block of one that `process` reads."""
        values = [sample] if self._node.n_in == 1 else list(sample)
        for k, value in enumerate(values):
            if np.ndim(value):
                raise FormatError(f"push takes one sample of each lane, got {value!r} in lane {k}")
        return sequence([[v] for v in values] if self._node.n_in > 1 else values)


class Model(Stream):
    """The golden reference of a node, as a stream.

    Parameters
    ----------
    node : Node
    method : str, optional
        How FIR filters and sections are computed; every method gives the same integers.

        - "auto": by size; numba only where it is installed and pays for its start.
        - "python": Python integers, the reading of the contract that the others are held against.
        - "numpy": FIR sums in float64 where sum |c| * max |x| <= 2**53, else over digits of x.
        - "fft": FIR sums through FFTs, under the bound of `fxfir.model.bounds.fft_error_bound`.
        - "numba": compiled loops (extra `fast`).

        In a composition, filters that the named method does not compute choose for themselves.

    Raises
    ------
    EngineError
        If there is no such method, or it computes none of the node's filters.
    GuardError
        If the named method cannot be proven exact for a filter.
    ToolError
        If the method is "numba" and numba is not installed.
    FilterError
        If the node holds something that is no filter of `fxfir.filters`.

    Notes
    -----
    Samples are integer words. A node with one input lane reads arrays `[..., time]`, one with
    several reads `[..., lanes, time]`; the output follows the same rule by its own lanes. Axes in
    front are a batch of independent signals; the first block after a reset fixes them.

    Results are int64, or object dtype with Python integers where an output format does not fit
    int64. Any integer dtype is read.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1, 2, 1), coeff=SQ(1, 2), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> model = Model(fir)
    >>> model.process([4, 0, 0])
    array([1, 2, 1])
    >>> model.push(8), model.push(0)
    (2, 4)
    >>> model.reset()
    >>> model.push(0)
    0
    """

    def __init__(self, node: Node, *, method: str = "auto") -> None:
        super().__init__(node, build(node, _leaves_for(node, method)))
        self._method = method
        self._enter = [partial(_as_dtype, dtype=word_dtype(fmt)) for fmt in node.inputs]
        self._leave = [(_as_it_is, word_dtype(fmt)) for fmt in node.outputs]

    @property
    def method(self) -> str:
        """The method asked for."""
        return self._method

    def push(self, sample: int | Sequence[int]) -> int | tuple[int, ...]:
        """Take one sample and give the one that it completes.

        Parameters
        ----------
        sample : int, or sequence of int
            One word; a sequence with a word per lane if the node reads several.

        Returns
        -------
        int, or tuple of int
            A tuple if the node gives several lanes.

        Raises
        ------
        FormatError
            If the sample is no integer, or outside the input format.
        """
        y = self.process(self._one(sample))
        return int(y[0]) if self._node.n_out == 1 else tuple(int(v) for v in y[:, 0])

    def process(self, block: Any) -> Array:
        """Take a block of samples; blocks of any length give what one long block would.

        Parameters
        ----------
        block : array_like of int, shape [..., time] or [..., lanes, time]
            May be empty in time.

        Returns
        -------
        ndarray of int64 or object, shape [..., time] or [..., lanes, time]

        Raises
        ------
        FormatError
            If the samples are not integers, one is outside the input format (the message names
            its index), the shape does not fit, or the batch axes differ from the block before.
            The history is unchanged then.
        """
        x = as_samples(block)
        check_range(x, self._node.inputs)
        return self._filter(x, self._enter, self._leave)


def run(node: Node, x: Any, *, method: str = "auto") -> Array:
    """Filter samples from zero history, in one shot.

    Parameters
    ----------
    node : Node
    x : array_like of int, shape [..., time] for one input lane, [..., lanes, time] for several
        Words of the node's input format.
    method : str, optional
        See `Model`.

    Returns
    -------
    ndarray of int64 or object, shape [..., time] for one output lane, [..., lanes, time]
        As many samples as came in.

    Raises
    ------
    FormatError
        If the samples are not integers or one is outside the input format.
    EngineError, GuardError, ToolError, FilterError
        As `Model`.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1, -1), coeff=SQ(2, 0), input=SQ(8, 0), output=Cast(to=SQ(8, 0)))
    >>> run(fir, [100, 120, -128])
    array([ 100,   20, -128])
    """
    return Model(node, method=method).process(x)


def _leaves_for(node: Node, method: str) -> dict[type, Leaf]:
    if method not in METHODS:
        raise EngineError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    found = leaves(node)
    if method != "auto" and not any(isinstance(leaf, METHODS[method]) for leaf in found):
        kinds = ", ".join(kind.__name__ for kind in METHODS[method])
        got = ", ".join(sorted({type(leaf).__name__ for leaf in found}))
        raise EngineError(f"method {method} computes {kinds}, got {got}")
    fir = partial(FirRunner, method=method if method in FIR_METHODS else "auto")
    return {
        FixedFir: fir,
        SwitchedFir: partial(SwitchedRunner, make=fir),
        FixedSos: partial(SosRunner, method=method if method in SOS_METHODS else "auto"),
        Requantise: RequantiseRunner,
        Clip: ClipRunner,
        Select: SelectRunner,
        Sum: SumRunner,
        Table: TableRunner,
    }


def _as_dtype(chunk: Array, dtype: Any) -> Array:
    return chunk.astype(dtype, copy=False)


def _as_it_is(chunk: Array) -> Array:
    return chunk
