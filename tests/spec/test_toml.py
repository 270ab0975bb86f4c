import re
import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fxfir.spec.toml
from fxfir.errors import FormatError, FxfirError, ReadError, SpecError, TapsError
from fxfir.fixed import Format
from fxfir.spec import (
    FIR_METHODS,
    BankSpec,
    Codes,
    EquirippleFir,
    IirSos,
    Kind,
    Mask,
    RowsSos,
    TapsFir,
    WindowFir,
    parse_spec,
    read_spec,
)


def _examples():
    found = re.findall(r"::\n\n((?:    .*\n|\n)+)", fxfir.spec.toml.__doc__)
    return {spec.name: spec for spec in (parse_spec(textwrap.dedent(t)) for t in found)}


def test_the_examples_of_the_documentation():
    examples = _examples()
    assert list(examples) == ["lp1k", "lp_few_bits", "lp50", "smooth", "three_band", "two_tones"]
    lp1k = examples["lp1k"]
    assert lp1k.filter == EquirippleFir(
        mask=Mask.lowpass(fs_hz=44100, pass_hz=1000, stop_hz=3000, ripple_db=0.1, attenuation_db=60)
    )
    assert str(lp1k.words.output) == "sfix18_En17"
    assert (lp1k.hardware.arch, lp1k.hardware.target) == ("symmetric", "ecp5")
    lp50 = examples["lp50"].filter
    assert lp50 == WindowFir(
        kind="lowpass", n_taps=51, cutoff_hz=1000, window="hamming", fs_hz=44100
    )
    assert examples["smooth"].filter == TapsFir(taps=[0.1, 0.5, 0.1])
    bank = examples["three_band"]
    assert isinstance(bank.filter, BankSpec)
    assert [lane.kind for lane in bank.lanes] == [Kind.LOWPASS, Kind.BANDPASS, Kind.HIGHPASS]
    assert [str(w.output_format) for w in bank.lane_words] == [
        "sfix16_En15",
        "sfix16_En15",
        "sfix18_En15",
    ]
    assert all(w.coeff_width == 18 for w in bank.lane_words)
    assert bank.hardware.arch == {
        "name": "bank",
        "filters": [{"name": "auto"}, {"name": "auto"}, {"name": "serial"}],
    }


METHODS = {
    "window": 'kind = "bandpass"\norder = 10\ncutoff_hz = [1, 2]\nwindow = "chebyshev"\n'
    "attenuation_db = 50",
    "least_squares": "n_taps = 12",
    "equiripple": "",
    "frequency_sampling": "frequencies_hz = [0, 2, 4]\ngains = [1, 0.5, 0]\nn_taps = 9",
    "half_band": "pass_hz = 1\nattenuation_db = 60",
    "hilbert": "low_hz = 0.5\nn_taps = 15",
    "raised_cosine": "symbol_hz = 1\nrolloff = 0.25\nspan_symbols = 6",
    "root_raised_cosine": 'symbol_hz = 1\nrolloff = 0.25\nn_taps = 31\nnormalise = "energy"',
    "moving_average": "n_taps = 5",
}
BANDS = "[[band]]\nhigh_hz = 1\nripple_db = 1\n[[band]]\nlow_hz = 2\nattenuation_db = 40\n"


@pytest.mark.parametrize("name", FIR_METHODS)
def test_every_method_has_a_table(name):
    text = f'fs_hz = 8\n{BANDS}[fir]\nmethod = "{name}"\n{METHODS[name]}\n'
    spec = parse_spec(text)
    assert type(spec.filter) is FIR_METHODS[name]
    assert spec.filter.mask is not None
    assert len(spec.filter.mask.bands) == 2


def test_files_are_sought_beside_the_spec(tmp_path):
    (tmp_path / "taps.csv").write_text("0.1,0.5,0.1\n")
    (tmp_path / "codes.coe").write_text("radix=10;\ncoefdata=1,2;\n")
    np.save(tmp_path / "s.npy", [[1.0, 0, 0, 1, 0, 0]])
    path = tmp_path / "SPEC.toml"
    path.write_text('fir = {file = "taps.csv"}')
    assert read_spec(path).filter == TapsFir(taps=[0.1, 0.5, 0.1])
    path.write_text('fir = {file = "codes.coe"}\nwords = {coeff = "sfix8_En7"}')
    spec = read_spec(path)
    assert isinstance(spec.filter.taps, Codes)
    assert spec.words.coeff == Format.parse("sfix8_En7")
    path.write_text('sos = {file = "s.npy"}')
    assert read_spec(path).filter == RowsSos(rows=[[1, 0, 0, 1, 0, 0]])


def test_sections_and_families():
    assert parse_spec("sos = {rows = [[1, 0, 0, 2, 0, 0]]}").filter.rows == (
        (0.5, 0.0, 0.0, 1.0, 0.0, 0.0),
    )
    found = parse_spec(f'fs_hz = 8\nsos = {{family = "ellip"}}\n{BANDS}').filter
    assert isinstance(found, IirSos)
    assert found.order is None
    assert found.mask.fs_hz == 8


