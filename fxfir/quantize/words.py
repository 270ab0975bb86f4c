"""Words of a cascade's coefficients: rounded, then moved together so that errors cancel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fxfir.arith import half_even_scaled, is_stable, pole_radius, require_stable
from fxfir.errors import SectionError
from fxfir.fixed import Format
from fxfir.quantize.arrange import Grid
from fxfir.quantize.coefficients import greatest_frac, words_of
from fxfir.quantize.lattice import nearest_integers
from fxfir.quantize.sections import ExactSection

__all__ = [
    "Move",
    "SectionWords",
    "apply_move",
    "moves_of",
    "response_of",
    "round_words",
    "search_words",
]

Complexes = NDArray[np.complex128]

_MOST_WIDER = 256
_PULLED = 4

# Design programs place zeros on the circle to within rounding.
_ON_CIRCLE = Fraction(1, 1 << 30)

_PULLS = (0.5, 0.1, 1e-2, 1e-3, 1e-5)
# Less is no gain: it could be the sums' own rounding, which differs between machines.
_GAIN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """Coefficient words of one section.

    Parameters
    ----------
    b : tuple of int, shape (3,)
    a : tuple of int, shape (2,)
    b_coeff, a_coeff : Format
    """

    b: tuple[int, ...]
    a: tuple[int, ...]
    b_coeff: Format
    a_coeff: Format

    def values(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Return what the words of b and a stand for."""
        return (
            tuple(w * self.b_coeff.step for w in self.b),
            tuple(w * self.a_coeff.step for w in self.a),
        )

    def is_stable(self) -> bool:
        """Decide exactly whether the poles of the words are inside the unit circle."""
        numerators = [Fraction(w) * self.a_coeff.step for w in self.a]
        return is_stable(numerators[0], numerators[1])


def round_words(
    section: ExactSection, width: int, max_frac: int | None, *, pull: bool = False
) -> SectionWords:
    """Round a section's coefficients half-even, b and a each with the greatest fraction.

    Parameters
    ----------
    section : ExactSection
    width : int
        Bits of each coefficient.
    max_frac : int or None
        Fraction bits that neither may exceed.
    pull : bool, optional
        Where rounding makes the poles unstable, take the nearest words that do not.

    Raises
    ------
    SectionError
        If the numerator rounds to zero.
    StabilityError
        If the rounded poles are not inside the unit circle; the message says how many bits are
        enough.
    """
    b_frac, a_frac = _frac(section.b, width, max_frac), _frac(section.a, width, max_frac)
    b_coeff = Format(signed=True, width=width, frac=b_frac)
    b = _b_words(section.b, b_frac)
    if not all(map(b_coeff.contains, b)):
        # Twice a word that was rounded up can be one too many.
        b_coeff = replace(b_coeff, frac=b_frac - 1)
        b = _b_words(section.b, b_frac - 1)
    words = SectionWords(
        b=b,
        a=words_of(section.a, a_frac),
        b_coeff=b_coeff,
        a_coeff=Format(signed=True, width=width, frac=a_frac),
    )
    if not any(words.b):
        peak = max(abs(float(v)) for v in section.b)
        raise SectionError(
            f"a numerator must stay above half an LSB of {words.b_coeff}, "
            f"got at most {peak:.6g} in section {section.origin}"
        )
    if pull and not words.is_stable():
        words = _pulled(section.a, words)
    if not words.is_stable():
        a1, a2 = words.values()[1]
        where = (
            f"section {section.origin} after quantisation to {words.a_coeff} "
            f"({pole_radius(*section.a):.9g} before; {_enough(section.a, width, max_frac)})"
        )
        require_stable(a1, a2, 1, where)
    return words


def _pulled(a: Sequence[Fraction], words: SectionWords) -> SectionWords:
    """Return the stable words that are nearest to a denominator, if any are near."""
    reach = range(-_PULLED, _PULLED + 1)
    exact = [value / words.a_coeff.step for value in a]
    near = sorted(
        ((words.a[0] + i, words.a[1] + j) for i in reach for j in reach),
        key=lambda pair: sum((w - v) ** 2 for w, v in zip(pair, exact, strict=True)),
    )
    fit = (replace(words, a=pair) for pair in near if all(map(words.a_coeff.contains, pair)))
    return next((found for found in fit if found.is_stable()), words)


