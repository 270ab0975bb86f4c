import numpy as np
import pytest

from fxfir.errors import FormatError, SectionError, SpecError
from fxfir.filters.sos import Form
from fxfir.fixed import Format, Overflow, Rounding
from fxfir.spec import (
    BankSpec,
    EquirippleFir,
    FrequencySamplingFir,
    HalfBandFir,
    Hardware,
    HilbertFir,
    IirSos,
    Kind,
    LeastSquaresFir,
    Mask,
    MovingAverageFir,
    RaisedCosineFir,
    RowsSos,
    Spec,
    TapsFir,
    Values,
    WindowFir,
    Words,
)

LOWPASS = Mask.lowpass(fs_hz=8, pass_hz=1, stop_hz=2, ripple_db=1, attenuation_db=40)
HIGHPASS = Mask.highpass(fs_hz=8, pass_hz=2, stop_hz=1, ripple_db=1, attenuation_db=40)
WINDOW = {"kind": "lowpass", "cutoff_hz": 1, "n_taps": 11, "fs_hz": 8}


def test_plain_lists_of_taps_are_values():
    assert TapsFir(taps=[1, 2]).taps == Values(values=(1.0, 2.0))
    assert TapsFir(taps=[1, 2]).fs_hz is None


def test_the_rate_comes_from_the_mask():
    assert TapsFir(taps=[1], mask=LOWPASS).fs_hz == 8
    with pytest.raises(SpecError, match=r"^fs_hz must be the mask's 8 Hz, got 9$"):
        TapsFir(taps=[1], mask=LOWPASS, fs_hz=9)


def test_windows_follow_from_what_is_given():
    assert WindowFir(**WINDOW).window == "hamming"
    assert WindowFir(**WINDOW, beta=5).window == "kaiser"
    assert WindowFir(**WINDOW, attenuation_db=60).window == "kaiser"
    assert WindowFir(mask=LOWPASS).window == "kaiser"
    assert WindowFir(**WINDOW).kind is Kind.LOWPASS


FIR_ERRORS = [
    (WindowFir, {"n_taps": 0}, "n_taps must be at least 1, got 0"),
    (WindowFir, {"n_taps": 11.0}, "n_taps must be an integer, got 11.0"),
    (WindowFir, {"cutoff_hz": 0}, "cutoff_hz must lie above 0 and below fs_hz / 2 = 4 Hz, got 0"),
    (WindowFir, {"cutoff_hz": -1}, "cutoff_hz must lie above 0 and below .*, got -1"),
    (WindowFir, {"cutoff_hz": 4}, "cutoff_hz must lie above 0 and below .*, got 4"),
    (WindowFir, {"cutoff_hz": "1"}, "cutoff_hz must be a number in Hz, got '1'"),
    (WindowFir, {"cutoff_hz": (1, 2)}, r"a lowpass needs one cutoff_hz, got \(1, 2\)"),
    (WindowFir, {"kind": "bandpass"}, "a bandpass needs two cutoff_hz, got 1"),
    (
        WindowFir,
        {"kind": "bandpass", "cutoff_hz": (2, 1)},
        "cutoff_hz must be in order, got 2 and 1",
    ),
    (
        WindowFir,
        {"kind": "bandpass", "cutoff_hz": (1, 5)},
        r"cutoff_hz\[1\] must lie above 0 and below fs_hz / 2 = 4 Hz, got 5",
    ),
    (WindowFir, {"kind": "low"}, "kind must be one of lowpass, .*, got 'low'"),
    (WindowFir, {"kind": None}, "kind and cutoff_hz go together, got None and 1"),
    (WindowFir, {"kind": None, "cutoff_hz": None}, "needs kind and cutoff_hz, or bands, got neith"),
    (
        WindowFir,
        {"kind": "highpass", "n_taps": 12},
        r"a highpass needs an odd number of taps \(an even order\), got 12 taps",
    ),
    (WindowFir, {"fs_hz": None}, "method window needs fs_hz, got none"),
    (WindowFir, {"n_taps": None}, "a lowpass by window needs n_taps, or .*, got neither"),
    (WindowFir, {"transition_hz": 1}, "transition_hz decides .*, got n_taps = 11 as well"),
    (
        WindowFir,
        {"n_taps": None, "transition_hz": 4, "attenuation_db": 60},
        "transition_hz must be below fs_hz / 2 = 4 Hz, got 4",
    ),
    (
        WindowFir,
        {"n_taps": None, "transition_hz": 1, "attenuation_db": 5},
        "attenuation_db must be at least 8 for Kaiser's formula, got 5",
    ),
    (WindowFir, {"window": "haming"}, r"got 'haming' \(did you mean 'hamming'\?\)"),
    (WindowFir, {"window": "hann", "beta": 1}, "only the kaiser window takes beta, got hann"),
    (WindowFir, {"window": "hann", "attenuation_db": 9}, "windows take attenuation_db, got hann"),
    (WindowFir, {"window": "kaiser"}, "the kaiser window needs beta or attenuation_db, got neith"),
    (WindowFir, {"window": "chebyshev"}, "the chebyshev window needs attenuation_db, got none"),
    (WindowFir, {"beta": 1, "attenuation_db": 60}, "attenuation_db decides beta"),
    (WindowFir, {"beta": -1}, "beta must be at least 0, got -1"),
]

