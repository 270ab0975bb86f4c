"""The adder graph: constant multiplication by additions, shifts and signs, as a value.

Nodes are numbered: inputs first, then adders, each of which reads earlier nodes only. Shifts and
signs are wires and cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fxfir.arith.adder import Adder, Form, Range, Term, adder_bits, valuation
from fxfir.arith.sums import weighted_range
from fxfir.errors import GraphError

__all__ = ["AdderGraph", "Coefficients", "as_matrix"]

Coefficients = Sequence[int] | Sequence[Sequence[int]]

_INT64_BITS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class AdderGraph:
    """A network of two-input adders that multiplies its inputs by constants, exactly.

    Parameters
    ----------
    n_inputs : int
        Nodes 0 to n_inputs - 1.
    adders : sequence of Adder
        Nodes n_inputs, n_inputs + 1, ... in order.
    outputs : sequence of (Term or None)
        What leaves the graph; None is the constant 0.

    Attributes
    ----------
    forms : tuple of tuple of int, shape (n_nodes, n_inputs)
        Every node as a linear form of the inputs, found by evaluating the graph symbolically:
        node n is sum over i of forms[n][i] * input[i], for all inputs there are.

    Raises
    ------
    GraphError
        If an operand is not an earlier node, or a right shift would drop a bit that is not
        always zero.

    Notes
    -----
    A term may be shifted right (negative shift) where the node it reads is even for every input,
    as in 7 = (3 + 11) / 2: the value stays exact, the wire leaves out bits that are always zero.

    Examples
    --------
    >>> five = Adder(left=Term(node=0), right=Term(node=0, shift=2))
    >>> graph = AdderGraph(n_inputs=1, adders=(five,), outputs=(Term(node=1, shift=1),))
    >>> graph.coefficients(), graph.evaluate([7])
    (((10,),), [70])
    """

    n_inputs: int
    adders: tuple[Adder, ...]
    outputs: tuple[Term | None, ...]
    forms: tuple[Form, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "adders", tuple(self.adders))
        object.__setattr__(self, "outputs", tuple(self.outputs))
        if self.n_inputs < 1:
            raise GraphError(f"a graph needs at least one input, got {self.n_inputs}")
        if not self.outputs:
            raise GraphError("a graph needs at least one output, got none")
        n = self.n_inputs
        forms: list[Form] = [tuple(int(i == k) for i in range(n)) for k in range(n)]
        for k, adder in enumerate(self.adders):
            where = f"adder {n + k}"
            left = _apply(adder.left, forms, where)
            right = _apply(adder.right, forms, where)
            forms.append(tuple(a + b for a, b in zip(left, right, strict=True)))
        for k, term in enumerate(self.outputs):
            if term is not None:
                _apply(term, forms, f"output {k}")
        object.__setattr__(self, "forms", tuple(forms))

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.outputs)

    @property
    def n_adders(self) -> int:
        """Number of two-input adders and subtractors."""
        return len(self.adders)

    @property
    def levels(self) -> tuple[int, ...]:
        """Adders on the longest way from an input to each node, inputs (0) included."""
        levels = [0] * self.n_inputs
        for adder in self.adders:
            levels.append(1 + max(levels[adder.left.node], levels[adder.right.node]))
        return tuple(levels)

    @property
    def depth(self) -> int:
        """Adders on the longest way from an input to an output."""
        levels = self.levels
        return max((levels[t.node] for t in self.outputs if t is not None), default=0)

    def coefficients(self) -> tuple[Form, ...]:
        """Return the matrix the graph multiplies by, shape (n_outputs, n_inputs).

        It is the graph evaluated on symbols, so it holds for every input: the proof that a
        graph computes what it should is that this equals what was asked.
        """
        zero = (0,) * self.n_inputs
        return tuple(zero if t is None else t.of(self.forms[t.node]) for t in self.outputs)

    def inner_sums(self, ages: Sequence[int]) -> tuple[tuple[int, Form], ...]:
        """Return what each output reads inside: its number and a sum's weights of samples by age.

        Parameters
        ----------
        ages : sequence of int, shape (n_inputs,)
            How many samples ago each input came.
        """
        readers: list[set[int]] = [set() for _ in self.forms]
        for k, term in enumerate(self.outputs):
            if term is not None:
                readers[term.node].add(k)
        n = self.n_inputs
        for node in reversed(range(n, len(self.forms))):
            for term in (self.adders[node - n].left, self.adders[node - n].right):
                readers[term.node] |= readers[node]
        found = []
        for node, form in enumerate(self.forms[n:], n):
            weights = dict(zip(ages, form, strict=True))
            response = tuple(weights.get(age, 0) for age in range(max(ages) + 1))
            found += [(k, response) for k in sorted(readers[node])]
        return tuple(found)

    def check(self, coeffs: Coefficients) -> None:
        """Raise unless the graph multiplies by exactly these coefficients.

        Parameters
        ----------
        coeffs : sequence of int, or of sequences of int, shape (n_outputs, n_inputs)
            A flat sequence where there is but one input, or but one output.

        Raises
        ------
        GraphError
            If the shape or a coefficient differs; the message names the first.
        """
        wanted = as_matrix(coeffs, n_inputs=self.n_inputs)
        got = self.coefficients()
        if len(wanted) != len(got):
            raise GraphError(f"the graph must have {len(wanted)} outputs, got {len(got)}")
        for j, (row, found) in enumerate(zip(wanted, got, strict=True)):
            for i, (w, g) in enumerate(zip(row, found, strict=True)):
                if w != g:
                    raise GraphError(
                        f"output {j} of the graph must be {w} times input {i}, got {g}"
                    )

    def evaluate(self, inputs: Sequence[Any]) -> list[Any]:
        """Run the graph on numbers: every adder, every shift.

        Parameters
        ----------
        inputs : sequence of int or ndarray of integers, shape (n_inputs, ...)
            Arrays of one shape. They go through Python integers where 63 bits could be left.

        Returns
        -------
        list of int or ndarray, shape (n_outputs, ...)

        Raises
        ------
        GraphError
            If the number of inputs differs.
        """
        if len(inputs) != self.n_inputs:
            raise GraphError(f"the graph takes {self.n_inputs} inputs, got {len(inputs)}")
        values = self._exact(inputs)
        zero = values[0] * 0
        for adder in self.adders:
            values.append(_shift(adder.left, values) + _shift(adder.right, values))
        return [zero if t is None else _shift(t, values) for t in self.outputs]

    def ranges(self, input_ranges: Range | Sequence[Range]) -> tuple[Range, ...]:
        """Return the smallest and largest value of every node, both attained.

        Parameters
        ----------
        input_ranges : (lo, hi), or a sequence of them, shape (n_inputs,)
            One pair holds for all inputs. Inputs are independent of each other.

        Returns
        -------
        tuple of (lo, hi), shape (n_nodes,)
            Inputs first. They follow from the linear forms, not from the operands' ranges: the
            range of 8x - 7x is the range of x.
        """
        given = self._input_ranges(input_ranges)
        return tuple(weighted_range(form, given) for form in self.forms)

    def adder_bits(self, input_ranges: Range | Sequence[Range]) -> tuple[int, ...]:
        """Return the one-bit adders (full adder cells) of each adder; see `adder.adder_bits`."""
        ranges = self.ranges(input_ranges)
        first = self.n_inputs
        return tuple(
            adder_bits(adder, self.forms, ranges, ranges[first + k])
            for k, adder in enumerate(self.adders)
        )

    def one_bit_adders(self, input_ranges: Range | Sequence[Range]) -> int:
        """Return the number of one-bit adders of the whole graph: what silicon pays."""
        return sum(self.adder_bits(input_ranges))

    def to_json(self) -> dict[str, Any]:
        """Return plain data: adders as [node, shift, sign, node, shift], outputs or null."""
        return {
            "n_inputs": self.n_inputs,
            "adders": [
                [a.left.node, a.left.shift, a.right.sign, a.right.node, a.right.shift]
                for a in self.adders
            ],
            "outputs": [None if t is None else [t.sign, t.node, t.shift] for t in self.outputs],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AdderGraph:
        """Build the graph that `to_json` wrote.

        Raises
        ------
        GraphError
            If the data is no graph.
        """
        try:
            adders = tuple(
                Adder(
                    left=Term(node=u, shift=a),
                    right=Term(node=v, shift=b, negative=_negative(sign)),
                )
                for u, a, sign, v, b in data["adders"]
            )
            outputs = tuple(
                None if t is None else Term(node=t[1], shift=t[2], negative=_negative(t[0]))
                for t in data["outputs"]
            )
            return cls(n_inputs=data["n_inputs"], adders=adders, outputs=outputs)
        except (KeyError, TypeError, IndexError) as error:
            raise GraphError(f"an adder graph needs n_inputs, adders, outputs, got {data!r}") from (
                error
            )

    def _input_ranges(self, given: Range | Sequence[Range]) -> tuple[Range, ...]:
        pairs: Any = tuple(given)
        if len(pairs) == 2 and not isinstance(pairs[0], Sequence):
            pairs = (pairs,) * self.n_inputs
        if len(pairs) != self.n_inputs:
            raise GraphError(f"the graph takes {self.n_inputs} input ranges, got {len(pairs)}")
        for lo, hi in pairs:
            if lo > hi:
                raise GraphError(f"a range must be (lo, hi), got ({lo}, {hi})")
        return tuple((int(lo), int(hi)) for lo, hi in pairs)

    def _exact(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the inputs in a type that no node and no shifted operand can leave."""
        if not any(isinstance(x, np.ndarray) for x in inputs):
            return [int(x) for x in inputs]
        arrays = [np.asarray(x) for x in inputs]
        peak = max((abs(int(e)) for x in arrays if x.size for e in (x.min(), x.max())), default=0)
        terms = [t for a in self.adders for t in (a.left, a.right)]
        terms += [t for t in self.outputs if t is not None]
        gain = max((sum(map(abs, self.forms[t.node])) << max(t.shift, 0) for t in terms), default=1)
        narrow = (2 * gain * peak).bit_length() < _INT64_BITS
        return [x.astype(np.int64 if narrow else object) for x in arrays]


