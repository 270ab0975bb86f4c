"""The float64 twin: the same filter in real numbers, exact for integers, open to floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fxfir.errors import FormatError, GuardError
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
from fxfir.model.bounds import FLOAT_INT
from fxfir.model.lanes import Array, as_samples, check_range, place, sequence
from fxfir.model.stream import Edge, Stream
from fxfir.model.switched import SwitchedRunner
from fxfir.model.tree import Leaf, build, leaves
from fxfir.model.twin_leaves import LinearFir, LinearSos, TwinFir, TwinRequantise, TwinSos
from fxfir.model.twin_stages import RealSum, TwinClip, TwinSelect, TwinSum, TwinTable

__all__ = ["FloatModel"]

_EXPONENTS = 400  # the scale of a product of two such binary points is a normal float64


class FloatModel(Stream):
    """A node in float64, with the verbs of `Model`; the kind of the first samples decides.

    - Integer samples are words of the input format. They become real numbers, meet the quantised
      coefficients as floats, and every cast of the contract is done in float64. The result is
      words again, equal to `Model`'s: all sums are proven to stay within 2**53 units.
    - Float samples are real values (a word times 2**-frac). The quantised coefficients are applied
      and no cast is done: nothing is rounded to a format, clamped or limited to the input's range.
      Sections run as transposed direct form II whatever their form, which differs only where
      casts do. Results are float64 real values, subject to float64 rounding.

    Parameters
    ----------
    node : Node

    Raises
    ------
    GuardError
        If a sum, a cast or a word of the node may exceed what float64 holds exactly.
    FilterError
        If the node holds something that is no filter of `fxfir.filters`.

    Notes
    -----
    Shapes are those of `Model`. Integers and floats do not mix: `reset` comes between them.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1, 2, 1), coeff=SQ(1, 2), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> twin = FloatModel(fir)
    >>> twin.process([4, 1, 0])
    array([1, 2, 2])
    >>> twin.reset()
    >>> twin.process([0.5, 0.0])
    array([0.125, 0.25 ])
    """

    def __init__(self, node: Node) -> None:
        for leaf in leaves(node):
            _check_leaf(leaf)
        self._twin = build(node, _TWIN)
        self._linear = build(node, _LINEAR)
        super().__init__(node, self._twin)
        self._to_real = [_scale(-fmt.frac) for fmt in node.inputs]
        self._to_words: list[tuple[Edge, Any]] = [
            (_scale(fmt.frac), np.int64) for fmt in node.outputs
        ]
        self._kind = ""

    def reset(self) -> None:
        """Forget all history; integers or floats may follow."""
        super().reset()
        self._kind = ""

    def push(self, sample: Any) -> Any:
        """Take one sample and give the one that it completes.

        Parameters
        ----------
        sample : int or float, or a sequence with one for each lane if the node reads several

        Returns
        -------
        int or float, or a tuple if the node gives several lanes

        Raises
        ------
        FormatError
            As `process`.
        """
        y = self.process(self._one(sample))
        values = tuple(y.reshape(-1).tolist())
        return values[0] if self._node.n_out == 1 else values

    def process(self, block: Any) -> Array:
        """Take a block of samples; integer blocks of any length give what one long block would.

        Parameters
        ----------
        block : array_like of int or float, shape [..., time] or [..., lanes, time]

        Returns
        -------
        ndarray of int64 for integers, of float64 for floats, shape [..., time] or
        [..., lanes, time]

        Raises
        ------
        FormatError
            If integer samples are outside the input format, floats are not finite, the samples are
            of another kind than those before, or the shape does not fit.
        """
        x = block if isinstance(block, np.ndarray) else sequence(block)
        floats = x.dtype.kind == "f" or (
            x.dtype == object and any(isinstance(v, (float, np.floating)) for v in x.flat)
        )
        kind = "floats" if floats else "integers"
        if self._kind not in ("", kind):
            raise FormatError(f"samples must stay {self._kind} until a reset, got {kind}")
        if floats:
            x = _finite(x)
            return self._run(kind, x, self._linear, [_as_it_is] * self._node.n_in)
        x = as_samples(x)
        check_range(x, self._node.inputs)
        return self._run(kind, x, self._twin, self._to_real)

    def _run(self, kind: str, x: Array, runner: Any, enter: Sequence[Edge]) -> Array:
        if not self._kind:
            self._runner = runner
        leave = self._to_words
        if kind == "floats":
            leave = [(_as_it_is, np.float64)] * self._node.n_out
        y = self._filter(x, enter, leave)
        self._kind = kind
        return y


_TWIN: dict[type, Leaf] = {
    FixedFir: TwinFir,
    SwitchedFir: partial(SwitchedRunner, make=TwinFir),
    FixedSos: TwinSos,
    Requantise: TwinRequantise,
    Clip: TwinClip,
    Select: TwinSelect,
    Sum: TwinSum,
    Table: TwinTable,
}


class _Through:
    """A bare cast, which float samples do not see."""

    reach = 0

    def __init__(self, node: Requantise) -> None:
        pass

    def reset(self, batch: int) -> None:
        pass

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        return lanes


_LINEAR: dict[type, Leaf] = {
    FixedFir: LinearFir,
    SwitchedFir: partial(SwitchedRunner, make=LinearFir),
    FixedSos: LinearSos,
    Requantise: _Through,
    Clip: TwinClip,
    Select: TwinSelect,
    Sum: RealSum,
    Table: TwinTable,
}


def _check_leaf(leaf: Node) -> None:
    """Refuse words that are no float64, and binary points beyond its exponents."""
    words, coeffs = [*leaf.inputs, *leaf.outputs], []
    match leaf:
        case FixedFir(coeff=coeff) | SwitchedFir(coeff=coeff):
            coeffs.append(coeff)
        case FixedSos(sections=sections):
            words += [cast.to for s in sections for cast in (s.out, s.state) if cast is not None]
            coeffs += [fmt for s in sections for fmt in (s.b_coeff, s.a_coeff)]
        case _:
            pass
    for fmt in words:
        if max(-fmt.lo, fmt.hi) > FLOAT_INT:
            raise GuardError(f"words must stay within 2**53 for the float64 twin, got {fmt}")
    for fmt in (*words, *coeffs):
        if abs(fmt.frac) > _EXPONENTS:
            raise GuardError(
                f"binary points must stay within {_EXPONENTS} bits for the float64 twin, got {fmt}"
            )


def _scale(exponent: int) -> Callable[[Array], Array]:
    return lambda a: np.ldexp(a.astype(np.float64), exponent)


def _as_it_is(a: Array) -> Array:
    return a


def _finite(x: Array) -> Array:
    if x.dtype == object:
        for k, value in enumerate(x.flat):
            number = isinstance(value, (int, float, np.integer, np.floating))
            if isinstance(value, bool) or not number:
                raise FormatError(f"samples must be numbers, got {place(x.shape, k)} = {value!r}")
    floats: Array = x.astype(np.float64, copy=False)
    finite = np.isfinite(floats)
    if not finite.all():
        first = int(np.argmin(finite))
        raise FormatError(
            f"samples must be finite, got {place(x.shape, first)} = {floats.flat[first]}"
        )
    return floats