def test_a_bank_may_hold_bands_and_override_a_coefficient_format():
    spec = parse_spec(
        "fs_hz = 8\n[words]\ncoeff_width = 12\n"
        "[[bank]]\n[[bank.band]]\nhigh_hz = 1\nripple_db = 1\n"
        "[[bank.band]]\nlow_hz = 2\nattenuation_db = 40\n"
        '[[bank]]\nfir = {taps = [1]}\nwords = {coeff = "sfix8_En4"}\n'
    )
    assert isinstance(spec.lanes[0], EquirippleFir)
    assert [w.coeff_bits for w in spec.lane_words] == [12, 8]


BAD = [
    ("", SpecError, "the top level: fir, sos, bank or band is needed|a filter needs"),
    ("fs = 3", SpecError, r"the top level: .* \(nearest are fs_hz\), got 'fs'"),
    ("fs_hz = 0\nfir = {taps = [1]}", SpecError, "the top level: fs_hz must be above 0 Hz, got 0"),
    ("fir = 3", SpecError, r"\[fir\]: fir must be a table, got 3"),
    ("fir = {}", SpecError, r"\[fir\]: "),
    ("fir = {tap = [1]}", SpecError, r"\[fir\]: .* \(nearest are taps\), got 'tap'"),
    ("fir = {taps = [1], n_taps = 3}", SpecError, r"\[fir\]: .*, got 'n_taps'"),
    ('fir = {taps = [1], file = "x"}', SpecError, r"\[fir\]: .* got taps and file"),
    ("fir = {taps = []}", TapsError, r"\[fir\]: a FIR filter needs at least one tap, got none"),
    ("fir = {taps = [1, nan]}", TapsError, r"\[fir\]: taps must be finite, got taps\[1\] = nan"),
    ('fir = {taps = "1,2"}', TapsError, r"\[fir\]: taps must be a sequence of numbers"),
    ("fir = {file = 3}", SpecError, r"\[fir\]: file must be the name of a file, got 3"),
    ('fir = {file = "no.csv"}', ReadError, r"\[fir\]: a file must exist to be read, got no\.csv"),
    ('fs_hz = 8\nfir = {method = "remez"}', SpecError, r"\[fir\]: method must be one of window, "),
    (
        'fs_hz = 8\nfir = {method = "window", order = 5, n_taps = 6}',
        SpecError,
        r"\[fir\]: n_taps is order \+ 1, got both n_taps and order",
    ),
    (
        'fs_hz = 8\nfir = {method = "window", kind = "lowpass", order = 0, cutoff_hz = 1}',
        SpecError,
        r"\[fir\]: order must be at least 1, got 0",
    ),
    (
        'fs_hz = 8\nfir = {method = "window", kind = "lowpass", order = 9, cutof_hz = 1}',
        SpecError,
        r"\[fir\]: .* \(nearest are cutoff_hz\), got 'cutof_hz'",
    ),
    ('fir = {method = "moving_average"}', SpecError, r"\[fir\]: n_taps is needed, got none"),
    (
        'fs_hz = 8\nfir = {method = "half_band", pass_hz = 1, order = 6, fs_hz = 3}',
        SpecError,
        r"\[fir\]: .*, got 'fs_hz'",
    ),
    ("[[band]]\nhigh_hz = 1", SpecError, r"\[\[band\]\]: bands need fs_hz at the top level"),
    ("fs_hz = 8\nband = 3", SpecError, r"\[\[band\]\]: band must be an array of tables, got 3"),
    (
        "fs_hz = 8\n[[band]]\nhigh_hz = 1\nripple_db = 1\n[[band]]\nlow_hz = 2\natten_db = 3",
        SpecError,
        r"\[\[band\]\] 2: .* \(nearest are attenuation_db\), got 'atten_db'",
    ),
    (
        "fs_hz = 8\n[[band]]\nhigh_hz = 3\nripple_db = 1\n[[band]]\nlow_hz = 2\nattenuation_db = 3",
        SpecError,
        r"\[\[band\]\]: bands must not overlap, got bands\[1\]",
    ),
    ("fs_hz = 8\n[[band]]\nhigh_hz = 5", SpecError, "a band must end at or below fs_hz / 2 = 4 Hz"),
    ("sos = {}", SpecError, r"\[sos\]: one of rows, file, family, bands, eq is needed"),
    ("sos = {rows = [[1, 2]]}", FxfirError, r"\[sos\]: sos must be of shape \(n, 6\)"),
    ("sos = {rows = [[1]], order = 2}", SpecError, r"\[sos\]: .*, got 'order'"),
    ('fs_hz = 8\nsos = {family = "butter", order = 2}', SpecError, r"\[sos\]: butter of given"),
    ("fir = {taps = [1]}\nsos = {rows = []}", SpecError, "a filter is either fir or sos, got both"),
    ("bank = 3", SpecError, r"\[\[bank\]\]: bank must be an array of tables, got 3"),
    ("bank = []", SpecError, r"\[\[bank\]\]: a bank needs at least one filter, got none"),
    ("fir = {taps = [1]}\nbank = []", SpecError, "a bank holds all filters, got fir beside it"),
    ("[[bank]]\n", SpecError, r"\[\[bank\]\] 1"),
    ("[[bank]]\nfir = {taps = [1]}\n[[bank]]\nfri = 3", SpecError, r"\[\[bank\]\] 2: .*'fri'"),
    (
        "[[bank]]\nfir = {taps = [1]}\nwords = {inputt = 3}",
        SpecError,
        r"\[\[bank\]\] 1 words: .* \(nearest are input",
    ),
    ('fir = {taps = [1]}\nwords = {input = "Q15"}', FormatError, r"\[words\]: input: a bare Q"),
    ('fir = {taps = [1]}\nwords = {in = "Q15"}', SpecError, r"\[words\]: .*, got 'in'"),
    ('fir = {taps = [1]}\nhardware = {target = "x"}', SpecError, r"\[hardware\]: target must be"),
    ('name = "a"\nfir = {taps = [1]}\nhardware = {name = "b"}', SpecError, "name must stand once"),
    ("name = 3\nfir = {taps = [1]}", SpecError, r"\[hardware\]: name must be a name, got 3"),
    ("name =\nfir = 3", ReadError, r"TOML must parse, got .* in SPEC\.toml line 1: 'name ='"),
    ("a = 1\na = 2", ReadError, r"TOML must parse, got .* line 2: 'a = 2'"),
    ("name = ", ReadError, r"TOML must parse, got .* in SPEC\.toml line 1"),
]


