import math

import numpy as np
import pytest
from scipy import signal

from fxfir import design
from fxfir.design.audio import weighting_db
from fxfir.design.rbj import SHAPES, band_section, centre_of
from fxfir.errors import DesignError, SpecError
from fxfir.spec import EqBand, EqKind, EqSos

FS = 48000.0


def _db(sos, *frequencies_hz, fs_hz=FS):
    _, h = signal.sosfreqz(np.atleast_2d(sos), np.array(frequencies_hz, dtype=float), fs=fs_hz)
    return 20 * np.log10(np.maximum(np.abs(h), 1e-20))


def _h(sos, frequencies_hz, fs_hz=FS):
    return signal.sosfreqz(np.atleast_2d(sos), np.asarray(frequencies_hz), fs=fs_hz)[1]


def _row(**band):
    return band_section(EqBand(**band), fs_hz=FS)


def test_every_kind_has_a_shape():
    assert list(SHAPES) == list(EqKind)


@pytest.mark.parametrize("gain_db", [-24, -3, 0, 0.5, 12])
@pytest.mark.parametrize("q", [0.3, 1, 8])
def test_peak_has_its_gain_at_the_centre_and_none_far_away(gain_db, q):
    row = _row(kind="peak", frequency_hz=1000, gain_db=gain_db, q=q)
    assert _db(row, 1000) == pytest.approx(gain_db, abs=1e-9)
    assert _db(row, 0, FS / 2) == pytest.approx(0, abs=1e-9)


def test_bandwidth_lies_between_the_points_of_half_the_gain():
    # Far below half of the rate the bilinear transform leaves octaves alone.
    row = _row(kind="peak", frequency_hz=100, gain_db=6, bandwidth_oct=1)
    edges = 100 * 2 ** np.array([-0.5, 0.5])
    assert _db(row, *edges) == pytest.approx(3, abs=2e-3)


@pytest.mark.parametrize("gain_db", [-12, 4, 15])
@pytest.mark.parametrize("width", [{"q": 0.7}, {"slope": 0.5}, {"slope": 1.0}])
def test_shelves_end_at_their_gain_and_pass_half_of_it_at_the_centre(gain_db, width):
    low = _row(kind="low_shelf", frequency_hz=1000, gain_db=gain_db, **width)
    assert _db(low, 0, 1000, FS / 2) == pytest.approx([gain_db, gain_db / 2, 0], abs=1e-9)
    high = _row(kind="high_shelf", frequency_hz=1000, gain_db=gain_db, **width)
    assert _db(high, FS / 2, 1000, 0) == pytest.approx([gain_db, gain_db / 2, 0], abs=1e-9)


def test_shelves_add_up_to_a_plain_gain():
    common = {"frequency_hz": 700, "gain_db": 9, "q": 0.6}
    both = [_row(kind=kind, **common) for kind in ("low_shelf", "high_shelf")]
    assert _db(both, *np.linspace(10, 23990, 50)) == pytest.approx(9, abs=1e-9)


def test_passes_and_notch():
    butter = signal.butter(2, 3000, fs=FS, output="sos")
    assert _row(kind="low_pass", frequency_hz=3000, q=math.sqrt(0.5)) == pytest.approx(butter[0])
    butter = signal.butter(2, 3000, "highpass", fs=FS, output="sos")
    assert _row(kind="high_pass", frequency_hz=3000, q=math.sqrt(0.5)) == pytest.approx(butter[0])
    assert _db(_row(kind="band_pass", frequency_hz=500, q=4), 500) == pytest.approx(0, abs=1e-9)
    b, a = signal.iirnotch(50, 30, fs=FS)
    notch = _row(kind="notch", frequency_hz=50, q=30)
    assert _db(notch, 50) < -200
    assert notch == pytest.approx([*b, *a], abs=1e-6)


def test_all_pass_turns_the_phase_by_half_a_turn_at_its_centre():
    row = _row(kind="all_pass", frequency_hz=2000, q=1)
    grid = np.linspace(1, 23999, 200)
    assert np.abs(_h(row, grid)) == pytest.approx(1, abs=1e-12)
    assert _h(row, [2000])[0] == pytest.approx(-1, abs=1e-9)


