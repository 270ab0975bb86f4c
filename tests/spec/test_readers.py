import io
import os
import struct
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxfir.errors import FxfirError, ReadError, SectionError, TapsError
from fxfir.fixed import Format
from fxfir.spec import Codes, Values, read_sos, read_taps
from fxfir.spec.read import TAPS_READERS

Q15 = Format.parse("sfix16_En15")


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


GOOD = {
    "row.csv": "0.1,0.5,0.1\n",
    "column.csv": "0.1\n0.5\n0.1\n",
    "header.csv": "taps\n0.1\n0.5\n0.1\n",
    "semicolons.csv": "0.1;0.5;0.1",
    "quoted.csv": '"0.1","0.5","0.1"',
    "bom.csv": b"\xef\xbb\xbf0.1,0.5,0.1\r\n",
    "excel.txt": "0.1\t0.5\t0.1".encode("utf-16"),
    "latin.txt": b"% f\xfcr alle\n0.1 0.5 0.1\n",
    "wrapped.txt": "0.1, 0.5,\n0.1\n",
    "matlab.txt": "0.1;\n0.5;\n0.1;\n",
    "comments.txt": "# a filter\n0.1 // first\n\n0.5\n0.1 % last\n",
    "brackets.txt": "[0.1, 0.5,\n 0.1]",
    "nosuffix": "0.1 0.5 0.1",
    "dos.txt": b"0.1\r\n0.5\r\n0.1\r\n\x1a",
    "a.json": "[0.1, 0.5, 0.1]",
    "b.json": '{"name": "x", "taps": [0.1, 0.5, 0.1]}',
    "real.coe": "radix=10;\ncoefdata=0.1,0.5,\n0.1;\n",
    "d.fcf": "% Coefficient Format: Decimal\n\nNumerator:\n 0.1\n 0.5\n 0.1\n",
    "h.fcf": "% Coefficient Format: Hexadecimal\n% Arithmetic : double\nNumerator:\n"
    + "\n".join(struct.pack(">d", v).hex() for v in (0.1, 0.5, 0.1)),
}


@pytest.mark.parametrize("name", GOOD)
def test_files_of_real_values(put, name):
    assert read_taps(put(name, GOOD[name])) == Values(values=(0.1, 0.5, 0.1))


@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1)])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2", "u1"])
def test_npy_files(tmp_path, shape, dtype):
    np.save(tmp_path / "t.npy", np.array([1, 2, 3], dtype=dtype).reshape(shape))
    assert read_taps(str(tmp_path / "t.npy")).values == (1.0, 2.0, 3.0)


