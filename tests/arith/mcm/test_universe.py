"""The slices against the definition of A, one value at a time."""

import numpy as np
import pytest

from fxfir.arith.mcm.universe import combine, divide, multiples, spread


def a_operation(u: int, v: int, limit: int) -> set[int]:
    """A(u, v) by its definition, shifts far past the limit."""
    results = set()
    for shift in range(2 * limit.bit_length() + 3):
        for x, y in ((u << shift, v), (u, v << shift)):
            results |= {x + y, abs(x - y)} - {0}
    return {odd for r in results if (odd := r // (r & -r)) <= limit}


@pytest.mark.parametrize("size", [4, 8, 32, 64])
def test_spread_and_combine_are_the_a_operation(size) -> None:
    rng = np.random.default_rng(size)
    limit = 2 * size - 1
    for value in range(1, 2 * size, 2):
        source = (rng.random(size) < 0.1) * rng.integers(1, 9, size).astype(np.uint8)
        out = np.zeros(size, np.uint8)
        spread(out, source, value)
        expected = np.zeros(size, np.uint8)
        others = 2 * np.flatnonzero(source).astype(np.int64) + 1
        pairs = set()
        for k, other in enumerate(others.tolist()):
            for result in a_operation(value, other, limit):
                expected[result >> 1] = max(expected[result >> 1], source[other >> 1])
                pairs.add((result, k))
        np.testing.assert_array_equal(out, expected)
        results, positions = combine(value, others, limit)
        found = set(zip(results.tolist(), positions.tolist(), strict=True))
        # value - value is no value: the array form answers 1 there, which every graph has.
        assert found - pairs <= {(1, k) for k, v in enumerate(others.tolist()) if v == value}
        assert pairs <= found


def test_divide_and_multiples() -> None:
    assert list(multiples(16)) == [3, 3, 5, 7, 9, 15, 17, 31, 33]
    for factor in {*multiples(16)}:
        source = np.arange(1, 17, dtype=np.uint8)
        out = np.zeros(16, np.uint8)
        divide(out, source, factor)
        expected = [source[factor * u >> 1] if factor * u < 32 else 0 for u in range(1, 32, 2)]
        assert out.tolist() == expected