def test_a_corner_lies_on_the_flat_side():
    band = EqBand(kind="low_shelf", frequency_hz=100, gain_db=8, slope=1, corner=True)
    assert centre_of(band) == pytest.approx(100 * 10**0.1)
    q = EqBand(kind="high_shelf", frequency_hz=100, gain_db=8, q=math.sqrt(0.5), corner=True)
    assert centre_of(q) == pytest.approx(100 / 10**0.1)


@pytest.mark.parametrize(
    ("band", "text"),
    [
        ({"kind": "bell"}, "kind must be one of peak, low_shelf, .*, got 'bell'"),
        ({"frequency_hz": 0}, "frequency_hz must be above 0 Hz, got 0"),
        ({"q": 0}, "q must be above 0, got 0"),
        ({"q": -1}, "q must be above 0, got -1"),
        ({"gain_db": math.inf}, "gain_db must be a finite number in dB, got inf"),
        ({"gain_db": 200}, "gain_db must lie from -120 to 120, got 200"),
        ({"slope": 1}, "a band needs one of q, bandwidth_oct, slope, got q and slope"),
        ({"q": None}, "a band needs one of .*, got none"),
        ({"q": None, "slope": 1}, "a band of kind peak has no slope, got 1"),
        ({"kind": "low_pass"}, "a band of kind low_pass has no gain_db, got 3"),
        ({"corner": True}, "only a shelf has a corner, got peak"),
    ],
)
def test_bad_bands(band, text):
    with pytest.raises(SpecError, match=f"^{text}$"):
        EqBand(**({"kind": "peak", "frequency_hz": 100, "gain_db": 3, "q": 1} | band))


def test_bad_equalisers():
    band = EqBand(kind="peak", frequency_hz=24000, gain_db=3, q=1)
    with pytest.raises(SpecError, match=r"^frequency_hz of band 1 must lie above 0 and below"):
        EqSos(bands=(band,), fs_hz=FS)
    with pytest.raises(SpecError, match=r"^an equaliser needs fs_hz, got none$"):
        EqSos(bands=(band,))
    with pytest.raises(SpecError, match=r"^an equaliser needs a band or a gain, got neither$"):
        EqSos(bands=(), fs_hz=FS)
    steep = EqBand(kind="low_shelf", frequency_hz=100, gain_db=12, slope=20)
    with pytest.raises(
        DesignError, match=r"^band 1: slope of a shelf of 12 dB must be below 5\.029"
    ):
        design.parametric_eq([steep], fs_hz=FS)


def test_preamp_alone_and_before_bands():
    only = design.design_sos(EqSos(bands=(), preamp_db=-6, fs_hz=FS))
    assert _db(only.sos, 100) == pytest.approx(-6)
    peak = EqBand(kind="peak", frequency_hz=1000, gain_db=6, q=1)
    both = design.parametric_eq([peak, peak], preamp_db=-6, fs_hz=FS)
    assert (both.n_sections, both.family) == (2, "equaliser")
    assert _db(both.sos, 1000) == pytest.approx(6)


@pytest.mark.parametrize(("bands", "n"), [("octave", 10), ("third_octave", 31)])
@pytest.mark.parametrize("most_db", [3, 12])
def test_graphic_equaliser_passes_through_its_gains(bands, n, most_db):
    wanted = np.random.default_rng(5).uniform(-most_db, most_db, n)
    made = design.graphic_eq(wanted, bands=bands, fs_hz=FS)
    assert _db(made.sos, *design.CENTRES_HZ[bands]) == pytest.approx(wanted, abs=0.01)


def test_centres_of_iec_61260():
    assert np.round(design.CENTRES_HZ["octave"], 1).tolist()[:3] == [31.6, 63.1, 125.9]
    thirds = design.CENTRES_HZ["third_octave"]
    assert (len(thirds), thirds[17]) == (31, 1000)
    assert thirds[20] == pytest.approx(1995.26, abs=0.01)