OTHER_ERRORS = [
    (EquirippleFir, {}, "method equiripple needs bands, got none"),
    (EquirippleFir, {"mask": HIGHPASS, "n_taps": 12}, "a pass band that ends at fs_hz / 2 needs"),
    (LeastSquaresFir, {"mask": LOWPASS, "n_taps": -3}, "n_taps must be at least 1, got -3"),
    (MovingAverageFir, {"n_taps": 0}, "n_taps must be at least 1, got 0"),
    (HalfBandFir, {"fs_hz": 8, "pass_hz": 2, "n_taps": 7}, "below fs_hz / 4 = 2 Hz, got 2"),
    (HalfBandFir, {"fs_hz": 8, "pass_hz": 1, "n_taps": 9}, r"needs 4 k \+ 3 taps, got 9"),
    (HalfBandFir, {"fs_hz": 8, "pass_hz": 1}, "either n_taps or attenuation_db, got neither"),
    (
        HalfBandFir,
        {"fs_hz": 8, "pass_hz": 1, "n_taps": 7, "attenuation_db": 9},
        "either n_taps or attenuation_db, got both",
    ),
    (HilbertFir, {"fs_hz": 8, "low_hz": 0, "n_taps": 7}, "low_hz must lie above 0 .*, got 0"),
    (HilbertFir, {"fs_hz": 8, "low_hz": 3, "n_taps": 7}, "high_hz must lie above low_hz = 3 Hz"),
    (
        HilbertFir,
        {"fs_hz": 8, "low_hz": 1, "high_hz": 4, "n_taps": 7},
        "high_hz must be below fs_hz / 2 = 4 Hz for an odd number of taps, got 4",
    ),
    (HilbertFir, {"fs_hz": 8, "low_hz": 1}, "either n_taps or ripple_db, got neither"),
    (
        RaisedCosineFir,
        {"fs_hz": 8, "symbol_hz": 6, "rolloff": 0.5, "n_taps": 9},
        r"\(1 \+ rolloff\) \* symbol_hz / 2 must not exceed fs_hz / 2 = 4 Hz, got 4.5",
    ),
    (
        RaisedCosineFir,
        {"fs_hz": 8, "symbol_hz": 1, "rolloff": 1.5, "n_taps": 9},
        "rolloff must lie from 0 to 1, got 1.5",
    ),
    (
        RaisedCosineFir,
        {"fs_hz": 8, "symbol_hz": 1, "rolloff": 0.5, "n_taps": 8, "normalise": "peak"},
        "a centre tap needs an odd number of taps",
    ),
    (RaisedCosineFir, {"fs_hz": 8, "symbol_hz": 1, "rolloff": 0.5}, "needs either n_taps or span"),
]


@pytest.mark.parametrize(("kind", "fields", "sentence"), FIR_ERRORS)
def test_impossible_window_designs(kind, fields, sentence):
    with pytest.raises(SpecError, match=sentence):
        kind(**{**WINDOW, **fields})


@pytest.mark.parametrize(("kind", "fields", "sentence"), OTHER_ERRORS)
def test_impossible_designs(kind, fields, sentence):
    with pytest.raises(SpecError, match=sentence):
        kind(**fields)


