"""Lower bounds on the number of adders: what makes a solution known to be optimal.

Nothing here searches under a limit on intermediate values: a bound that a larger value could
undercut would be none.
"""

from __future__ import annotations

from collections.abc import Collection

from fxfir.arith.csd import csd
from fxfir.arith.mcm.recipes import Recipes, closure

__all__ = ["least_adders", "single_cost"]

_TOO_MANY = 4


def single_cost(value: int) -> int:
    """Return the least number of adders that multiply by one odd constant; 4 is at least 4.

    Parameters
    ----------
    value : int
        Odd, positive.

    Notes
    -----
    With d non-zero signed digits: one adder makes every constant of d = 2, two adders every one of
    d = 3 and the products (2**a +- 1)(2**b +- 1), and nothing else. Three adders make every one of
    d = 4 (two pairs); c (2**n +- 1) with c of two adders; and A(c, 1) with c of two adders, where
    only the products can give more than d = 4. In the last, 2**k value +- 2**n = product, exponents
    far above the constant's own bits only add a digit, and a product has at most four digits, so
    then d <= 3: exponents up to bits + 3 are enough.

    Examples
    --------
    >>> [single_cost(v) for v in (1, 7, 11, 45, 173, 683)]
    [0, 1, 2, 2, 3, 4]
    """
    digits = len(csd(value))
    if digits <= 2:
        return digits - 1
    if digits == 3 or _is_product(value):
        return 2
    if digits == 4 or _is_three(value):
        return 3
    return _TOO_MANY


def _factors(value: int) -> list[int]:
    """Return what is left of value after each divisor 2**n - 1 and 2**n + 1 but 1."""
    candidates = {(1 << n) + sign for n in range(1, value.bit_length() + 1) for sign in (-1, 1)}
    return [value // c for c in sorted(candidates) if c > 1 and value % c == 0]


def _is_product(value: int) -> bool:
    return any(len(csd(part)) <= 2 for part in _factors(value))


def _is_three(value: int) -> bool:
    if any(len(csd(part)) <= 3 or _is_product(part) for part in _factors(value)):
        return True
    for n in range(value.bit_length() + 4):
        for left, right in ((value, 1 << n), (value << n, 1)):
            for other in (left + right, abs(left - right)):
                if other and _is_product(other // (other & -other)):
                    return True
    return False


def least_adders(targets: Collection[int], found: Recipes) -> int:
    """Return a number of adders below which no graph of these targets exists.

    Parameters
    ----------
    targets : collection of int
        Odd, distinct, without 1.
    found : Recipes
        All recipes among the targets.

    Notes
    -----
    Each target takes an adder of its own. When the first one of those that need at least c adders
    is ready, c adders exist, and each of the others of them still takes one [1]_. And if the
    targets alone, each made of earlier ones, do not get all of them, one value more is needed.

    References
    ----------
    .. [1] O. Gustafsson, "Lower bounds for constant multiplication problems", IEEE Trans. Circuits
       Syst. II 54(11), 2007.
    """
    n = len(targets)
    costs = sorted(map(single_cost, targets))
    least = max((cost + n - 1 - k for k, cost in enumerate(costs)), default=0)
    if len(closure(found)) < n:
        least = max(least, n + 1)
    return least
