"""Samples for a format: noise with many full-scale words, and hypothesis lists."""

import numpy as np
from hypothesis import strategies as st

from fxfir.fixed import Format
from tests.filters.strategies import words


def noise(fmt: Format, length: int, seed: int) -> np.ndarray:
    """Words of `fmt`, every fifth one at an end of the range."""
    rng = np.random.default_rng(seed)
    if fmt.width <= 62:
        x = rng.integers(fmt.lo, fmt.hi, length, endpoint=True)
    else:
        bits = [int.from_bytes(rng.bytes(fmt.width // 8 + 1)) for _ in range(length)]
        x = np.array([fmt.lo + b % 2**fmt.width for b in bits], dtype=object)
    x[::10], x[5::10] = fmt.lo, fmt.hi
    return x


def lists(fmt: Format, max_size: int = 30):
    return st.lists(words(fmt), min_size=1, max_size=max_size)


def lanes(formats, max_size: int = 30):
    """Samples for the lanes of a node, [time] or [lanes, time], as lists."""
    if len(formats) == 1:
        return lists(formats[0], max_size)
    return st.integers(1, max_size).flatmap(
        lambda n: st.tuples(*(st.lists(words(f), min_size=n, max_size=n) for f in formats)).map(
            list
        )
    )