def _enough(a: Sequence[Fraction], width: int, max_frac: int | None) -> str:
    """Say how many bits round the poles of a section to stable ones."""
    for wider in range(width + 1, width + _MOST_WIDER):
        frac = _frac(a, wider, max_frac)
        first, second = words_of(a, frac)
        if is_stable(first, second, Fraction(2) ** frac):
            return f"{wider} bits are stable"
    return f"no width is stable with {max_frac} fraction bits"


def response_of(sections: Sequence[ExactSection] | Sequence[SectionWords], grid: Grid) -> Complexes:
    """Return the response of a cascade on the grid."""
    total = np.ones(len(grid.delay), dtype=np.complex128)
    for section in sections:
        b, a = section.values() if isinstance(section, SectionWords) else (section.b, section.a)
        total = total * grid.numerator(b) / grid.denominator(a)
    return total


def search_words(
    sections: Sequence[ExactSection],
    words: Sequence[SectionWords],
    grid: Grid,
    *,
    passes: int = 4,
) -> tuple[tuple[SectionWords, ...], float, float]:
    """Move words of all sections together so that the errors of the response cancel.

    Parameters
    ----------
    sections : sequence of ExactSection
        The cascade wanted.
    words : sequence of SectionWords
        Where to start: the rounded coefficients.
    grid : Grid
    passes : int, optional
        Most steps taken; 0 only measures.

    Returns
    -------
    words : tuple of SectionWords
    before, after : float
        Response over its error for white input, in dB.

    Notes
    -----
    The error of the response is nearly linear in the words, so the best ones are the lattice point
    nearest to the exact coefficients under the energy of the error. All denominators move;
    a numerator with zeros on the unit circle keeps them and moves only where it carries the odd
    part of the gain, as a whole; any other numerator moves freely. A step is taken only if the true
    error falls and every section stays stable.
    """
    target = response_of(sections, grid)
    energy = grid.mean(np.abs(target) ** 2)
    current = tuple(words)
    error = _error(target, current, grid)
    start = error
    for _ in range(passes):
        moves = [m for k, s in enumerate(sections) for m in moves_of(k, s, current[k])]
        if not moves or not error:
            break
        steps = _steps(target, current, moves, grid)
        candidates = [c for c in (_moved(sections, current, moves, s) for s in steps) if c]
        errors = [_error(target, c, grid) for c in candidates]
        better = error
        for candidate, reached in zip(candidates, errors, strict=True):
            if reached < better * (1 - _GAIN):
                better, current = reached, candidate
        if better == error:
            break
        error = better
    return current, _ratio_db(energy, start), _ratio_db(energy, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One number that may change: words of `part` of section `section`, by `delta`, or, for a
    numerator that moves as a whole, its leading word at `lead`.
    """

    section: int
    part: str
    delta: tuple[int, ...]
    lead: int | None = None


def moves_of(k: int, section: ExactSection, words: SectionWords) -> list[Move]:
    """Return what may change in section `k`; zeros on the unit circle are kept."""
    moves = [
        Move(section=k, part="a", delta=(int(j == 0), int(j == 1)))
        for j, value in enumerate(section.a)
        if value
    ]
    lead = _rigid(section.b)
    if lead is not None:
        if not _is_power_of_two(section.b[lead]):
            moves.append(Move(section=k, part="b", delta=(), lead=lead))
        return moves
    moves += [
        Move(section=k, part="b", delta=tuple(int(i == j) for i in range(3)))
        for j, value in enumerate(section.b)
        if value and words.b[j] * words.b_coeff.step != value
    ]
    return moves


def _rigid(b: Sequence[Fraction]) -> int | None:
    """Return the leading index of a numerator whose zeros are on the unit circle, else None.

    Such zeros are kept by multiplying all three words by one number, and lost by moving one.
    """
    lead = next(k for k, v in enumerate(b) if v)
    if lead == 0 and abs(abs(b[0]) - abs(b[2])) <= _ON_CIRCLE * abs(b[0]):
        return lead
    return (
        lead if all((v / b[lead]).denominator == 1 and abs(v / b[lead]) <= 2 for v in b) else None
    )


def _b_words(b: Sequence[Fraction], frac: int) -> tuple[int, ...]:
    lead = _rigid(b)
    if lead is None:
        return words_of(b, frac)
    return _proportional(b, lead, half_even_scaled(b[lead], frac))


def _proportional(b: Sequence[Fraction], lead: int, word: int) -> tuple[int, ...]:
    """Return words in the proportion of `b` with `word` at `lead`."""
    return tuple(half_even_scaled(word * v / b[lead], 0) for v in b)


def _is_power_of_two(value: Fraction) -> bool:
    n, d = abs(value.numerator), value.denominator
    return n & (n - 1) == 0 and d & (d - 1) == 0


def _steps(
    target: Complexes, words: Sequence[SectionWords], moves: Sequence[Move], grid: Grid
) -> list[list[int]]:
    """Return how far each number may go, for several degrees of trust in the linear error."""
    root = np.sqrt(grid.weights)
    present = response_of(words, grid)
    parts = []
    for section in words:
        b, a = section.values()
        parts.append((grid.numerator(b), grid.denominator(a)))
    columns = []
    for move in moves:
        section = words[move.section]
        denominator = parts[move.section][1]
        if move.part == "a":
            change = grid.numerator((0.0, *(d * section.a_coeff.step for d in move.delta)))
            columns.append(-present * change / denominator)
        elif move.lead is not None:
            columns.append(present / section.b[move.lead])
        else:
            others = np.ones(len(grid.delay), dtype=np.complex128) / denominator
            for j, (n, d) in enumerate(parts):
                if j != move.section:
                    others = others * n / d
            columns.append(others * grid.numerator([d * section.b_coeff.step for d in move.delta]))
    jacobian = np.stack(columns, axis=1) * root[:, np.newaxis]
    missing = (target - present) * root
    gram = (jacobian.conj().T @ jacobian).real
    gradient = (jacobian.conj().T @ missing).real
    return nearest_integers(gram.tolist(), gradient.tolist(), _PULLS)


def _moved(
    sections: Sequence[ExactSection],
    words: Sequence[SectionWords],
    moves: Sequence[Move],
    steps: Sequence[int],
) -> tuple[SectionWords, ...] | None:
    """Return the words after the steps, or None if one does not fit or a pole leaves the circle."""
    changed = list(words)
    for move, count in zip(moves, steps, strict=True):
        moved = apply_move(changed[move.section], sections[move.section], move, count)
        if moved is None:
            return None
        changed[move.section] = moved
    return tuple(changed) if all(section.is_stable() for section in changed) else None


def apply_move(
    words: SectionWords, section: ExactSection, move: Move, count: int
) -> SectionWords | None:
    """Return the words after `count` steps of a move, or None if one does not fit."""
    if not count:
        return words
    if move.part == "a":
        a = tuple(w + count * d for w, d in zip(words.a, move.delta, strict=True))
        return replace(words, a=a) if all(map(words.a_coeff.contains, a)) else None
    if move.lead is not None:
        lead = words.b[move.lead] + count
        b = _proportional(section.b, move.lead, lead)
    else:
        b = tuple(w + count * d for w, d in zip(words.b, move.delta, strict=True))
    if not any(b) or not all(map(words.b_coeff.contains, b)):
        return None
    return replace(words, b=b)


def _error(target: Complexes, words: Sequence[SectionWords], grid: Grid) -> float:
    return grid.mean(np.abs(response_of(words, grid) - target) ** 2)


def _ratio_db(energy: float, error: float) -> float:
    return 10 * math.log10(energy / error) if error else math.inf


def _frac(values: Sequence[Fraction], width: int, max_frac: int | None) -> int:
    if not any(values):
        return 0
    frac = greatest_frac(values, width)
    return frac if max_frac is None else min(frac, max_frac)