def test_standard_input(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"0.1\n0.5\n0.1\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read_taps("-").values == (0.1, 0.5, 0.1)


CODES = {
    "a.coe": "radix=10; coefdata=1,-2,32767;",
    "b.coe": "; a comment = not a key\nRadix = 16;\nCoefficient_Width = 16;\n"
    "CoefData = 0001,\nfffe,\n7fff; the end",
    "c.coe": "radix = 2 ; binary\ncoefdata = 0000000000000001, 1111111111111110,\n"
    "0111111111111111\n;\n",
    "m.coe": "memory_initialization_radix=16;\nmemory_initialization_vector=0001 fffe\n7fff;",
    "a.hex": "// taps\n@0 0001 FFFE\n/* two\nlines */ 7f_ff\n",
    "x.fcf": "%\n% Coefficient Format: Hexadecimal\n% Arithmetic        : fixed\n"
    "% Numerator         : s16,15 -> [-1 1)\n\nNumerator:\n0001\nfffe\n7fff\n",
    "y.fcf": "% Coefficient Format: Binary\n% Arithmetic : fixed\nNumerator:\n"
    "0000000000000001\n1111111111111110\n0111111111111111\n",
}


@pytest.mark.parametrize("name", CODES)
def test_files_of_codes(put, name):
    taps = read_taps(put(name, CODES[name]))
    assert isinstance(taps, Codes)
    assert taps.integers(Q15) == (1, -2, 32767)


def test_the_width_in_a_coe_file_settles_the_sign(put):
    text = "Radix = 16;\nCoefficient_Width = 12;\nCoefData = 000,\nff9,\n155;\n"
    assert read_taps(put("w.coe", text)).integers(Q15) == (0, -7, 341)


def test_a_format_that_a_file_declares_is_kept(put):
    taps = read_taps(put("x.fcf", CODES["x.fcf"]))
    assert taps.declared == Q15
    sentence = r"^codes declared as sfix16_En15 must be read as such, got sfix16_En14 in .*x\.fcf$"
    with pytest.raises(TapsError, match=sentence):
        taps.integers(Format.parse("sfix16_En14"))
    with pytest.raises(TapsError, match=r"\(--coeff sfix16_En15\), got none in"):
        taps.integers(None)


BAD = {
    "comma.coe": ("radix=10;\ncoefdata=1,2\n3,4;", "line 3: '3,4;'", "got none before '3'"),
    "space.coe": ("radix=10;\ncoefdata=1 2;", "line 2", "separated by a comma"),
    "semicolon.coe": ("radix=10;\ncoefdata=1,2", "line 2", "must end with a semicolon"),
    "radixend.coe": ("radix=10\ncoefdata=1,2;", "line 2", "radix must end with a semicolon"),
    "double.coe": ("radix=10;\ncoefdata=1,,2;", "line 2", "before each comma"),
    "trailing.coe": ("radix=10;\ncoefdata=1,\n2,\n;", "line 3: '2,'", "must follow each comma"),
    "radix.coe": ("radix=8;\ncoefdata=1;", "line 1", "radix must be 2, 10 or 16, got 8"),
    "noradix.coe": ("coefdata=1;", "noradix.coe", "must give its radix"),
    "nodata.coe": ("radix=10;", "nodata.coe", "must hold coefdata"),
    "empty.coe": ("radix=10;\ncoefdata=;", "line 2", "at least one number"),
    "key.coe": ("radix=10;\ncoefs=1;", "line 2", "got coefs"),
    "twice.coe": ("radix=10;\nradix=16;\ncoefdata=1;", "line 2", "got radix again"),
    "digit.coe": ("radix=2;\ncoefdata=1,\n12;", "line 3: '12;'", r"got taps\[1\] = '12'"),
    "text.coe": ("radix=16;\ncoefdata=1,\nxyz;", "line 3", r"got taps\[1\] = 'xyz'"),
    "nan.coe": ("radix=10;\ncoefdata=0.5,\nnan;", "line 3", r"taps\[1\] = nan"),
    "wide.coe": ("radix=10;\ncoefficient_width=4;\ncoefdata=99;", "line 3", "must have 4 bits"),
    "junk.coe": ("hello\n", "line 1: 'hello'", "key = value"),
    "x.hex": ("0001\n00xx\n", "line 2: '00xx'", r"got taps\[1\] = '00xx'"),
    "gap.hex": ("@0 01\n@5 02\n", "line 2", "follow one another"),
    "intel.hex": (":10010000214601360121\n", "line 1", "Intel HEX"),
    "none.hex": ("// nothing\n", "none.hex", "at least one tap"),
    "numbers.fcf": ("0.5\n", "line 1", "must follow a title"),
    "iir.fcf": ("Numerator:\n1\nDenominator:\n1\n", "iir.fcf", "must be a FIR filter"),
    "none.fcf": ("Coefficients:\n1\n", "none.fcf", "must hold Numerator:"),
    "bad.fcf": ("Numerator:\n1\nabc\n", "line 3: 'abc'", r"taps\[1\] = 'abc'"),
    "short.fcf": (
        "% Coefficient Format: Hexadecimal\nNumerator:\n3fe0\n",
        "line 3",
        "16 hexadecimal digits",
    ),
    "inf.fcf": (
        "% Coefficient Format: Hexadecimal\nNumerator:\n7ff0000000000000\n",
        "line 3",
        "must be finite",
    ),
    "format.fcf": ("% Coefficient Format: Octal\n", "line 1", "got 'Octal'"),
    "empty.csv": ("", "empty.csv", "at least one tap"),
    "blank.csv": ("taps\n\n# none\n", "blank.csv", "at least one tap"),
    "nan.csv": ("1\nnan\n", "line 2: 'nan'", r"taps\[1\] = nan"),
    "inf.csv": ("1,2,inf\n", "line 1", r"taps\[2\] = inf"),
    "complex.csv": ("1\n2+1j\n", "line 2", r"must be real, got taps\[1\] = 2\+1j"),
    "text.csv": ("1\n2\nthree\n", "line 3: 'three'", r"taps\[2\] = 'three'"),
    "hole.csv": ("1,,2\n", "line 1: '1,,2'", r"nothing at taps\[1\]"),
    "decimal.csv": ("0,5;0,3;0,2\n", "line 1", "got both , and ;"),
    "forgotten.txt": ("0.1, 0.5 0.1\n", "line 1", "separated by ,, got '0.5 0.1'"),
    "table.csv": ("n,tap\n0,0.1\n1,0.5\n", "line 2: '0,0.1'", "got a table"),
    "table.txt": ("0 0.1\n1 0.5\n", "line 1", "got a table"),
    "typo.csv": ("l0\n0.5\n", "line 1: 'l0'", r"taps\[0\] = 'l0'"),
    "late.txt": ("0.1\n0.5 0.1\n", "line 2", "got a table"),
    "binary.csv": (bytes(range(256)), "offset 0", "got byte 0x00"),
    "junk.txt": (b"1,2\n\x7fELF\x02\x01", "offset 8", "got byte 0x02"),
    "broken.txt": (b"\xff\xfe1", "broken.txt", "broken UTF-16"),
    "a.json": ("[1, 2,\n 3", "line 2: '3'", "JSON must parse"),
    "b.json": ("[1, NaN]", "b.json", "must be finite, got NaN"),
    "c.json": ('[1, "2"]', "c.json", r"taps\[1\] = '2'"),
    "d.json": ('{"coefs": [1]}', "d.json", "must hold 'taps', got 'coefs'"),
    "e.json": ("3", "e.json", "must hold a list"),
    "f.json": ("[]", "f.json", "at least one tap"),
    "g.json": ("[[1, 2]]", "g.json", r"taps\[0\] = \[1, 2\]"),
    "deep.json": ("[" * 100_000, "deep.json", "JSON must parse"),
    "a.npy": (b"hello", "a.npy", "must start with its magic"),
    "b.npy": (b"\x93NUMPY\x01\x00", "b.npy", "must be whole"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_name_line_and_text(put, name):
    content, place, sentence = BAD[name]
    with pytest.raises(ReadError, match=sentence) as caught:
        read_taps(put(name, content))
    message = str(caught.value)
    assert place in message
    assert name in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((2, 3)), r"got an array of shape \(2, 3\)"),
        (np.array([]), "at least one tap"),
        (np.array([1, 2j]), r"must be real, got taps\[0\]"),
        (np.array([1, np.nan]), r"must be finite, got taps\[1\] = nan"),
        (np.array([True]), r"must be numbers, got taps\[0\] = True"),
        (np.array(["1"]), r"must be numbers, got taps\[0\]"),
    ],
)
def test_bad_npy_files(tmp_path, array, sentence):
    np.save(tmp_path / "t.npy", array)
    with pytest.raises(ReadError, match=sentence):
        read_taps(str(tmp_path / "t.npy"))