def as_matrix(coeffs: Coefficients, *, n_inputs: int | None = None) -> tuple[Form, ...]:
    """Return coefficients as rows, one per output, shape (n_outputs, n_inputs).

    A flat sequence is one input with many outputs, or, if `n_inputs` is more than 1, one output.

    Raises
    ------
    GraphError
        If there are none, rows differ in length, or one is not an integer.
    """
    rows: Any = list(coeffs)
    if not rows:
        raise GraphError("at least one coefficient is needed, got none")
    if not isinstance(rows[0], Sequence | np.ndarray):
        rows = [rows] if n_inputs is not None and n_inputs > 1 else [[c] for c in rows]
    matrix = []
    for j, row in enumerate(rows):
        for c in row:
            if isinstance(c, bool) or not hasattr(c, "__index__"):
                raise GraphError(f"coefficients must be integers, got {c!r} in row {j}")
        matrix.append(tuple(int(c.__index__()) for c in row))
        width = len(matrix[0]) if n_inputs is None else n_inputs
        if len(matrix[j]) != width or not width:
            raise GraphError(f"row {j} must hold {width} coefficients, got {len(matrix[j])}")
    return tuple(matrix)


def _apply(term: Term, forms: Sequence[Form], where: str) -> Form:
    if not 0 <= term.node < len(forms):
        raise GraphError(f"{where} must read a node below {len(forms)}, got {term.node}")
    form = forms[term.node]
    if term.shift < 0 and any(form) and -term.shift > valuation(form):
        raise GraphError(
            f"{where} must not drop bits: node {term.node} is a multiple of "
            f"{1 << valuation(form)}, got a right shift by {-term.shift}"
        )
    return term.of(form)


def _shift(term: Term, values: Sequence[Any]) -> Any:
    value = values[term.node]
    value = value << term.shift if term.shift >= 0 else value >> -term.shift
    return -value if term.negative else value


def _negative(sign: object) -> bool:
    if sign not in ("+", "-"):
        raise GraphError(f"a sign must be '+' or '-', got {sign!r}")
    return sign == "-"
