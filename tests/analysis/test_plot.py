"""Pictures are made, say what they show, and are the same twice."""

import re
from pathlib import Path

import pytest

from fxfir.analysis import Cascade
from fxfir.analysis.plot import Curve, Panel, overview_figure, pole_figure, response_figure, save
from fxfir.errors import OutputError
from fxfir.spec.mask import Mask

pytest.importorskip("matplotlib")

MASK = Mask.lowpass(fs_hz=8000, pass_hz=500, stop_hz=3000, ripple_db=1, attenuation_db=10)
AVERAGE = Cascade.of_taps([0.25, 0.5, 0.25])
SOS = Cascade.of_sos([[0.1, 0.2, 0.1, 1, -0.9, 0.5]])
PANEL = Panel(
    title="both",
    curves=[
        Curve(label="ideal", cascade=AVERAGE, thin=True),
        Curve(label="words", cascade=SOS, gain=0.6),
    ],
    mask=MASK,
    roots=[("ideal", SOS), ("words", SOS)],
)


def skeleton(path: Path) -> str:
    """The picture without its numbers: the layout solver may differ in the last digit."""
    return re.sub(r"-?\d+\.\d+", "#", path.read_text())


def test_equal_figures_are_equal_files(tmp_path: Path) -> None:
    first = save(overview_figure([PANEL, PANEL], fs_hz=8000), tmp_path / "a.svg")
    second = save(overview_figure([PANEL, PANEL], fs_hz=8000), tmp_path / "b.svg")
    assert skeleton(first) == skeleton(second)
    assert "dc:date" not in skeleton(first)
    assert first.stat().st_size > 10_000


def test_curves_and_limits_are_drawn() -> None:
    figure = response_figure(PANEL, fs_hz=8000)
    axes = figure.axes[0]
    assert len(figure.axes) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ideal", "words"]
    # Two curves, and three limits: upper and lower in the pass band, upper in the stop band.
    assert len(axes.lines) == 5
    assert axes.get_xlim() == (0, 4000)


@pytest.mark.parametrize(("fs_hz", "unit"), [(8000, "kHz"), (1000, "Hz"), (2.4e6, "MHz")])
def test_frequencies_are_counted_in_a_unit_that_fits(fs_hz: float, unit: str) -> None:
    panel = Panel(curves=[Curve(label="ideal", cascade=AVERAGE)])
    axes = response_figure(panel, fs_hz=fs_hz).axes[1]
    assert axes.get_xlabel() == f"frequency ({unit})"
    assert axes.xaxis.get_major_formatter()(fs_hz / 2, 0) in ("4", "500", "1.2")


def test_a_limit_too_narrow_to_see_is_marked() -> None:
    mask = Mask.bandstop(
        fs_hz=1000, pass_hz=(55, 65), stop_hz=(59.5, 60.5), ripple_db=1, attenuation_db=40
    )
    panel = Panel(curves=[Curve(label="ideal", cascade=AVERAGE)], mask=mask)
    lines = response_figure(panel, fs_hz=1000).axes[0].lines
    dashes = [line for line in lines if line.get_marker() == "_"]
    assert [tuple(line.get_xdata()) for line in dashes] == [(60.0,)]


def test_a_logarithmic_axis_starts_above_zero() -> None:
    figure = response_figure(PANEL, fs_hz=8000, log_frequency=True)
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_xlim()[0] > 0


def test_png_of_poles(tmp_path: Path) -> None:
    made = save(pole_figure(PANEL.roots, title="poles"), tmp_path / "poles.png")
    assert made.read_bytes()[:4] == b"\x89PNG"


def test_no_global_state_is_touched() -> None:
    import sys

    assert "matplotlib.pyplot" not in sys.modules


def test_bad_names(tmp_path: Path) -> None:
    figure = pole_figure(PANEL.roots)
    with pytest.raises(OutputError, match=r"must end in \.svg, \.png, \.pdf, got 'a\.bmp'"):
        save(figure, tmp_path / "a.bmp")
    with pytest.raises(OutputError, match=r"an output file must be writable, got .*No such file"):
        save(figure, tmp_path / "missing" / "a.png")
