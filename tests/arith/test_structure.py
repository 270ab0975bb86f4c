"""Structure found in taps."""

import pytest

from fxfir.arith.structure import structure_of


@pytest.mark.parametrize(
    ("taps", "symmetry", "zeros", "products", "half_band"),
    [
        ((5,), 1, 0, 1, False),
        ((1, 2, 1), 1, 0, 2, False),
        ((1, 2, 2, 1), 1, 0, 2, False),
        ((1, 0, -1), -1, 1, 1, False),
        ((1, 2, -2, -1), -1, 0, 2, False),
        ((1, 2, 3), 0, 0, 3, False),
        ((0, 1, 0, 0), 1, 3, 1, False),
        ((0, 3, 5, 3), 1, 1, 2, False),
        ((3, 0, -3, 0), -1, 2, 1, False),
        ((-1, 0, 9, 16, 9, 0, -1), 1, 2, 3, True),
        ((-1, 0, 9, 16, 9, 1, -1), 0, 1, 6, False),
        ((-1, 2, 9, 16, 9, 2, -1), 1, 0, 4, False),
    ],
)
def test_structure(taps, symmetry, zeros, products, half_band) -> None:
    found = structure_of(taps)
    assert (found.symmetry, found.n_zeros, found.n_products) == (symmetry, zeros, products)
    assert found.half_band is half_band
    assert found.n_taps == len(taps)


def test_text() -> None:
    assert str(structure_of((1, 2, 3, 4))) == "no symmetry, even length"
    assert str(structure_of((1, 0, -1))) == "antisymmetric, odd length, 1 zero tap"