def test_objects_in_npy_files_are_not_run(tmp_path):
    np.save(tmp_path / "t.npy", np.array([1, None], dtype=object), allow_pickle=True)
    with pytest.raises(ReadError, match="must be whole, got 'Object arrays"):
        read_taps(str(tmp_path / "t.npy"))


def test_a_npy_file_cut_short(tmp_path):
    path = tmp_path / "t.npy"
    np.save(path, np.zeros(100))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ReadError, match="must be whole"):
        read_taps(str(path))


def test_directories_and_permissions(tmp_path):
    with pytest.raises(ReadError, match=f"^a file is needed, got the directory {tmp_path}$"):
        read_taps(str(tmp_path))
    path = tmp_path / "secret.csv"
    path.write_text("1")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("permissions do not bind this user")
    with pytest.raises(ReadError, match="got no permission for"):
        read_taps(str(path))


ROWS = [[0.25, 0.5, 0.25, 1.0, -0.5, 0.25], [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]
TEXT = "\n".join(",".join(map(str, row)) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT),
        ("b.csv", "b0,b1,b2,a0,a1,a2\n" + TEXT),
        ("c.txt", TEXT.replace(",", " ")),
        ("d.json", str(ROWS)),
        ("e.json", f'{{"sos": {ROWS}}}'),
        ("f.fcf", "SOS Matrix:\n" + TEXT.replace(",", "  ")),
        ("g.fcf", "SOS Matrix:\n1 2 1 1 -0.5 0.25\n1 0 0 1 0 0\n\nScale Values:\n0.25\n1\n1\n"),
        ("h.csv", "0.5,1,0.5,2,-1,0.5\n1,0,0,1,0,0"),
    ],
)
def test_sections(put, name, content):
    assert read_sos(put(name, content)) == tuple(map(tuple, ROWS))


