"""Sign conventions told by stability, and the arrays of CMSIS-DSP against its own recursion."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from fxfir.errors import ReadError, SpecError
from fxfir.spec import parse_spec, read_sections, read_sos
from fxfir.spec.readers.cmsis import read_cmsis
from fxfir.spec.signs import settle_signs

BUTTER = signal.butter(4, 0.2, output="sos")
NEGATED = BUTTER * [1, 1, 1, 1, -1, -1]


def rows(sos: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(v) for v in row) for row in sos)


@pytest.fixture
def put(tmp_path):
    def write(name: str, text: str):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("suffix", ["npy", "csv", "json"])
def test_negated_files_are_read_as_what_is_stable_and_said(tmp_path, suffix: str) -> None:
    for sos, noted in ((BUTTER, 0), (NEGATED, 1)):
        path = tmp_path / f"s.{suffix}"
        if suffix == "npy":
            np.save(path, sos)
        elif suffix == "csv":
            np.savetxt(path, sos, delimiter=",", fmt="%.17g")
        else:
            path.write_text(str(sos.tolist()))
        found = read_sections(path)
        assert found.rows == rows(BUTTER)
        assert len(found.notes) == noted
    assert "s." in found.notes[0]
    assert "y = ... + a1 y1 + a2 y2: only so are they stable" in found.notes[0]
    assert read_sos(path) == rows(BUTTER)


def test_what_a_user_says_is_not_second_guessed() -> None:
    assert settle_signs(rows(BUTTER), "f", signs="negated") == (rows(NEGATED), ())
    assert settle_signs(rows(NEGATED), "f", signs="scipy") == (rows(NEGATED), ())
    with pytest.raises(SpecError, match="signs must be one of scipy, negated, got 'plus'"):
        settle_signs(rows(BUTTER), "f", signs="plus")


def test_both_or_neither_keep_what_is_usual() -> None:
    both = ((1.0, 0.0, 0.0, 1.0, 0.25, 0.125),)
    assert settle_signs(both, "f") == (both, ())
    neither = ((1.0, 0.0, 0.0, 1.0, -1.9, 0.9), (1.0, 0.0, 0.0, 1.0, 1.9, -0.9))
    assert settle_signs(neither, "f") == (neither, ())
    flipped, notes = settle_signs(both, "f", usual="negated")
    assert flipped[0][4:] == (-0.25, -0.125)
    assert notes == ("a1, a2 in f are read as y = ... + a1 y1 + a2 y2",)


@given(st.floats(0.63, 0.999), st.floats(0, np.pi))
def test_sharp_poles_tell(radius: float, angle: float) -> None:
    a1, a2 = -2 * radius * np.cos(angle), radius**2
    if abs(a1) >= 1 + a2:
        return
    wanted = ((1.0, 0.0, 0.0, 1.0, float(a1), float(a2)),)
    negated = ((1.0, 0.0, 0.0, 1.0, float(-a1), float(-a2)),)
    found = settle_signs(negated, "f")[0]
    assert found == (wanted if abs(a1) > 1 - a2 else negated)


# CMSIS-DSP's own words, and its recursion y = (sum << postShift) >> 31, in real numbers.


def q31(sos: np.ndarray, shift: int) -> list[int]:
    stages = sos[:, [0, 1, 2, 4, 5]] * [1, 1, 1, -1, -1]
    return [round(v * 2 ** (31 - shift)) for v in stages.ravel()]


def header(kind: str, words: list, more: str = "#define POST_SHIFT 2") -> str:
    return (
        f"/* low-pass; old: q31_t gone[5] = {{1, 2}}; */\n#include <arm_math.h>\n{more}\n"
        f"static const {kind} coeffs[5 * 2] = {{\n    {', '.join(map(str, words))},\n}};\n"
    )


def cmsis_response(words: list[int], shift: int, n: int) -> list[Fraction]:
    x = [Fraction(k == 0) for k in range(n)]
    for stage in zip(*[iter(words)] * 5, strict=True):
        b0, b1, b2, a1, a2 = (Fraction(w, 2 ** (31 - shift)) for w in stage)
        y = [Fraction(0)] * n
        for k in range(n):
            y[k] = b0 * x[k]
            for delay, b, a in ((1, b1, a1), (2, b2, a2)):
                if k >= delay:
                    y[k] += b * x[k - delay] + a * y[k - delay]
        x = y
    return x


def row_response(sos: tuple[tuple[float, ...], ...], n: int) -> list[Fraction]:
    x = [Fraction(k == 0) for k in range(n)]
    for row in sos:
        b0, b1, b2, a0, a1, a2 = map(Fraction, row)
        assert a0 == 1
        states = [Fraction(0)] * 2
        y = []
        for v in x:
            y.append(b0 * v + states[0])
            states = [b1 * v - a1 * y[-1] + states[1], b2 * v - a2 * y[-1]]
        x = y
    return x


def test_q31_is_its_own_recursion(put) -> None:
    words = q31(BUTTER, 2)
    found = read_sections(put("lp.h", header("q31_t", words)))
    assert row_response(found.rows, 24) == cmsis_response(words, 2, 24)
    assert q31(np.array(found.rows), 2) == words
    assert "+ a1 y1 + a2 y2" in found.notes[0]


def test_q15_has_a_zero_after_b0(put) -> None:
    words, wanted = [], []
    for b0, b1, b2, a1, a2 in np.array(q31(BUTTER, 2)).reshape(-1, 5) >> 16:
        words += [b0, 0, b1, b2, a1, a2]
        wanted.append((b0 / 2**13, b1 / 2**13, b2 / 2**13, 1.0, -a1 / 2**13, -a2 / 2**13))
    found = read_sections(put("lp.c", header("q15_t", words, "// postShift = 2")))
    assert found.rows == tuple(wanted)
    words[1] = 7
    with pytest.raises(ReadError, match=r"must have 0 after b0, got coeffs\[1\] = 7 in"):
        read_sections(put("bad.c", header("q15_t", words)))


def test_floats_with_suffixes_and_scipy_signs_by_mistake(put) -> None:
    right = (BUTTER[:, [0, 1, 2, 4, 5]] * [1, 1, 1, -1, -1]).ravel()
    text = header("float32_t", [f"{v!r}f" for v in right.tolist()], "")
    assert read_sections(put("lp.h", text)).rows == rows(BUTTER)
    wrong = BUTTER[:, [0, 1, 2, 4, 5]].ravel()
    found = read_sections(put("lp.h", header("float", wrong.tolist(), "")))
    assert found.rows == rows(BUTTER)
    assert "- a1 y1 - a2 y2: only so are they stable" in found.notes[0]


def test_hexadecimal_words_are_patterns() -> None:
    text = "const q31_t c[] = {0x40000000, 0, 0, 0x7FFFFFFF, 0x80000000};"
    row = read_cmsis(text, "f.h", post_shift=0)[0]
    assert row == (0.5, 0.0, 0.0, 1.0, 1 - 2.0**-31, -1.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("int x;", "must hold one array of coefficients .* got none in f.h"),
        (header("q31_t", [1] * 10) + header("q31_t", [1] * 5), "got coeffs, coeffs in"),
        (header("float", [1.0] * 7, ""), "5 numbers for each stage, got 7 in coeffs"),
        (header("q31_t", ["x"] * 5), r"must be integers, got coeffs\[0\] = 'x'"),
        (header("float", ["A"] * 5, ""), r"must be numbers, got coeffs\[0\] = 'A'"),
        (header("q15_t", [40000] * 6), r"must fit 16 bits, got coeffs\[0\] = 40000"),
        (header("q31_t", [1] * 5, ""), "needs its postShift, got none in f.h; say post_shift"),
        (header("q31_t", [1] * 5, "postShift = 1; postShift = 2;"), "got 1 and 2 in"),
        (header("q31_t", [1] * 5, "postShift = 40;"), "from 0 to 31, got 40"),
    ],
)
def test_bad_arrays(put, text: str, sentence: str) -> None:
    with pytest.raises(ReadError, match=sentence.replace("f.h", ".*f.h")):
        read_sections(put("f.h", text))


def test_a_post_shift_that_is_not_wanted(put) -> None:
    with pytest.raises(ReadError, match="post_shift goes with q31 and q15, got 1 for float"):
        read_sections(put("f.h", header("float", [1.0] * 5, "")), post_shift=1)
    with pytest.raises(ReadError, match=r"post_shift goes with \.h and \.c files, got 1"):
        read_sections(put("f.csv", "1,0,0,1,0,0"), post_shift=1)


def test_in_a_specification(put, tmp_path) -> None:
    put("lp.h", header("q31_t", q31(BUTTER, 2), ""))
    text = 'sos = {file = "lp.h", post_shift = 2}'
    found = parse_spec(text, folder=tmp_path).filter
    assert found.rows == read_sections(tmp_path / "lp.h", post_shift=2).rows
    assert len(found.notes) == 1
    said = parse_spec('sos = {file = "lp.h", post_shift = 2, signs = "scipy"}', folder=tmp_path)
    assert said.filter.rows[0][4] == -found.rows[0][4]
    with pytest.raises(SpecError, match=r"\[sos\]: post_shift must be an integer, got '1'"):
        parse_spec('sos = {file = "lp.h", post_shift = "1"}', folder=tmp_path)
    with pytest.raises(SpecError, match="a key must be known there"):
        parse_spec('sos = {rows = [[1, 0, 0, 1, 0, 0]], signs = "scipy"}', folder=tmp_path)


@pytest.mark.parametrize("suffix", ["npy", "csv", "json"])
@pytest.mark.parametrize("count", [1, 2])
def test_rows_without_a0_are_read_and_said(tmp_path, suffix: str, count: int) -> None:
    path = tmp_path / f"s.{suffix}"
    for sos, n_notes in ((BUTTER[:count], 1), (NEGATED[:count], 2)):
        short = sos[:, [0, 1, 2, 4, 5]]
        if suffix == "npy":
            np.save(path, short if count > 1 else short[0])
        elif suffix == "csv":
            np.savetxt(path, short, delimiter=",", fmt="%.17g")
        else:
            path.write_text(str(short.tolist()))
        found = read_sections(path)
        assert found.rows == rows(BUTTER[:count])
        assert len(found.notes) == n_notes
        assert "read as b0 b1 b2 a1 a2, a0 = 1" in found.notes[0]
