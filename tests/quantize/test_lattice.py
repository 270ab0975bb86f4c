"""The nearest plane against every point nearby, and the reduction's own promises."""

import math
from itertools import product

import numpy as np
import pytest

from fxfir.quantize.lattice import Basis, nearest_integers


def distance(jacobian: np.ndarray, target: np.ndarray, steps: list[int]) -> float:
    return float(np.linalg.norm(jacobian @ np.array(steps) - target))


@pytest.mark.parametrize("trial", range(20))
def test_near_the_best_of_all_points_and_not_worse_than_rounding(trial: int) -> None:
    rng = np.random.default_rng(trial)
    # Two columns nearly alike: rounding one by one is far off.
    jacobian = rng.normal(size=(8, 3))
    jacobian[:, 1] = jacobian[:, 0] + 0.05 * rng.normal(size=8)
    exact = rng.uniform(-1, 1, size=3)
    target = jacobian @ exact
    gram, gradient = (jacobian.T @ jacobian).tolist(), (jacobian.T @ target).tolist()
    found = nearest_integers(gram, gradient, [1e-5])[0]
    reached = distance(jacobian, target, found)
    assert reached <= distance(jacobian, target, np.rint(exact).tolist()) + 1e-12
    best = min(distance(jacobian, target, list(p)) for p in product(range(-9, 10), repeat=3))
    # The nearest plane promises a factor that grows with the dimension; 2 in practice here.
    assert reached <= 2 * best + 1e-12


def test_a_strong_pull_stays_near_zero() -> None:
    jacobian = np.array([[1.0, 1.01], [0.0, 0.01]])
    target = np.array([0.0, 0.3])
    gram, gradient = (jacobian.T @ jacobian).tolist(), (jacobian.T @ target).tolist()
    far, near = nearest_integers(gram, gradient, [1e-5]), nearest_integers(gram, gradient, [0.5])
    assert max(map(abs, far[0])) > 10
    assert max(map(abs, near[0])) <= 1


def test_dependent_columns_are_no_trouble() -> None:
    gram = [[1.0, 1.0, 2.0], [1.0, 1.0, 2.0], [2.0, 2.0, 4.0]]
    found = nearest_integers(gram, [3.0, 3.0, 6.0], [0.1, 1e-5])
    assert [a + b + 2 * c for a, b, c in found] == [3, 3]


def test_nothing_to_do() -> None:
    assert nearest_integers([[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0], [1e-5]) == [[0, 0]]


@pytest.mark.parametrize("n", [2, 5, 9])
def test_reduction_keeps_the_lattice_and_is_reduced(n: int) -> None:
    rng = np.random.default_rng(n)
    columns = rng.normal(size=(n + 3, n)) @ np.triu(np.ones((n, n)) * 3.3)
    basis = Basis((columns.T @ columns).tolist())
    before = math.prod(column[-1] for column in basis.r)
    basis.reduce()
    change = np.array(basis.change, dtype=float).T
    assert round(abs(np.linalg.det(change))) == 1
    after = math.prod(abs(column[-1]) for column in basis.r)
    assert abs(after / before - 1) < 1e-9
    for k in range(n):
        for j in range(k):
            assert abs(basis.r[k][j]) <= 0.5 * abs(basis.r[j][j]) + 1e-9
        if k:
            left, right = basis.r[k - 1], basis.r[k]
            assert right[k] ** 2 + right[k - 1] ** 2 >= 0.98 * left[k - 1] ** 2
    # What the triangle says is what the columns are.
    moved = columns @ change
    lengths = [math.hypot(*column) for column in basis.r]
    assert max(abs(np.linalg.norm(moved, axis=0) / lengths - 1)) < 1e-6
