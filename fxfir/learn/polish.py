"""The last word on coefficients: integers moved one by one and in pairs while the loss falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import torch

from fxfir.errors import FxfirError, SpecError
from fxfir.learn.fir import FIR
from fxfir.learn.objective import Objective
from fxfir.learn.sos import SOS
from fxfir.learn.stable import to_reflection

__all__ = ["Polished", "polish"]

_GAIN = 1e-9
"""Less is no gain: it could be the rounding of a sum, which differs between machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polished:
    """What the search did; the layer holds the best words.

    Parameters
    ----------
    before, after : float
        The loss that counts.
    tried : int
        Candidates.
    """

    before: float
    after: float
    tried: int


def polish(
    layer: FIR | SOS,
    objective: Objective,
    *,
    most: int = 4000,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Polished:
    """Search the coefficient words around those a layer has.

    Parameters
    ----------
    layer : FIR or SOS
        With words; it is left at the best ones.
    objective : Objective
    most : int, optional
        Candidates that may be tried.
    report : callable, optional
        Called with candidates tried and `most`.

    Returns
    -------
    Polished
        `after` is never above `before`.

    Raises
    ------
    SpecError
        If the layer is of another kind, or has no words.

    Notes
    -----
    Every word moves by one LSB, then every pair does; a move is kept as soon as the loss falls, and
    the round goes on from there. Formats stay: a move that a word or the unit circle has no room
    for is left out. On plain masks a search beats training at every word length, and it ends where
    no such move helps.
    """
    if not isinstance(layer, FIR | SOS) or layer.words is None:
        raise SpecError(f"a search needs a FIR or SOS layer with words, got {layer!r:.60}")
    layer.eval()
    table = _FirWords(layer) if isinstance(layer, FIR) else _SosWords(layer)
    codes = table.read()
    table.write(codes)
    before = best = objective.exact(layer)
    tried = 0
    gained = True
    while gained and tried < most:
        gained = False
        for move in _moves(len(codes)):
            if tried >= most:
                break
            moved = list(codes)
            for k, step in move:
                moved[k] += step
            tried += 1
            if tried % 50 == 0:
                report(tried, most)
            if table.write(moved):
                found = objective.exact(layer)
                if found < best * (1 - _GAIN):
                    codes, best, gained = moved, found, True
    table.write(codes)
    return Polished(before=before, after=best, tried=tried)


def _moves(n: int) -> Iterator[tuple[tuple[int, int], ...]]:
    for k in range(n):
        yield ((k, 1),)
        yield ((k, -1),)
    # Neighbours first: their errors cancel best.
    for i, j in sorted(combinations(range(n), 2), key=lambda pair: pair[1] - pair[0]):
        for first in (1, -1):
            for second in (1, -1):
                yield ((i, first), (j, second))


class _FirWords:
    """Tap words of a FIR layer as one list."""

    def __init__(self, layer: FIR) -> None:
        self._layer = layer
        self._formats = layer.formats()

    def read(self) -> list[int]:
        codes = self._layer.codes()
        return [int(v) for v in codes.reshape(-1).tolist()]

    def write(self, codes: list[int]) -> bool:
        """Give the layer these words; return whether it took them as they are."""
        taps = self._layer.taps
        words = taps.new_tensor(codes, dtype=torch.float64).reshape(taps.shape)
        steps = taps.new_tensor([float(f.step) for f in self._formats], dtype=torch.float64)
        with torch.no_grad():
            taps.copy_(words * steps[:, None, None])
        if not words.reshape(len(words), -1).any(1).all():
            return False
        return self._layer.formats() == self._formats and self.read() == codes


class _SosWords:
    """Coefficient words of a cascade as one list, b0, b1, b2, a1, a2 of every section."""

    def __init__(self, layer: SOS) -> None:
        self._layer = layer

    def read(self) -> list[int]:
        return [int(v) for v in self._layer.codes().reshape(-1).tolist()]

    def write(self, codes: list[int]) -> bool:
        """Give the layer these words; return whether it took them as they are."""
        layer = self._layer
        words = layer.reference.new_tensor(codes).reshape(layer.reference.shape)
        values = words * layer.steps()
        try:
            raw = to_reflection(values[..., 3:])
            with torch.no_grad():
                layer.numerator.copy_(values[..., :3])
                layer.reflection.copy_(raw)
            return self.read() == codes
        except FxfirError:
            return False