def test_sections_in_npy_files(tmp_path):
    np.save(tmp_path / "s.npy", np.array(ROWS))
    assert read_sos(tmp_path / "s.npy") == tuple(map(tuple, ROWS))
    np.save(tmp_path / "one.npy", np.array(ROWS[0]))
    assert read_sos(tmp_path / "one.npy") == (tuple(ROWS[0]),)


@pytest.mark.parametrize(
    ("name", "content", "error", "sentence"),
    [
        ("a.csv", "1,2,3,4\n", ReadError, "six numbers, or five without a0, got 4 in .* line 1"),
        ("m.csv", "1,2,3,4,5\n1,0,0,1,0,0\n", ReadError, "as the first, 5, got 6 in .* line 2"),
        ("b.csv", "1,0,0,0,1,1\n", SectionError, r"a0 must differ from 0, got sos\[0\]\[3\] = 0"),
        ("c.csv", "1,0,0,1,x,1\n", ReadError, r"sos must be numbers, got sos\[0\]\[4\] = 'x'"),
        ("d.csv", "", SectionError, "at least one section, got none in"),
        ("e.json", "[[1, 2]]", SectionError, r"of shape \(n, 6\), got 2 numbers in sos\[0\]"),
        ("f.json", "[1, 2]", SectionError, r"rows of six numbers, got sos\[0\] = 1"),
        ("g.fcf", "Numerator:\n1\n", ReadError, "must hold SOS Matrix:"),
        ("h.json", "[[1, 0, 0, 1, 0, null]]", SectionError, r"sos\[0\]\[5\] = None"),
    ],
)
def test_bad_sections(put, name, content, error, sentence):
    with pytest.raises(error, match=sentence):
        read_sos(put(name, content))


def test_sections_of_wrong_shape(tmp_path):
    np.save(tmp_path / "s.npy", np.ones((2, 4)))
    with pytest.raises(SectionError, match=r"got 4 numbers in sos\[0\] in"):
        read_sos(tmp_path / "s.npy")
    np.save(tmp_path / "s.npy", np.ones((2, 2, 6)))
    with pytest.raises(SectionError, match=r"of shape \(n, 6\), got \(2, 2, 6\)"):
        read_sos(tmp_path / "s.npy")


def test_every_error_is_a_value_error(put):
    with pytest.raises(ValueError, match="at least one tap") as caught:
        read_taps(put("e.csv", ""))
    assert isinstance(caught.value, FxfirError)


_WORDS = """1 -0.5 , ; = radix=16; coefdata= nan % Numerator: [ ] @0 ff /* */ " { } : 1e999 é"""
_PIECES = st.sampled_from([*_WORDS.split(), "\n", " ", "\t", "\r", "\ufeff", "SOS Matrix:"])
_TEXTS = st.lists(_PIECES, max_size=25).map(lambda pieces: "".join(pieces).encode())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([*TAPS_READERS, ".dat"]), content=st.binary(max_size=60) | _TEXTS)
def test_any_file_is_read_or_refused_in_one_sentence(tmp_path, suffix, content):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    for read in (read_taps, read_sos):
        said = ""
        try:
            read(str(path))
        except FxfirError as error:
            said = str(error)
        assert "\n" not in said
        assert len(said) < 400
