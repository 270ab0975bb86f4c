"""Seeded words: full range, no bias, the same for ever."""

import numpy as np
import pytest

from fxfir.fixed import Format
from fxfir.verify import words


@pytest.mark.parametrize("width", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_noise_reaches_every_word_and_no_other(width: int, signed: bool) -> None:
    fmt = Format(signed=signed, width=width, frac=width + 3)
    drawn = words.noise(fmt, 40 << min(width, 10), seed=3)
    assert all(fmt.contains(v) for v in drawn)
    if width <= 7:
        assert set(drawn) == set(range(fmt.lo, fmt.hi + 1))


@pytest.mark.parametrize("width", [63, 64, 65, 100, 130])
def test_wide_words_use_all_their_bits(width: int) -> None:
    fmt = Format(signed=False, width=width, frac=0)
    drawn = words.noise(fmt, 200, seed=1)
    used = 0
    for v in drawn:
        assert fmt.contains(v)
        used |= v
    assert used == fmt.hi


def test_the_words_of_a_seed_never_change() -> None:
    fmt = Format(signed=True, width=16, frac=15)
    assert words.noise(fmt, 4, seed=1) == [774, 29521, -23321, 29402]
    assert words.noise(fmt, 4, seed=1, stream=1) != words.noise(fmt, 4, seed=1)
    assert words.noise(fmt, 4, seed=2) != words.noise(fmt, 4, seed=1)


def test_an_array_is_int64_until_a_lane_does_not_fit() -> None:
    narrow, wide = Format(signed=True, width=64, frac=0), Format(signed=False, width=64, frac=0)
    assert words.array([[1], [2]], [narrow, narrow]).dtype == np.int64
    both = words.array([[1], [2**64 - 1]], [narrow, wide])
    assert both.dtype == object
    assert both[1, 0] == 2**64 - 1


@pytest.mark.parametrize(
    "formats",
    [
        [Format(signed=True, width=16, frac=15), Format(signed=False, width=5, frac=0)],
        [Format(signed=True, width=64, frac=0), Format(signed=False, width=63, frac=0)],
        [Format(signed=False, width=64, frac=0)],
        [Format(signed=True, width=90, frac=0)],
    ],
)
def test_an_array_of_noise_is_the_noise(formats: list[Format]) -> None:
    found = words.noise_array(formats, 50, seed=4, stream=2)
    rows = [words.noise(f, 50, seed=4, stream=2 + k) for k, f in enumerate(formats)]
    assert found.dtype == words.array(rows, formats).dtype
    assert found.tolist() == rows