def test_graphic_equaliser_refuses():
    with pytest.raises(SpecError, match=r"^gains_db must hold 10 gains, got 9$"):
        design.graphic_eq([0] * 9, fs_hz=FS)
    with pytest.raises(SpecError, match=r"^a band at 15849 Hz must have the gain 0 at fs_hz = 3"):
        design.graphic_eq([0] * 9 + [1], fs_hz=32000)
    with pytest.raises(SpecError, match=r"^gains_db must lie from .*, got gains_db\[1\] = 30$"):
        design.graphic_eq([0, 30] + [0] * 8, fs_hz=FS)


@pytest.mark.parametrize("order", [2, 4, 6, 8, 12])
@pytest.mark.parametrize("edges", [1000, [300, 3000], [80, 500, 2500, 9000]])
def test_crossover_bands_sum_to_a_flat_magnitude(order, edges):
    bands = design.linkwitz_riley(edges, order=order, fs_hz=FS)
    grid = np.geomspace(5, 23900, 400)
    total = sum(_h(band.sos, grid) for band in bands)
    assert 20 * np.log10(np.abs(total)) == pytest.approx(0, abs=1e-7)
    first = np.atleast_1d(edges)[0]
    assert _db(bands[0].sos, first) == pytest.approx(-6.0206, abs=1e-3)


def test_crossover_refuses():
    for edges, order, text in [
        ([300, 200], 4, r"frequencies_hz must increase, got frequencies_hz\[1\] = 200 after 300"),
        (1000, 3, "order of a Linkwitz-Riley crossover must be even, got 3"),
        (30000, 4, r"frequencies_hz\[0\] must lie above 0 and below .*"),
        ([], 4, "a crossover needs a frequency, got none"),
    ]:
        with pytest.raises(SpecError, match=f"^{text}$"):
            design.linkwitz_riley(edges, order=order, fs_hz=FS)


def test_dc_blocker_and_tone():
    block = design.dc_blocker(20, fs_hz=FS)
    assert _db(block.sos, 20) == pytest.approx(-3.0103, abs=1e-4)
    assert block.sos[0, :3].sum() == 0
    controls = design.tone(6, -4, fs_hz=FS).sos
    assert _db(controls, 0, FS / 2) == pytest.approx([6, -4], abs=1e-9)


# IEC 61672-1:2013, table 3: frequency weighting C and A in dB at nominal frequencies.
PUBLISHED_DB = {
    31.5: (-3.0, -39.4),
    63: (-0.8, -26.2),
    125: (-0.2, -16.1),
    250: (0.0, -8.6),
    500: (0.0, -3.2),
    1000: (0.0, 0.0),
    2000: (-0.2, 1.2),
    4000: (-0.8, 1.0),
    8000: (-3.0, -1.1),
    16000: (-8.5, -6.6),
}


@pytest.mark.parametrize("fs_hz", [44100, 48000, 96000])
def test_weightings_follow_the_published_table(fs_hz):
    for k, name in enumerate("CA"):
        sos = design.weighting(name, fs_hz=fs_hz).sos
        for nominal, values in PUBLISHED_DB.items():
            exact = 1000 * 10 ** (round(10 * math.log10(nominal / 1000)) / 10)
            # The table is rounded to 0.1 dB, at the exact frequencies of the nominal ones.
            assert _db(sos, exact, fs_hz=fs_hz)[0] == pytest.approx(values[k], abs=0.11)
            assert float(weighting_db(name, exact)) == pytest.approx(values[k], abs=0.051)


def test_k_weighting_is_the_published_table_at_48_khz():
    # ITU-R BS.1770-4, annex 1, tables 1 and 2.
    published = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0],
        [1.0, -1.99004745483398, 0.99007225036621],
    ]
    sos = design.weighting("K", fs_hz=48000).sos
    assert np.reshape(sos, (4, 3)) == pytest.approx(np.array(published), abs=1e-8)


def test_weightings_refuse():
    with pytest.raises(SpecError, match=r"^weighting must be one of A, C, K, got 'B'"):
        design.weighting("B", fs_hz=FS)
    with pytest.raises(
        SpecError, match=r"^a weighting A needs fs_hz of at least 32000 Hz, got 8000"
    ):
        design.weighting("A", fs_hz=8000)