@pytest.mark.parametrize(
    ("frequencies", "gains", "n_taps", "sentence"),
    [
        ([0, 4], [1], 9, "gains must be as many as frequencies_hz, got 1 for 2"),
        ([0, 3], [1, 0], 9, "must run from 0 to fs_hz / 2 = 4 Hz, got 0 to 3"),
        ([0, 2, 1, 4], [1, 1, 0, 0], 9, r"must not fall, got frequencies_hz\[2\] = 1 after 2"),
        ([0, 2, 2, 2, 4], [1, 1, 0, 0, 0], 9, "may stand twice, got .* = 2 thrice"),
        ([0, 0, 4], [1, 0, 0], 9, "a step must lie inside 0 to fs_hz / 2, got one at 0 Hz"),
        ([0, 2, 4], [1, -1, 0], 9, r"gains must be at least 0, got gains\[1\] = -1"),
        ([0, 4], [0, 0], 9, "at least one gain must be above 0"),
        ([0, 4], [0, 1], 8, "a gain at fs_hz / 2 needs an odd number of taps"),
    ],
)
def test_impossible_magnitudes(frequencies, gains, n_taps, sentence):
    with pytest.raises(SpecError, match=sentence):
        FrequencySamplingFir(fs_hz=8, frequencies_hz=frequencies, gains=gains, n_taps=n_taps)


def test_fitted_bands_need_gaps_and_limits():
    touching = Mask.from_json(
        {"fs_hz": 8, "bands": [{"low_hz": 0, "high_hz": 1}, {"low_hz": 1, "high_hz": 2}]}
    )
    with pytest.raises(SpecError, match="needs a gap between bands, got two that share an edge"):
        EquirippleFir(mask=touching, n_taps=9)
    open_mask = Mask.from_json({"fs_hz": 8, "bands": [{"low_hz": 0, "high_hz": 1}]})
    with pytest.raises(SpecError, match="n_taps can be found only if every band has ripple_db"):
        LeastSquaresFir(mask=open_mask)


IIR = {"family": "butter", "order": 2, "kind": "lowpass", "cutoff_hz": 1, "fs_hz": 8}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"family": "buter"}, r"family must be one of butter, .* \(did you mean 'butter'\?\)"),
        ({"order": 0}, "order must be at least 1, got 0"),
        ({"order": -2}, "order must be at least 1, got -2"),
        ({"cutoff_hz": 4}, "cutoff_hz must lie above 0 and below fs_hz / 2 = 4 Hz, got 4"),
        ({"kind": None}, "butter of given order needs kind, cutoff_hz and fs_hz, got None"),
        ({"ripple_db": 1}, "butter takes no ripple_db, got 1"),
        ({"family": "cheby1"}, "cheby1 needs ripple_db, got none"),
        ({"family": "cheby2"}, "cheby2 needs attenuation_db, got none"),
        ({"family": "cheby1", "ripple_db": -1}, "ripple_db must be above 0 dB, got -1"),
        (
            {"family": "ellip", "ripple_db": 40, "attenuation_db": 1},
            "attenuation_db must be above ripple_db = 40, got 1",
        ),
        ({"order": None}, "butter without order needs bands .*, got none"),
        ({"order": None, "mask": LOWPASS}, "takes its edges from the bands, got cutoff_hz = 1"),
        ({"family": "bessel", "order": None, "mask": LOWPASS}, "bessel needs order"),
    ],
)
def test_impossible_recursive_filters(fields, sentence):
    with pytest.raises(SpecError, match=sentence):
        IirSos(**{**IIR, **fields})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "a cascade needs at least one section, got none"),
        (np.ones(6), r"sos must be of shape \(n, 6\), got \(6,\)"),
        ([[1, 2, 3]], r"got 3 numbers in sos\[0\]"),
        ([[1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0]], r"a0 must differ from 0, got sos\[1\]\[3\] = 0"),
        ([[1, 0, np.nan, 1, 0, 0]], r"sos must be finite, got sos\[0\]\[2\] = nan"),
        ([[1, 0, 1j, 1, 0, 0]], r"sos must be real, got sos\[0\]\[2\] = 1j"),
        ([[1e300, 0, 0, 1e-300, 0, 0]], "a0 must leave finite numbers"),
        ("1", "sos must be rows of six numbers, got '1'"),
    ],
)
def test_impossible_sections(rows, sentence):
    with pytest.raises(SectionError, match=sentence):
        RowsSos(rows=rows)


def test_words_from_text():
    words = Words(input="ufix8_En0", coeff="sfix18_En17", rounding="floor", overflow="wrap")
    assert words.input == Format(signed=False, width=8, frac=0)
    assert words.output_format == words.input
    assert (words.coeff_bits, words.rounding, words.overflow) == (18, Rounding.FLOOR, Overflow.WRAP)
    assert (Words().coeff_bits, Words(coeff_width=12).coeff_bits) == (16, 12)
    assert Words(form="df1", norm="l1", section_width=24).form is Form.DF1


