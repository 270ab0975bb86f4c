"""One adder of an adder graph: its operands, and how many full adder cells it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fxfir.errors import GraphError

__all__ = ["Adder", "Form", "Range", "Term", "adder_bits", "valuation"]

Form = tuple[int, ...]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A node, shifted and signed: (-1 if negative) * node * 2**shift.

    Parameters
    ----------
    node : int
        Number of the node.
    shift : int, optional
        To the left; negative is a right shift, allowed only where it drops zeros for certain.
    negative : bool, optional
    """

    node: int
    shift: int = 0
    negative: bool = False

    @property
    def sign(self) -> str:
        """'+' or '-'."""
        return "-" if self.negative else "+"

    def moved(self, other: Term) -> Term:
        """Return this term's node with the shift and sign of `other` on top of its own.

        >>> Term(node=3, shift=1, negative=True).moved(Term(node=0, shift=2, negative=True))
        Term(node=3, shift=3, negative=False)
        """
        return Term(
            node=self.node,
            shift=self.shift + other.shift,
            negative=self.negative != other.negative,
        )

    def of(self, form: Form) -> Form:
        """Return this term of a node whose linear form is `form`."""
        left, right = max(self.shift, 0), max(-self.shift, 0)
        if self.negative:
            return tuple(-(c << left >> right) for c in form)
        return tuple(c << left >> right for c in form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adder:
    """left + right, or left - right if `right` is negative.

    Parameters
    ----------
    left, right : Term
        Only `right` may be negative: -u - v would take a second carry chain, so a graph adds
        and leaves the sign to whoever reads the sum.

    Raises
    ------
    GraphError
        If `left` is negative.
    """

    left: Term
    right: Term

    def __post_init__(self) -> None:
        if self.left.negative:
            raise GraphError(f"the left operand of an adder must be positive, got -{self.left}")


def valuation(form: Form) -> int:
    """Return the exponent of the greatest power of two that divides every coefficient.

    >>> valuation((12, 0, -8))
    2
    """
    bits = 0
    for c in form:
        bits |= c
    return (bits & -bits).bit_length() - 1 if bits else 0


def adder_bits(adder: Adder, forms: Sequence[Form], ranges: Sequence[Range], result: Range) -> int:
    """Return how many one-bit adders (full adder cells) an adder takes.

    Parameters
    ----------
    adder : Adder
    forms : sequence of tuple of int
        Linear form of every node.
    ranges : sequence of (lo, hi)
        Range of every node.
    result : (lo, hi)
        Range of the sum.

    Returns
    -------
    int
        Width of the sum less the low bits that need no cell.

    Notes
    -----
    Below the lowest bit of one operand, the other one passes through unchanged; of a difference
    this holds for the left operand only (-v has other low bits than v). Zeros at the bottom of
    both cost nothing either way. Two operands that do not overlap, the lower one never negative,
    are joined by wires.
    """
    left, right = adder.left, adder.right
    low = left.shift + valuation(forms[left.node])
    high = right.shift + valuation(forms[right.node])
    if right.negative:
        free = max(low, high) if low <= high else high
    else:
        free = max(low, high)
        for lower, bottom in ((left, high), (right, low)):
            least, most = ranges[lower.node]
            if least >= 0 and _shifted(most, lower.shift) < 1 << bottom:
                return 0
    return max(_width(result) - free, 0)


def _shifted(value: int, shift: int) -> int:
    return value << shift if shift >= 0 else value >> -shift


def _width(values: Range) -> int:
    """Return the bits of the narrowest word for a range, without a sign bit if none is needed."""
    lo, hi = values
    if lo >= 0:
        return hi.bit_length()
    return 1 + max((~lo).bit_length(), hi.bit_length() if hi > 0 else 0)
