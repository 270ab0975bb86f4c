"""Pairing and order: the transfer function is kept exactly, and the noise falls."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from fxfir.quantize.arrange import Grid, arrange, as_given, split
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import ExactSection, read_sections


def multiply(left: list[Fraction], right: list[Fraction]) -> list[Fraction]:
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, u in enumerate(left):
        for j, v in enumerate(right):
            product[i + j] += u * v
    return product


def expanded(sections: tuple[ExactSection, ...]) -> tuple[list[Fraction], list[Fraction]]:
    b, a = [Fraction(1)], [Fraction(1)]
    for section in sections:
        b, a = multiply(b, list(section.b)), multiply(a, [Fraction(1), *section.a])
    return b, a


def designs() -> dict[str, np.ndarray]:
    from scipy import signal

    return {
        "butter8": signal.butter(8, 0.2, output="sos"),
        "butter5": signal.butter(5, 0.3, output="sos"),
        "bandpass": signal.butter(4, [0.2, 0.3], "bandpass", output="sos"),
        "bandstop": signal.cheby1(3, 1, [0.2, 0.3], "bandstop", output="sos"),
        "ellip": signal.ellip(6, 1, 60, 0.1, output="sos"),
        "highpass": signal.cheby2(5, 30, 0.4, "highpass", output="sos"),
        "many": signal.ellip(10, 1, 60, [0.2, 0.3], "bandpass", output="sos"),
        "delay": np.array([[0, 0.5, 0.1, 1, -0.5, 0.1], [0, 0, -2.0, 1, 0.2, 0.0]]),
        "small lead": np.array([[1e-3, 1, 0.5, 1, -0.5, 0.1]]),
    }


@pytest.mark.parametrize("name", designs())
@pytest.mark.parametrize("scaling", list(Scaling))
@pytest.mark.parametrize("max_frac", [None, 12])
def test_the_transfer_function_is_kept_exactly(
    name: str, scaling: Scaling, max_frac: int | None
) -> None:
    exact, _ = read_sections(designs()[name])
    grid = Grid(exact)
    for arranged in (arrange(exact, grid), as_given(exact)):
        assert expanded(scale_sections(arranged, scaling, grid, max_frac)) == expanded(exact)


def test_band_pass_zeros_are_shared_out() -> None:
    exact, _ = read_sections(designs()["bandpass"])
    arranged = arrange(exact, Grid(exact))
    assert {s.b for s in arranged.sections} == {(1, 0, -1)}


def test_low_pass_scaling_needs_no_multipliers_but_one() -> None:
    """All numerators but one are 1, 2, 1 times a power of two."""
    exact, _ = read_sections(designs()["butter8"])
    grid = Grid(exact)
    scaled = scale_sections(arrange(exact, grid), Scaling.LINF, grid)
    odd = [s for s in scaled if s.b[0].numerator != 1]
    assert len(odd) == 1
    for section in scaled:
        assert section.b[1] == 2 * section.b[0] == 2 * section.b[2]


@pytest.mark.parametrize("name", ["butter8", "ellip", "bandpass", "highpass"])
@pytest.mark.parametrize("scaling", [Scaling.LINF, Scaling.L1, Scaling.L2])
def test_prefix_norms_lie_near_one(name: str, scaling: Scaling) -> None:
    """All but the last, whose size is the filter's own."""
    from scipy import signal

    exact, _ = read_sections(designs()[name])
    grid = Grid(exact)
    scaled = scale_sections(arrange(exact, grid), scaling, grid)
    rows = [[*map(float, s.b), 1.0, *map(float, s.a)] for s in scaled]
    impulse = np.zeros(1 << 14)
    impulse[0] = 1
    for k in range(1, len(rows)):
        response = signal.sosfilt(rows[:k], impulse)
        norm = {
            Scaling.LINF: np.max(np.abs(np.fft.rfft(response))),
            Scaling.L1: np.sum(np.abs(response)),
            Scaling.L2: np.sqrt(np.sum(response**2)),
        }[scaling]
        assert 0.5 < norm <= 1.1


def noise(order: tuple[ExactSection, ...]) -> float:
    """Round-off noise of a scaled cascade, one rounding in each recursion, by long responses."""
    from scipy import signal

    impulse = np.zeros(1 << 12)
    impulse[0] = 1
    rows = [[*map(float, s.b), 1.0, *map(float, s.a)] for s in order]
    total = 0.0
    signal_peaks = [
        np.max(np.abs(np.fft.rfft(signal.sosfilt(rows[:k], impulse)))) for k in range(1, len(rows))
    ]
    signal_peaks.append(1.0)
    for k, row in enumerate(rows):
        response = signal.lfilter([1], row[3:], impulse)
        if k + 1 < len(rows):
            response = signal.sosfilt(rows[k + 1 :], response)
        total += float(np.sum(response**2)) * signal_peaks[k] ** 2
    return total


@pytest.mark.parametrize("name", ["ellip", "butter8", "highpass"])
def test_the_order_is_the_best_of_all(name: str) -> None:
    """With the pairing found, no other order has less noise by the plain formula."""
    exact, _ = read_sections(designs()[name])
    arranged = arrange(exact, Grid(exact))
    gains = [arranged.gain, *[Fraction(1)] * (len(exact) - 1)]

    def with_gain(order: tuple[ExactSection, ...]) -> tuple[ExactSection, ...]:
        return tuple(
            ExactSection(b=tuple(v * g for v in s.b), a=s.a, origin=s.origin)  # type: ignore[arg-type]
            for s, g in zip(order, gains, strict=True)
        )

    chosen = noise(with_gain(arranged.sections))
    best = min(noise(with_gain(order)) for order in permutations(arranged.sections))
    assert chosen <= best * 1.05
    assert noise(exact) >= chosen * (1 - 1e-9)


def test_origins_follow_the_poles() -> None:
    exact, _ = read_sections(designs()["ellip"])
    for section in arrange(exact, Grid(exact)).sections:
        assert section.a == exact[section.origin].a


def test_split_keeps_the_product() -> None:
    for b in ((0.5, 1, 0.5), (0, 0.25, 1), (1e-6, 1, 0), (-2, 1, 1)):
        section = ExactSection(
            b=tuple(map(Fraction, b)),
            a=(Fraction(0), Fraction(0)),
            origin=0,  # type: ignore[arg-type]
        )
        monic, lead = split(section)
        assert tuple(v * lead for v in monic) == section.b
        assert max(map(abs, monic)) <= 4
