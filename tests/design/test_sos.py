from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from fxfir import design
from fxfir.analysis.mask import judge
from fxfir.analysis.response import Cascade
from fxfir.design.excess import sos_excess, sos_magnitude
from fxfir.errors import DesignError, SpecError
from fxfir.spec import FAMILY_PARAMETERS, Band, IirSos, Kind, Mask, RowsSos

FS = 48000.0
LIMITS = {"ripple_db": 1, "attenuation_db": 40}
EDGES = {
    "lowpass": 4000.0,
    "highpass": 4000.0,
    "bandpass": (4000.0, 9000.0),
    "bandstop": (4000.0, 9000.0),
}
INSIDE = {
    "lowpass": ([0, 1000], [20000, 23000]),
    "highpass": ([20000, 24000], [0, 300]),
    "bandpass": ([6100], [0, 500, 23000]),
    "bandstop": ([0, 500, 23900], [6020]),
}
MASKS = {
    "lowpass": Mask.lowpass(fs_hz=FS, pass_hz=4000, stop_hz=6000, **LIMITS),
    "highpass": Mask.highpass(fs_hz=FS, pass_hz=6000, stop_hz=4000, **LIMITS),
    "bandpass": Mask.bandpass(fs_hz=FS, stop_hz=(3000, 12000), pass_hz=(5000, 9000), **LIMITS),
    "bandstop": Mask.bandstop(
        fs_hz=FS, pass_hz=(3000, 12000), stop_hz=(5000, 9000), gain=0.5, **LIMITS
    ),
}


def _spec(family, kind, order=4):
    taken = {"ripple_db": 1.0, "attenuation_db": 40.0 if family == "ellip" else 20.0}
    limits = {name: taken[name] for name in FAMILY_PARAMETERS[family]}
    return IirSos(family=family, order=order, kind=kind, cutoff_hz=EDGES[kind], fs_hz=FS, **limits)


def _gain(sos, *frequencies_hz, fs_hz=FS):
    return sos_magnitude(sos, frequencies_hz, fs_hz)


def _db(value):
    return 20 * np.log10(np.maximum(value, 1e-20))


def test_families_are_those_of_the_specification():
    assert list(design.FAMILIES) == list(FAMILY_PARAMETERS)


@pytest.mark.parametrize("kind", EDGES)
@pytest.mark.parametrize("family", FAMILY_PARAMETERS)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 8])
def test_every_family_and_kind(family, kind, order):
    made = design.design_sos(_spec(family, kind, order))
    poles = order * (2 if kind.startswith("band") else 1)
    assert made.n_sections == (poles + 1) // 2
    assert (made.order, made.family, made.fs_hz) == (order, family, FS)
    assert np.array_equal(made.sos[:, 3], np.ones(made.n_sections))
    passing, stopped = INSIDE[kind]
    if order >= 4:
        ripple_db = {"cheby1": 1.01, "ellip": 1.01, "bessel": 0.7}.get(family, 0.3)
        assert np.abs(_db(_gain(made.sos, *passing))).max() < ripple_db
        assert _db(_gain(made.sos, *stopped)).max() < -19.9


@pytest.mark.parametrize("kind", EDGES)
def test_responses_at_the_edges(kind):
    edges = np.atleast_1d(EDGES[kind])
    grid = np.linspace(0, FS / 2, 20001)
    made = design.design_sos(_spec("butter", kind)).sos
    assert _db(_gain(made, *edges)) == pytest.approx(-3.0103, abs=1e-4)
    made = design.design_sos(_spec("cheby1", kind)).sos
    assert _db(_gain(made, *edges)) == pytest.approx(-1, abs=1e-9)
    assert _db(_gain(made, *grid)).max() == pytest.approx(0, abs=1e-4)
    made = design.design_sos(_spec("cheby2", kind)).sos
    assert _db(_gain(made, *edges)) == pytest.approx(-20, abs=1e-9)
    made = design.design_sos(_spec("ellip", kind)).sos
    assert _db(_gain(made, *edges)) == pytest.approx(-1, abs=1e-9)
    stopped = _stop(kind, grid, 2.0)
    assert _db(_gain(made, *stopped)).max() == pytest.approx(-40, abs=0.05)


def _stop(kind, grid, factor):
    low = np.atleast_1d(EDGES[kind])[0]
    match kind:
        case "lowpass":
            return grid[grid > factor * low]
        case "highpass":
            return grid[grid < low / factor]
        case "bandpass":
            return grid[(grid < low / factor) | (grid > 16000)]
        case _:
            return grid[(grid > 5500) & (grid < 6500)]


def test_bessel_is_normalised_by_phase():
    made = design.bessel(4, 1000, fs_hz=FS)
    other = signal.bessel(4, 1000, fs=FS, output="sos", norm="phase")
    assert np.array_equal(made.sos, other)
    angle = np.angle(signal.sosfreqz(made.sos, [1000], fs=FS)[1])
    # About half of the 360 degrees that four poles turn.
    assert np.abs(angle) == pytest.approx(np.pi, abs=0.05)


