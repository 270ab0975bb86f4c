"""Building adder graphs: one value, one node; free signs and shifts; only what is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fxfir.arith.adder import Adder, Form, Term, valuation
from fxfir.arith.graph import AdderGraph
from fxfir.errors import GraphError

__all__ = ["GraphBuilder"]


class GraphBuilder:
    """Adds terms and remembers which values exist.

    Terms that it returns may carry a right shift that is not exact yet (half of an odd value);
    sums of them are kept in units small enough, and an output must come out exact again.

    Parameters
    ----------
    n_inputs : int

    Attributes
    ----------
    forms : list of tuple of int
        Every node so far as a linear form of the inputs.
    levels : list of int
        Depth of every node so far.
    """

    def __init__(self, n_inputs: int) -> None:
        self.n_inputs = n_inputs
        self.forms: list[Form] = [
            tuple(int(i == k) for i in range(n_inputs)) for k in range(n_inputs)
        ]
        self.levels = [0] * n_inputs
        self._adders: list[Adder] = []
        self._known = {form: k for k, form in enumerate(self.forms)}

    def find(self, form: Form) -> Term | None:
        """Return the term with this linear form, or None if no node has it up to shift and sign."""
        odd, shift, negative = _normal(form)
        node = self._known.get(odd)
        if node is None:
            return None
        _, own_shift, own_negative = _normal(self.forms[node])
        return Term(node=node, shift=shift - own_shift, negative=negative != own_negative)

    def term(self, form: Form) -> Term:
        """Return the term with this linear form.

        Raises
        ------
        GraphError
            If no node has it up to shift and sign.
        """
        found = self.find(form)
        if found is None:
            raise GraphError(f"a graph must make {form} before it is used, got no node for it")
        return found

    def add(self, first: Term, second: Term, *, again: bool = False) -> Term:
        """Return the sum of two terms; a new adder only if no node has that value.

        Of a difference, the operand whose low bits can pass without a cell becomes the left one.

        Parameters
        ----------
        first, second : Term
        again : bool, optional
            A new adder in any case; from then on it is the node of that value.

        Raises
        ------
        GraphError
            If the sum is zero.
        """
        total = self._add(first, second, again)
        if total is None:
            raise GraphError(f"a sum must not be zero, got {first} plus its negative")
        return total

    def sum(self, terms: Iterable[Term]) -> Term | None:
        """Return the sum of terms as a tree of least depth, small values first; None is 0."""
        left = list(terms)
        while len(left) > 1:
            left.sort(key=self._order)
            total = self._add(left[0], left[1])
            left = [*([total] if total else []), *left[2:]]
        return left[0] if left else None

    def include(self, graph: AdderGraph, inputs: Sequence[Term | None]) -> list[Term | None]:
        """Add a whole graph that reads these terms, and return its outputs as terms.

        Parameters
        ----------
        graph : AdderGraph
        inputs : sequence of (Term or None), shape (graph.n_inputs,)
            None is 0.
        """
        terms = list(inputs)
        for adder in graph.adders:
            operands = ((terms[t.node], t) for t in (adder.left, adder.right))
            terms.append(self.sum(own.moved(t) for own, t in operands if own is not None))
        ends = ((t, None if t is None else terms[t.node]) for t in graph.outputs)
        return [None if t is None or own is None else own.moved(t) for t, own in ends]

    def _add(self, first: Term, second: Term, again: bool = False) -> Term | None:
        low, high = self._bottom(first), self._bottom(second)
        if high < low:
            first, second, low = second, first, high
        # From here on `first` has the lowest bit: it is never the one subtracted.
        flipped = first.negative
        left = replace(first, shift=first.shift - low, negative=False)
        right = replace(second, shift=second.shift - low, negative=second.negative != flipped)
        operands = zip(
            left.of(self.forms[left.node]), right.of(self.forms[right.node]), strict=True
        )
        form = tuple(a + b for a, b in operands)
        if not any(form):
            return None
        found = None if again else self.find(form)
        if found is None:
            found = Term(node=len(self.forms))
            self._known[_normal(form)[0]] = found.node
            self.forms.append(form)
            self.levels.append(1 + max(self.levels[left.node], self.levels[right.node]))
            self._adders.append(Adder(left=left, right=right))
        return replace(found, shift=found.shift + low, negative=found.negative != flipped)

    def _bottom(self, term: Term) -> int:
        """Return the position of the lowest bit of a term that is not always zero."""
        return term.shift + valuation(self.forms[term.node])

    def _order(self, term: Term) -> tuple[int, int, int]:
        form = self.forms[term.node]
        bits = sum(map(abs, form)).bit_length() + term.shift
        return self.levels[term.node], bits, term.node

    def graph(self, outputs: Sequence[Term | None]) -> AdderGraph:
        """Return the graph of these outputs, without the adders none of them needs."""
        n = self.n_inputs
        used = {t.node for t in outputs if t is not None}
        for k in reversed(range(len(self._adders))):
            if n + k in used:
                used |= {self._adders[k].left.node, self._adders[k].right.node}
        number = {k: k for k in range(n)}
        adders: list[Adder] = []
        for k, adder in enumerate(self._adders):
            if n + k in used:
                number[n + k] = n + len(adders)
                left = replace(adder.left, node=number[adder.left.node])
                right = replace(adder.right, node=number[adder.right.node])
                adders.append(Adder(left=left, right=right))
        ends = [None if t is None else replace(t, node=number[t.node]) for t in outputs]
        return AdderGraph(n_inputs=n, adders=tuple(adders), outputs=tuple(ends))


def _normal(form: Form) -> tuple[Form, int, bool]:
    """Return the form without powers of two and with its first entry positive, shift and sign."""
    shift = valuation(form)
    negative = next(c for c in form if c) < 0
    return tuple(-(c >> shift) if negative else c >> shift for c in form), shift, negative
