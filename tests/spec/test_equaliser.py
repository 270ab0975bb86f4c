import math

import pytest

from fxfir.errors import ReadError, SpecError
from fxfir.spec import EqKind, EqSos, parse_spec
from fxfir.spec.readers.equaliser import read_equaliser

AUTOEQ = """Preamp: -6.4 dB
Filter 1: ON LSC Fc 105 Hz Gain 5.5 dB Q 0.70
Filter 2: ON PK Fc 93 Hz Gain -3.1 dB Q 0.50
Filter 3: OFF PK Fc 167 Hz Gain -2.0 dB Q 1.24
Filter 4: ON HSC Fc 10000 Hz Gain -1.8 dB Q 0.70
"""
REW = """Filter Settings file

Room EQ V5.20
Dated: 04-Nov-2025 21:23:47

Notes:left speaker

Equaliser: Generic
Average 1
Filter  1: ON  PK       Fc    63,8 Hz   Gain  -5,0 dB  Q  8,00
Filter  2: ON  Modal    Fc   24.90 Hz   Gain  -9.3 dB  Q  5.00  T60 target   300 ms
Filter  3: ON  None
Filter  4: ON  LS 6dB   Fc   120.0 Hz  Gain   3.0 dB
Filter  5: OFF None
Filter  6: ON  HP       Fc    1,250.0 Hz
"""


def read(text, channel=None):
    return read_equaliser(text, "eq.txt", channel=channel)


def test_autoeq():
    found = read(AUTOEQ)
    assert (found.preamp_db, found.channel, found.notes) == (-6.4, "all", ())
    kinds = [band.kind for band in found.bands]
    assert kinds == [EqKind.LOW_SHELF, EqKind.PEAK, EqKind.HIGH_SHELF]
    assert [(b.frequency_hz, b.gain_db, b.q, b.corner) for b in found.bands] == [
        (105, 5.5, 0.7, False),
        (93, -3.1, 0.5, False),
        (10000, -1.8, 0.7, False),
    ]


def test_rew_with_heading_decimal_commas_and_empty_filters():
    bands = read(REW).bands
    assert [b.frequency_hz for b in bands] == [63.8, 24.9, 120, 1250]
    assert [b.gain_db for b in bands] == [-5, -9.3, 3, 0]
    assert (bands[2].slope, bands[2].corner) == (0.5, True)
    assert bands[3].q == math.sqrt(0.5)


@pytest.mark.parametrize(
    ("text", "kind", "width", "corner"),
    [
        ("LS Fc 100 Hz Gain 3 dB", EqKind.LOW_SHELF, {"slope": 0.9}, False),
        ("LS Fc 100 Hz Gain 3 dB Q 0.7", EqKind.LOW_SHELF, {"q": 0.7}, True),
        ("HSC 12 dB Fc 100 Hz Gain 3 dB", EqKind.HIGH_SHELF, {"slope": 1.0}, False),
        ("HS 12dB Fc 100 Hz Gain 3 dB", EqKind.HIGH_SHELF, {"slope": 1.0}, True),
        ("LPQ Fc 100 Hz Q 1.5", EqKind.LOW_PASS, {"q": 1.5}, False),
        ("LP Fc 100 Hz", EqKind.LOW_PASS, {"q": math.sqrt(0.5)}, False),
        ("NO Fc 100 Hz", EqKind.NOTCH, {"q": 30}, False),
        ("BP Fc 100 Hz BW Oct 0.5", EqKind.BAND_PASS, {"bandwidth_oct": 0.5}, False),
        ("AP Fc 100 Hz Q 2", EqKind.ALL_PASS, {"q": 2}, False),
        ("PEQ Fc 100 Hz Gain 3 dB BW Oct 2", EqKind.PEAK, {"bandwidth_oct": 2}, False),
        ("pk fc 0.1 kHz gain 3 db q 1", EqKind.PEAK, {"q": 1}, False),
    ],
)
def test_shapes_and_the_widths_that_are_assumed(text, kind, width, corner):
    (band,) = read(f"Filter: ON {text}").bands
    assert (band.kind, band.frequency_hz, band.corner) == (kind, 100, corner)
    assert {n: getattr(band, n) for n in ("q", "bandwidth_oct", "slope")} == {
        "q": None,
        "bandwidth_oct": None,
        "slope": None,
    } | width


CHANNELS = """Preamp: -3 dB
Channel: L
Filter: ON PK Fc 100 Hz Gain 3 dB Q 1
Channel: R
Filter: ON PK Fc 200 Hz Gain 3 dB Q 1
Channel: all
Filter: ON PK Fc 300 Hz Gain 3 dB Q 1
"""


