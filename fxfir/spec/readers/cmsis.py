"""Biquad coefficients of CMSIS-DSP in C text: `arm_biquad_cascade_df1` of f32, q31 and q15.

One array with five numbers for each stage, b0 b1 b2 a1 a2; q15 has a sixth, a zero after b0. They
stand for y = b0 x + b1 x1 + b2 x2 + a1 y1 + a2 y2, so a1 and a2 have the opposite of scipy's signs.
Words of q31 and q15 are fractions of 2**31 and 2**15, times 2**postShift.
"""

from __future__ import annotations

import re

from fxfir.errors import ReadError

__all__ = ["read_cmsis"]

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ARRAY = re.compile(r"(\w+)\s+(\w+)\s*((?:\[[^\]]*\]\s*)+)=\s*\{(.*?)\}\s*;", re.DOTALL)
_SHIFT = re.compile(r"post_?shift\w*\s*(?:=|\(|\s)\s*(\d+)", re.IGNORECASE)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFlL]?")
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*")
_FRACTION = {"q31_t": 31, "int32_t": 31, "q15_t": 15, "int16_t": 15}
_REAL = ("float32_t", "float64_t", "float", "double")
_MOST_SHIFT = 31


def read_cmsis(
    text: str, source: str, *, post_shift: int | None = None
) -> tuple[tuple[float, ...], ...]:
    """Return rows b0 b1 b2 1 a1 a2, with a1 and a2 as they stand in the file.

    Parameters
    ----------
    text : str
        C source or header with one array of coefficients.
    source : str
        Its name, for messages.
    post_shift : int or None, optional
        postShift of q31 and q15; None looks for it in the text, as in `#define POST_SHIFT 1`.

    Raises
    ------
    ReadError
        If there is not one array of a known type, its length is no number of stages, an entry is
        no number or does not fit its type, or a fixed-point array has no postShift.
    """
    arrays = [found for found in _ARRAY.finditer(_COMMENT.sub(" ", text)) if _is_known(found[1])]
    if len(arrays) != 1:
        names = ", ".join(found[2] for found in arrays) or "none"
        known = ", ".join((*_REAL, *_FRACTION))
        raise ReadError(
            f"a CMSIS-DSP file must hold one array of coefficients ({known}), "
            f"got {names} in {source}"
        )
    kind, name, _, body = arrays[0].groups()
    tokens = [token.strip() for token in body.replace("{", " ").replace("}", " ").split(",")]
    tokens = tokens[:-1] if tokens and not tokens[-1] else tokens
    words = [_value(token, f"{name}[{k}]", kind, source) for k, token in enumerate(tokens)]
    frac = _FRACTION.get(kind)
    stride = 6 if frac == 15 else 5
    if not words or len(words) % stride:
        raise ReadError(
            f"{kind} biquads must have {stride} numbers for each stage, "
            f"got {len(words)} in {name} in {source}"
        )
    if frac is None and post_shift is not None:
        raise ReadError(
            f"post_shift goes with q31 and q15, got {post_shift} for {kind} in {source}"
        )
    scale = 1.0 if frac is None else 2.0 ** (_post_shift(text, post_shift, source) - frac)
    rows = []
    for start in range(0, len(words), stride):
        stage = words[start : start + stride]
        if stride == 6 and stage.pop(1) != 0:
            raise ReadError(
                f"q15 biquads must have 0 after b0, got {name}[{start + 1}] = "
                f"{tokens[start + 1]} in {source}"
            )
        b0, b1, b2, a1, a2 = (v * scale for v in stage)
        rows.append((b0, b1, b2, 1.0, a1, a2))
    return tuple(rows)


def _is_known(kind: str) -> bool:
    return kind in _FRACTION or kind in _REAL


def _value(token: str, what: str, kind: str, source: str) -> float:
    if kind in _REAL:
        if not _FLOAT.fullmatch(token):
            raise ReadError(f"coefficients must be numbers, got {what} = {token!r:.60} in {source}")
        return float(token.rstrip("fFlL"))
    if not _INTEGER.fullmatch(token):
        raise ReadError(f"{kind} words must be integers, got {what} = {token!r:.60} in {source}")
    width = _FRACTION[kind] + 1
    word = int(token.rstrip("uUlL"), 0) if "x" in token.lower() else int(token.rstrip("uUlL"))
    # Hexadecimal words are bit patterns.
    word -= (1 << width) * (("x" in token.lower()) and word >= 1 << (width - 1))
    if not -(1 << (width - 1)) <= word < 1 << (width - 1):
        raise ReadError(f"{kind} words must fit {width} bits, got {what} = {token} in {source}")
    return float(word)


def _post_shift(text: str, given: int | None, source: str) -> int:
    found = {int(match[1]) for match in _SHIFT.finditer(text)}
    if given is None:
        if len(found) != 1:
            seen = " and ".join(map(str, sorted(found))) or "none"
            raise ReadError(
                f"a q31 or q15 file needs its postShift, got {seen} in {source}; say post_shift"
            )
        (given,) = found
    if not 0 <= given <= _MOST_SHIFT:
        raise ReadError(f"postShift must lie from 0 to {_MOST_SHIFT}, got {given} in {source}")
    return given