def test_the_shortcuts_of_the_source_documents():
    assert np.array_equal(
        design.butter(4, 1000, fs_hz=FS).sos, signal.butter(4, 1000, fs=FS, output="sos")
    )
    cases = [
        (
            design.cheby1(4, 1000, fs_hz=FS, ripple_db=1),
            signal.cheby1(4, 1, 1000, fs=FS, output="sos"),
        ),
        (
            design.cheby2(4, 1000, fs_hz=FS, attenuation_db=20, kind="highpass"),
            signal.cheby2(4, 20, 1000, "highpass", fs=FS, output="sos"),
        ),
        (
            design.ellip(4, (900, 2000), fs_hz=FS, ripple_db=1, attenuation_db=40, kind="bandpass"),
            signal.ellip(4, 1, 40, [900, 2000], "bandpass", fs=FS, output="sos"),
        ),
        (
            design.bessel(3, (900, 2000), fs_hz=FS, kind=Kind.BANDSTOP),
            signal.bessel(3, [900, 2000], "bandstop", fs=FS, output="sos", norm="phase"),
        ),
    ]
    for made, other in cases:
        assert np.array_equal(made.sos, other)


def test_the_three_band_bank():
    low = design.butter(2, 0.2, fs_hz=2)
    middle = design.butter(2, (0.2, 0.6), fs_hz=2, kind="bandpass")
    high = design.butter(2, 0.6, fs_hz=2, kind="highpass")
    assert [made.n_sections for made in (low, middle, high)] == [1, 2, 1]
    centre = 2 / np.pi * np.arctan(np.sqrt(np.tan(0.1 * np.pi) * np.tan(0.3 * np.pi)))
    for made, one, zero, half in (
        (low, [0], [1], [0.2]),
        (middle, [centre], [0, 1], [0.2, 0.6]),
        (high, [1], [0], [0.6]),
    ):
        assert _gain(made.sos, *one, fs_hz=2) == pytest.approx(1, abs=1e-12)
        assert _gain(made.sos, *zero, fs_hz=2) == pytest.approx(0, abs=1e-12)
        assert _gain(made.sos, *half, fs_hz=2) == pytest.approx(np.sqrt(0.5), abs=1e-12)


def test_rows_as_given():
    made = design.design_sos(RowsSos(rows=[[2, 0, 0, 2, 0, 1]]))
    assert made.sos.tolist() == [[1, 0, 0, 1, 0, 0.5]]
    assert (made.family, made.order) == ("rows", None)
    with pytest.raises(ValueError, match="read-only"):
        made.sos[0, 0] = 1


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("family", ["butter", "cheby1", "cheby2", "ellip"])
def test_the_order_is_found(family, kind):
    mask = MASKS[kind]
    made = design.design_sos(IirSos(family=family, mask=mask))
    assert sos_excess(made.sos, mask) <= 1 + 1e-9
    assert judge(mask, Cascade.of_sos(made.sos)).passed
    given = replace(IirSos(family=family, mask=mask), order=None)
    assert design.design_sos(given).order == made.order
    assert made.order <= {"butter": 14, "cheby1": 8, "cheby2": 8, "ellip": 5}[family]


def test_excess_catches_what_leaves_a_mask():
    mask = MASKS["lowpass"]
    made = design.design_sos(IirSos(family="ellip", mask=mask)).sos.copy()
    made[0, 4] *= 1.01
    assert sos_excess(made, mask) > 1


def test_masks_no_recursive_filter_meets():
    odd = Mask(
        fs_hz=10,
        bands=(
            Band(low_hz=0, high_hz=1, ripple_db=1),
            Band(low_hz=2, high_hz=3, gain=2, ripple_db=1),
            Band(low_hz=4, high_hz=5, attenuation_db=40),
        ),
    )
    with pytest.raises(DesignError, match=r"needs the bands of a classic kind .*, got 110"):
        design.design_sos(IirSos(family="ellip", mask=odd))
    unequal = Mask(
        fs_hz=10,
        bands=(
            Band(low_hz=0, high_hz=1, ripple_db=1),
            Band(low_hz=2, high_hz=3, attenuation_db=40),
            Band(low_hz=4, high_hz=5, gain=2, ripple_db=1),
        ),
    )
    with pytest.raises(DesignError, match="pass bands must share one gain, got"):
        design.design_sos(IirSos(family="ellip", mask=unequal))
    steep = Mask.lowpass(fs_hz=FS, pass_hz=4000, stop_hz=4010, **LIMITS)
    with pytest.raises(DesignError, match="widen the narrowest transition, 10 Hz"):
        design.design_sos(IirSos(family="butter", mask=steep))


def test_orders_that_doubles_do_not_carry():
    with pytest.raises(DesignError, match=r"^butter of order 400 must have finite coefficients"):
        design.butter(400, (1000, 1001), fs_hz=FS, kind="bandpass")


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: design.butter(0, 1000, fs_hz=FS), "order must be at least 1, got 0"),
        (lambda: design.butter(None, 1000, fs_hz=FS), "order must be an integer, got None"),
        (lambda: design.butter(2, 24000, fs_hz=FS), "below fs_hz / 2 = 24000 Hz, got 24000"),
        (lambda: design.butter(2, -5, fs_hz=FS), "cutoff_hz must lie above 0"),
        (lambda: design.butter(2, (5, 6), fs_hz=FS), "a lowpass needs one cutoff_hz"),
        (lambda: design.butter(2, 5, fs_hz=FS, kind="notch"), "kind must be one of lowpass"),
        (lambda: design.cheby1(2, 5, fs_hz=FS, ripple_db=0), "ripple_db must be above 0 dB, got 0"),
        (
            lambda: design.design_sos(3),
            "a recursive filter needs rows, a family or an equaliser, got 3",
        ),
    ],
)
def test_impossible_calls(action, sentence):
    with pytest.raises(SpecError, match=sentence):
        action()