def test_channels():
    assert [b.frequency_hz for b in read(CHANNELS, "l").bands] == [100, 300]
    assert [b.frequency_hz for b in read(CHANNELS, "R").bands] == [200, 300]
    assert read(CHANNELS, "R").preamp_db == -3
    with pytest.raises(ReadError, match=r"^one channel must be chosen .*, got L, R in eq\.txt$"):
        read(CHANNELS)
    with pytest.raises(ReadError, match=r"^channel must be one of L, R in eq\.txt, got 'C'$"):
        read(CHANNELS, "C")
    both = "Channel: L R\nFilter: ON PK Fc 100 Hz Gain 3 dB Q 1"
    assert len(read(both).bands) == 1


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Filter 1: ON PQ Fc 100 Hz", "a filter must be one of PK, .*, got PQ"),
        ("Filter 1: PK Fc 100 Hz", "a filter must be ON or OFF, .*, got neither"),
        ("Filter 1: ON PK Gain 3 dB Q 1", "a filter needs a frequency .*, got none in PK"),
        ("Filter 1: ON PK Fc 100 Hz Q 1", "a filter of type PK needs a gain .*, got none"),
        ("Filter 1: ON PK Fc 100 Hz Gain 3 dB", "a filter of type PK needs a width .*, got none"),
        ("Filter 1: ON PK Fc 0 Hz Gain 3 dB Q 1", "frequency_hz must be above 0 Hz, got 0"),
        ("Filter 1: ON PK Fc 9 Hz Gain 3 dB Q 0", "q must be above 0, got 0"),
        ("Filter 1: ON PK Fc 9 Hz Gain 3 dB Q 1 Boost", "a filter must read like .*, got 'Boost'"),
        ("Filter 1: ON LS Fc 9 Hz Gain 3 dB BW Oct 1", "a shelf has a Q or a slope, got BW"),
        ("Filter 1: ON PK Fc 9 Hz Gain 3 dB Q 1 BW Oct 1", "a filter has one width, got both"),
        ("Filter 1: ON PK Fc 1.2.3 Hz Gain 3 dB Q 1", "a number must be readable, got '1.2.3'"),
        ("Filter 1: ON PK Fc 12,500 Hz Gain 3 dB Q 1", "a frequency must have one reading"),
        ("Filtre 1: ON PK Fc 100 Hz Gain 3 dB Q 1", "an equaliser of sections can take .* Filtre"),
        ("Filter 1 ON PK Fc 100 Hz Gain 3 dB Q 1", "an equaliser line must read like"),
        ("Preamp: loud", "Preamp must read like 'Preamp: -6.0 dB', got 'loud'"),
        ("GraphicEQ: 20 1; 40 2", "an equaliser of sections can take .*, got GraphicEQ"),
        ("Convolution: room.wav", "an equaliser of sections can take .*, got Convolution"),
        ("Channel:", "Channel must name a channel or all, got none"),
    ],
)
def test_a_line_that_is_not_understood_is_named(line, text):
    with pytest.raises(ReadError, match=text) as caught:
        read(f"Preamp: -1 dB\n{line}\n")
    assert f"in eq.txt line 2: {line!r}"[:60] in str(caught.value)


def test_nothing_to_do():
    for text in ("", "# nothing\n", "Filter 1: OFF PK Fc 100 Hz Gain 3 dB Q 1"):
        with pytest.raises(ReadError, match=r"^an equaliser needs a filter that is on"):
            read(text)


def test_what_is_about_the_computer_is_said():
    found = read("Device: all\nPreamp: -3 dB")
    assert found.notes == ("line 1 is about the computer and left out: Device",)


def test_equaliser_in_a_specification(tmp_path):
    (tmp_path / "eq.txt").write_text(CHANNELS)
    text = 'fs_hz = 48000\nsos = { eq = "eq.txt", channel = "R" }'
    made = parse_spec(text, folder=tmp_path).filter
    assert isinstance(made, EqSos)
    assert [band.frequency_hz for band in made.bands] == [200, 300]
    text = """fs_hz = 48000
    [sos]
    preamp_db = -2
    bands = [{ kind = "peak", frequency_hz = 100, gain_db = 2, q = 1 }]
    """
    made = parse_spec(text).filter
    assert (made.preamp_db, made.bands[0].kind) == (-2, EqKind.PEAK)
    wrong = text.replace("q = 1", "Q = 1")
    with pytest.raises(SpecError, match=r"\[sos\] band 1: a key must be known there .*, got 'Q'$"):
        parse_spec(wrong)


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("LP Q     Fc   100.0 Hz  Q  0.707", "LPQ Fc 100 Hz Q 0.707"),
        ("HP Q     Fc   100.0 Hz  Q  0.707", "HPQ Fc 100 Hz Q 0.707"),
        ("LS Q     Fc   500.0 Hz  Gain   3.00 dB Q  0.707", "LSQ Fc 500 Hz Gain 3 dB Q 0.707"),
        ("HS Q     Fc   630.0 Hz  Gain   3.00 dB Q  0.707", "HSQ Fc 630 Hz Gain 3 dB Q 0.707"),
        ("Notch    Fc   800.0 Hz ", "NO Fc 800 Hz"),
        ("Notch Q  Fc   100.0 Hz  Q  0.707", "NO Fc 100 Hz Q 0.707"),
        ("All pass  Fc   100.0 Hz  Q  0.707", "AP Fc 100 Hz Q 0.707"),
    ],
)
def test_names_that_rew_writes_in_two_words(line, same):
    assert read(f"Filter  7: ON  {line}").bands == read(f"Filter 1: ON {same}").bands


@pytest.mark.parametrize("line", ["LP1  Fc 300 Hz", "L-T  Fc 50.00 Hz  Q 1.20 Fp 30 Qp 0.50"])
def test_shapes_of_rew_that_no_band_has(line):
    with pytest.raises(ReadError, match="line 1"):
        read(f"Filter 1: ON {line}")
