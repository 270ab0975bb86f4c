"""Which sign a1 and a2 have in a file: told by the user, or by which one is stable."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fxfir.spec.check import choice

__all__ = ["SIGNS", "settle_signs"]

Rows = tuple[tuple[float, ...], ...]

SIGNS = ("scipy", "negated")
"""y = b0 x + ... - a1 y1 - a2 y2, as scipy and MATLAB; or + a1 y1 + a2 y2, as CMSIS-DSP."""

_FORMULA = {"scipy": "- a1 y1 - a2 y2", "negated": "+ a1 y1 + a2 y2"}


def settle_signs(
    rows: Rows, source: str, *, signs: str | None = None, usual: str = "scipy"
) -> tuple[Rows, tuple[str, ...]]:
    """Return rows in scipy's signs, and what a user should be told about it.

    Parameters
    ----------
    rows : tuple of rows b0 b1 b2 1 a1 a2
        As they stand in the file.
    source : str
        Name of the file, for the notes.
    signs : str or None, optional
        One of `SIGNS`; None lets stability decide.
    usual : str, optional
        What files of this kind have; kept unless only the other one makes all sections stable.

    Raises
    ------
    SpecError
        If `signs` is unknown.

    Notes
    -----
    Sections with |a1| < 1 - |a2| are stable with either sign; a low-pass, or any pole at a radius
    above 0.62, is not. Where no choice makes every section stable, the usual one stays, and the
    stability check that follows names the section.

    Examples
    --------
    >>> rows, notes = settle_signs(((1, 0, 0, 1, 1.8, -0.9),), "f.csv")
    >>> rows[0][4:], notes[0]
    ((-1.8, 0.9), 'a1, a2 in f.csv are read as y = ... + a1 y1 + a2 y2: only so are they stable')
    """
    if signs is not None:
        taken = choice(signs, "signs", SIGNS)
        return _as_scipy(rows, taken), ()
    other = next(name for name in SIGNS if name != usual)
    if not _stable(_as_scipy(rows, usual)) and _stable(_as_scipy(rows, other)):
        text = f"a1, a2 in {source} are read as y = ... {_FORMULA[other]}: only so are they stable"
        return _as_scipy(rows, other), (text,)
    notes = (f"a1, a2 in {source} are read as y = ... {_FORMULA[usual]}",)
    return _as_scipy(rows, usual), notes if usual != "scipy" else ()


def _as_scipy(rows: Rows, signs: str) -> Rows:
    if signs == "scipy":
        return rows
    return tuple((*row[:4], *(-v if v else v for v in row[4:])) for row in rows)


def _stable(rows: Sequence[Sequence[float]]) -> bool:
    pairs = ((Fraction(row[4]), Fraction(row[5])) for row in rows)
    return all(abs(a2) < 1 and abs(a1) < 1 + a2 for a1, a2 in pairs)
