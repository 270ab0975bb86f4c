"""The argument that two state machines give the same samples, whatever the data are.

Original and mutant run side by side. What decides moves and addresses is followed exactly, in
both; of everything that only carries data it is noted whether both hold the same. All states that
any inputs can reach are visited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

from fxfir.verify.mutation.circuit import read_circuit
from fxfir.verify.mutation.expression import UnreadError
from fxfir.verify.mutation.flatten import flat
from fxfir.verify.mutation.product import Product
from fxfir.verify.target import Pins

__all__ = ["same_moves"]

_MOST_STATES = 200_000


def same_moves(original: str, mutated: str, pins: Pins) -> str | None:
    """Argue that two texts are the same machine for every sequence of inputs.

    Parameters
    ----------
    original, mutated : str
        With the same ports.
    pins : Pins

    Returns
    -------
    str or None
        The argument; None if a difference was found or cannot be excluded, or the texts are too
        large or of an unknown form.

    Notes
    -----
    Two numbers are "the same" if they come from the same expression of numbers that are the same,
    or if both are known to have one value; whatever else is taken to differ. A memory's word may
    be the same as another word of the other's memory. Ready and valid must be equal in every
    reachable state, and payload and channel the same whenever valid is 1, under all values of
    input valid, output ready and reset at every edge, power-up first. The payload itself never
    enters the state, so the argument holds for all data. States in which everything is the same
    in two machines that differ in power-up values alone are left there.
    """
    try:
        old, new = (read_circuit(flat(text)) for text in (original, mutated))
        if old.shapes != new.shapes or old.depths != new.depths:
            return None
        both = Product(old, new, pins)
        step, start = both.code()
    except (UnreadError, RecursionError, KeyError, ValueError, IndexError):
        return None
    states = _answer(_Question(key=both.question, both=both, step=step, start=start))
    if not states:
        return None
    return (
        f"the same moves and samples in all {states} reachable states of both machines "
        "side by side, for all data"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """Equal if the answer is, whichever mutant asks: the bits of a word that nobody reads, say."""

    key: tuple[Any, ...]
    both: Product = field(compare=False)
    step: Callable[..., Any] = field(compare=False)
    start: Any = field(compare=False)


@lru_cache(maxsize=32)
def _answer(asked: _Question) -> int:
    """Number of states that can be reached; 0 if in one of them the machines may differ."""
    # What is certain makes many states, and seldom matters.
    for forget in (asked.both.forget, asked.both.forget_scattered, _keep):
        states = _visited(asked.both, asked.step, asked.start, forget)
        if states:
            return states
    return 0


def _keep(state: Any) -> Any:
    return state


def _visited(
    both: Product, step: Callable[..., Any], start: Any, forget: Callable[[Any], Any]
) -> int:
    """Number of states that can be reached; 0 if in one of them the machines may differ."""
    start = forget(start)
    seen = {start}
    todo = [start]
    inputs = list(product((0, 1), repeat=3))
    while todo:
        state = todo.pop()
        if both.settled(state):
            continue
        for i_valid, o_ready, reset in inputs:
            after = step(state, i_valid, o_ready, reset)
            if after is None or len(seen) > _MOST_STATES:
                return 0
            after = forget(after)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return len(seen)
