"""Responses against SciPy's."""

import numpy as np
import pytest

from fxfir.analysis import Cascade, lanes, real_sos, real_taps
from fxfir.errors import FilterError
from fxfir.filters import (
    Bank,
    Direct,
    FixedFir,
    FixedSos,
    Interleave,
    Parallel,
    Requantise,
    Series,
)
from fxfir.fixed import SQ, Cast, Format

FS = 8000.0
FREQS = np.linspace(0, FS / 2, 301)
Q7 = SQ(1, 7)
FIRST = FixedFir(taps=(3, -5, 7), coeff=Q7, input=Q7, output=Cast(to=Q7))
SECOND = FixedFir(taps=(1, 1), coeff=SQ(2, 1), input=Q7, output=Cast(to=Q7))


def section(b: tuple[int, ...], a: tuple[int, ...]) -> Direct:
    return Direct(
        form="df2t",
        b=b,
        a=a,
        b_coeff=SQ(2, 6),
        a_coeff=SQ(2, 5),
        state=Cast(to=SQ(2, 10)),
        out=Cast(to=Q7),
    )


SOS = FixedSos(
    sections=(section((10, 20, 10), (-30, 12)), section((5, 0, -5), (4, 20))),
    input=Q7,
    output=Cast(to=Q7),
)


def test_taps_against_freqz() -> None:
    from scipy import signal

    taps = np.random.default_rng(1).normal(size=40)
    _, wanted = signal.freqz(taps, worN=FREQS, fs=FS)
    assert np.allclose(Cascade.of_taps(taps).at(FREQS, fs_hz=FS), wanted, rtol=0, atol=1e-12)


def test_sos_against_freqz_sos() -> None:
    from scipy import signal

    sos = signal.ellip(7, 1, 60, 1000, fs=FS, output="sos")
    _, wanted = signal.freqz_sos(sos, worN=FREQS, fs=FS)
    assert np.allclose(Cascade.of_sos(sos).at(FREQS, fs_hz=FS), wanted, rtol=1e-9, atol=1e-12)


def test_uniform_equals_at() -> None:
    taps = np.random.default_rng(2).normal(size=30)
    cascade = Cascade.of_taps(taps).then(Cascade.of_sos([[1, 2, 1, 2, 0.1, 0.5]]))
    freqs = np.linspace(0, FS / 2, 65)
    assert np.allclose(cascade.uniform(64), cascade.at(freqs, fs_hz=FS), rtol=1e-12, atol=1e-12)


def test_uniform_refuses_to_alias() -> None:
    with pytest.raises(FilterError, match="n must be at least 15, got 14"):
        Cascade.of_taps(np.ones(30)).uniform(14)


def test_words_become_values() -> None:
    assert real_taps(FIRST).tolist() == [3 / 128, -5 / 128, 7 / 128]
    assert real_sos(SOS).tolist() == [
        [10 / 64, 20 / 64, 10 / 64, 1, -30 / 32, 12 / 32],
        [5 / 64, 0, -5 / 64, 1, 4 / 32, 20 / 32],
    ]


def test_words_beyond_float_range() -> None:
    tiny = Format(signed=True, width=8, frac=1200)
    fir = FixedFir(taps=(1,), coeff=tiny, input=Q7, output=Cast(to=Q7))
    assert real_taps(fir).tolist() == [0.0]
    large = Format(signed=True, width=8, frac=-70)
    fir = FixedFir(taps=(3,), coeff=large, input=Q7, output=Cast(to=Q7))
    assert real_taps(fir).tolist() == [3.0 * 2**70]


def test_bank_and_series_and_parallel() -> None:
    first = Cascade.of_taps(real_taps(FIRST)).at(FREQS, fs_hz=FS)
    second = Cascade.of_taps(real_taps(SECOND)).at(FREQS, fs_hz=FS)
    cascade = Cascade.of_sos(real_sos(SOS)).at(FREQS, fs_hz=FS)
    through = Requantise(input=Q7, cast=Cast(to=Q7))
    node = Series(
        stages=(
            Bank(filters=(FIRST, SOS)),
            Parallel(filters=(Series(stages=(through, SECOND)), FIRST)),
        )
    )
    found = lanes(node)
    assert [lane.source for lane in found] == [0, 0]
    assert np.allclose(found[0].cascade.at(FREQS, fs_hz=FS), first * second, rtol=1e-12)
    assert np.allclose(found[1].cascade.at(FREQS, fs_hz=FS), cascade * first, rtol=1e-12)
    apart = lanes(Parallel(filters=(SECOND, Bank(filters=(FIRST, SECOND)))))
    assert [lane.source for lane in apart] == [0, 1, 1]
    assert np.allclose(apart[1].cascade.at(FREQS, fs_hz=FS), first, rtol=1e-12)


def test_channels_inside_a_series() -> None:
    """Each has the response of its filter in z**C, which no rows of sections say."""
    fir = FixedFir(taps=(1, 2), coeff=SQ(3, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    turns = Interleave(filters=(fir,), channels=2)
    assert len(lanes(turns)) == 1
    with pytest.raises(FilterError, match="got channels in turn inside a series"):
        lanes(Series(stages=(fir, turns)))


def test_unknown_node() -> None:
    with pytest.raises(FilterError, match="a response needs a linear filter, got str"):
        lanes("fir")  # type: ignore[arg-type]


def test_wrong_shape() -> None:
    with pytest.raises(FilterError, match=r"rows of 6 numbers, got shape \(2, 5\)"):
        Cascade.of_sos(np.ones((2, 5)))


def test_roots() -> None:
    zeros, poles = Cascade.of_sos([[1, 0, -1, 1, 0, 0.25]]).roots()
    assert sorted(zeros.real.tolist()) == [-1, 1]
    assert np.allclose(np.sort(poles.imag), [-0.5, 0.5])
