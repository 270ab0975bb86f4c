"""State spaces in exact fractions: their transfer functions, of any order."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fxfir.arith.link import Rational
from fxfir.arith.peak_gain import Block, PeakGain, cascade_peak_gains

__all__ = ["state_space_block", "state_space_gains"]

Matrix = Sequence[Sequence[Rational]]
Vector = Sequence[Rational]


def state_space_block(a: Matrix, b: Vector, signals: Sequence[tuple[Vector, Rational]]) -> Block:
    """Return v[n+1] = A v[n] + B x[n] with signals C v + D x as one link of a cascade.

    Parameters
    ----------
    a : matrix of Fraction or int, shape (order, order)
    b : sequence of Fraction or int, shape (order,)
    signals : sequence of (C, D)
        C of shape (order,), D a number; the first is the link's output, the others its probes.

    Returns
    -------
    Block
        Its denominator is det(I - A / z), the same for every signal.

    Notes
    -----
    Faddeev and LeVerrier: N1 = I, c1 = -tr A; N[k] = A N[k-1] + c[k-1] I, c[k] = -tr(A N[k]) / k.
    Then det(zI - A) = z**n + c1 z**(n-1) + ... and adj(zI - A) = N1 z**(n-1) + N2 z**(n-2) + ...
    Fractions make every step exact.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> block = state_space_block([[half]], [1], [([1], 0)])
    >>> block.b, block.a
    ((Fraction(0, 1), Fraction(1, 1)), (Fraction(-1, 2),))
    """
    order = len(b)
    rows = [[Fraction(v) for v in row] for row in a]
    power = [[Fraction(int(i == j)) for j in range(order)] for i in range(order)]
    denominator = [Fraction(1)]
    # adj(zI - A) B, a vector for each power of 1/z.
    adjugate: list[list[Fraction]] = []
    for k in range(1, order + 1):
        adjugate.append([_dot(row, b) for row in power])
        product = [[_dot(row, column) for column in zip(*power, strict=True)] for row in rows]
        coefficient = -sum((product[i][i] for i in range(order)), Fraction(0)) / k
        denominator.append(coefficient)
        power = [
            [v + (coefficient if i == j else 0) for j, v in enumerate(row)]
            for i, row in enumerate(product)
        ]
    numerators = []
    for c, d in signals:
        inner = [Fraction(0), *(_dot(c, vector) for vector in adjugate)]
        numerators.append(tuple(v + d * w for v, w in zip(inner, denominator, strict=True)))
    return Block(b=numerators[0], a=tuple(denominator[1:]), probes=tuple(numerators[1:]))


def state_space_gains(
    a: Matrix, b: Vector, signals: Sequence[tuple[Vector, Rational]]
) -> tuple[PeakGain, ...]:
    """Bound the worst-case peak gain from x to every signal C v + D x; see `state_space_block`.

    Raises
    ------
    StabilityError
        As `cascade_peak_gains`.
    """
    return cascade_peak_gains([state_space_block(a, b, signals)])[0]


def _dot(left: Vector, right: Vector) -> Fraction:
    return sum((Fraction(u) * v for u, v in zip(left, right, strict=True)), Fraction(0))