@pytest.mark.parametrize(
    ("fields", "error", "sentence"),
    [
        ({"input": "Q15"}, FormatError, "^input: a bare Q format is ambiguous"),
        ({"output": "sfix0_En0"}, FormatError, "^output: a format must have at least 1 bit"),
        ({"input": None}, FormatError, "^input: "),
        ({"coeff": "sfix16_En15", "coeff_width": 16}, SpecError, "coeff holds the width already"),
        ({"coeff_width": 1}, SpecError, "coeff_width must be at least 2, got 1"),
        ({"rounding": "half"}, SpecError, "rounding must be one of floor, ceil, .*, got 'half'"),
        ({"overflow": "clip"}, SpecError, "overflow must be one of wrap, saturate, got 'clip'"),
        ({"form": "df3"}, SpecError, "form must be one of df1, df2, df1t, df2t, got 'df3'"),
        ({"norm": "l3"}, SpecError, "norm must be one of none, l1, linf, l2, got 'l3'"),
        ({"section_width": 8, "guard_bits": 2}, SpecError, "section_width decides the guard bits"),
        ({"accuracy": "exact"}, SpecError, "accuracy must be one of noise, faithful, got 'exact'"),
        ({"accuracy": "faithful", "guard_bits": 2}, SpecError, "derives its guard_bits, got 2"),
        ({"accuracy": "faithful", "coeff": "sfix18_En16"}, SpecError, "its coeff, got sfix18_En16"),
        ({"accuracy": "faithful", "norm": "l2"}, SpecError, "scaled by norm l1, got l2"),
        ({"scale_taps": 1}, SpecError, "scale_taps must be true or false, got 1"),
    ],
)
def test_impossible_words(fields, error, sentence):
    with pytest.raises(error, match=sentence):
        Words(**fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"interface": "axi"}, r"interface must be one of axis, stream, got 'axi' \(did you mean"),
        ({"target": "ice5"}, "target must be one of generic, ecp5, ice40, xc7, got 'ice5'"),
        ({"arch": ""}, "arch must be a name, got ''"),
        ({"arch": {"taps": 3}}, "arch must have a name, got"),
        ({"backpressure": "no"}, "backpressure must be true or false, got 'no'"),
        ({"name": ""}, "name must be a name, got ''"),
        ({"clock_hz": 0}, "clock_hz must be above 0 Hz, got 0"),
        ({"clock_hz": 10, "rate_hz": 20}, "rate_hz must not exceed clock_hz = 10, got 20"),
    ],
)
def test_impossible_hardware(fields, sentence):
    with pytest.raises(SpecError, match=sentence):
        Hardware(**fields)


def test_banks():
    filters = (TapsFir(taps=[1]), IirSos(**IIR))
    own = Words(output="sfix18_En15")
    spec = Spec(filter=BankSpec(filters=filters, words=(None, own)), words=Words(coeff_width=12))
    assert spec.lanes == filters
    assert spec.lane_words == (Words(coeff_width=12), own)
    assert spec.fs_hz == 8
    assert Spec(filter=filters[0]).lane_words == (Words(),)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: BankSpec(filters=()), "a bank needs at least one filter, got none"),
        (lambda: BankSpec(filters=(3,)), r"must hold FirSpec or SosSpec, got filters\[0\] = 3"),
        (
            lambda: BankSpec(filters=(TapsFir(taps=[1]),), words=(None, None)),
            "words must be as many as filters, got 2 for 1",
        ),
        (
            lambda: BankSpec(filters=(TapsFir(taps=[1], fs_hz=1), TapsFir(taps=[1], fs_hz=2))),
            "filters of a bank must share fs_hz, got 1 and 2",
        ),
        (
            lambda: Spec(
                filter=BankSpec(filters=(TapsFir(taps=[1]),), words=(Words(input="sfix8_En7"),))
            ),
            r"read one input of format sfix16_En15, got sfix8_En7 for filters\[0\]",
        ),
        (lambda: Spec(filter=3), "filter is of the wrong type, got 3|filter of a spec is of"),
    ],
)
def test_impossible_banks(action, sentence):
    with pytest.raises(SpecError, match=sentence):
        action()