@pytest.mark.parametrize(("text", "error", "sentence"), BAD)
def test_bad_specs_name_the_place(text, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        parse_spec(text)
    assert "SPEC.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_spec_that_cannot_be_read(tmp_path):
    with pytest.raises(ReadError, match="a file must exist to be read"):
        read_spec(tmp_path / "SPEC.toml")
    (tmp_path / "SPEC.toml").write_bytes(b"\x00\x01")
    with pytest.raises(ReadError, match="a text file is needed, got byte 0x00 at offset 0"):
        read_spec(tmp_path / "SPEC.toml")


_NAMES = """name fs_hz fir sos bank band words hardware taps method order kind cutoff_hz low_hz
    ripple_db family rows input arch n_taps x"""
_KEYS = st.sampled_from(_NAMES.split())
_VALUES = st.recursive(
    st.integers(-2, 9) | st.floats() | st.booleans() | st.sampled_from(["window", "butter", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


def _toml(value):
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return repr(value)


@settings(max_examples=200)
@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_any_spec_is_read_or_refused_in_one_sentence(data):
    _check_refusal("\n".join(f"{key} = {_toml(value)}" for key, value in data.items()))


def _check_refusal(text):
    said = "SPEC.toml"
    try:
        parse_spec(text)
    except FxfirError as error:
        said = str(error)
    assert "SPEC.toml" in said
    assert "\n" not in said
    return said != "SPEC.toml"


ODD = [3, -1, "x", "", [], {}, True, [[1]], [1, "a"], float("nan"), float("inf"), 10**30, {"a": 1}]


@pytest.mark.parametrize("name", METHODS)
def test_a_value_of_the_wrong_type_is_refused_in_one_sentence(name):
    lines = METHODS[name].splitlines()
    for k, line in enumerate(lines):
        key = line.split(" = ")[0]
        refused = 0
        for odd in ODD:
            changed = [*lines[:k], f"{key} = {_toml(odd)}", *lines[k + 1 :]]
            text = f'fs_hz = 8\n{BANDS}[fir]\nmethod = "{name}"\n' + "\n".join(changed)
            refused += _check_refusal(text)
        assert refused >= len(ODD) - 3


@pytest.mark.parametrize(
    ("head", "keys"),
    [
        ("fs_hz = 8\nsos = {family = 'ellip', %s}", "order kind cutoff_hz ripple_db rows file"),
        ("fir = {taps = [1]}\nhardware = {%s}", "arch target interface backpressure clock_hz"),
        ("fir = {taps = [1]}\nwords = {%s}", "input output coeff coeff_width rounding overflow"),
        (
            "fir = {taps = [1]}\nwords = {%s}",
            "scale_taps form norm section_width guard_bits accuracy",
        ),
        ("fs_hz = 8\n[[band]]\n%s\nripple_db = 1", "low_hz high_hz gain weight attenuation_db"),
        ("%s\nfir.taps = [1]", "name fs_hz words hardware sos bank band"),
        ("%s", "fir sos bank band"),
        ("[[bank]]\nfir.taps = [1]\n%s", "words arch band sos fir"),
    ],
)
def test_a_value_of_the_wrong_type_anywhere_else(head, keys):
    for key in keys.split():
        refused = [_check_refusal(head % f"{key} = {_toml(odd)}") for odd in ODD]
        assert any(refused)
