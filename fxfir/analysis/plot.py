"""Pictures of a filter: response against its mask, and poles and zeros. Needs matplotlib.

Figures are made without pyplot: no global state and no window.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.analysis.grid import angles_near
from fxfir.analysis.plot_mask import LOWEST_DB, close_range, draw_band, floor_db
from fxfir.analysis.response import Cascade
from fxfir.errors import OutputError, ToolError
from fxfir.spec.mask import Mask
from fxfir.spec.samples.part import write_whole

__all__ = [
    "Curve",
    "Panel",
    "new_figure",
    "overview_figure",
    "pole_figure",
    "response_figure",
    "save",
    "style",
]

_POINTS = 4096
_INK = "#22303c"
_GRID = "#d9dee3"
_COLOURS = ("#1f6fb4", "#e07b1a", "#7a4fa3", "#2a9d8f", "#8c564b", "#d1495b")
_NOISE_SPAN_DB = 20.0
_NARROW = 0.005
_UNITS = ((1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))
_SUFFIXES = (".svg", ".png", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One response to draw.

    Parameters
    ----------
    label : str
    cascade : Cascade
    gain : float, optional
        The curve shows response / gain.
    thin : bool, optional
        Draw it dashed and behind: the reference that another curve is compared with.
    """

    label: str
    cascade: Cascade
    gain: float = 1.0
    thin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What one lane shows.

    Parameters
    ----------
    curves : sequence of Curve
        At least one.
    title : str, optional
    mask : Mask, optional
        Its limits are drawn with the curves.
    roots : sequence of (label, Cascade), optional
        Cascades whose poles and zeros are drawn beside the curves, for instance the ideal
        sections and the quantised ones.
    noise : sequence of (label, freqs_hz, density), optional
        Round-off noise to draw below the response, one-sided in output LSB squared per Hz; the
        first curve is the reference of the others.
    """

    curves: Sequence[Curve]
    title: str = ""
    mask: Mask | None = None
    roots: Sequence[tuple[str, Cascade]] = ()
    noise: Sequence[tuple[str, Any, Any]] = ()


def overview_figure(panels: Sequence[Panel], *, fs_hz: float, log_frequency: bool = False) -> Any:
    """Draw one or more lanes: magnitude in dB over Hz, a closer look at the pass bands, roots.

    Parameters
    ----------
    panels : sequence of Panel
        One below the other.
    fs_hz : float
    log_frequency : bool, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ToolError
        If matplotlib is missing.
    """
    wide = any(panel.roots for panel in panels)
    heights = [8.0 if panel.noise else 6.0 for panel in panels]
    figure = new_figure((12.4 if wide else 8.0, sum(heights)))
    rows = figure.subfigures(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for row, panel in zip(rows, panels, strict=True):
        if panel.title:
            row.suptitle(panel.title, color=_INK, fontsize=12, x=0.01, ha="left")
        left = row
        if wide:
            left, right = row.subfigures(1, 2, width_ratios=(1.55, 1))
            if panel.roots:
                _draw_roots(right, panel.roots)
        _draw_response(left, panel, fs_hz, log_frequency)
    return figure


def response_figure(panel: Panel, *, fs_hz: float, log_frequency: bool = False) -> Any:
    """Draw magnitudes in dB over Hz, a closer look at the pass bands, and the mask's limits.

    Parameters
    ----------
    panel : Panel
        Its roots and its noise are left out.
    fs_hz : float
    log_frequency : bool, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ToolError
        If matplotlib is missing.
    """
    return overview_figure(
        [replace(panel, roots=(), noise=())], fs_hz=fs_hz, log_frequency=log_frequency
    )


def pole_figure(roots: Sequence[tuple[str, Cascade]], *, title: str = "") -> Any:
    """Draw zeros (circles) and poles (crosses) of each cascade in the z plane.

    Parameters
    ----------
    roots : sequence of (label, Cascade)
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ToolError
        If matplotlib is missing.
    """
    figure = new_figure((5.6, 5.9))
    if title:
        figure.suptitle(title, color=_INK, fontsize=12, x=0.01, ha="left")
    _draw_roots(figure, roots)
    return figure


def save(figure: Any, path: str | Path) -> Path:
    """Write a figure as .svg, .png or .pdf, without dates and memory addresses in it.

    Raises
    ------
    OutputError
        If the suffix is another one, or the file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _SUFFIXES:
        raise OutputError(
            f"a picture's name must end in {', '.join(_SUFFIXES)}, got {target.name!r}"
        )
    matplotlib = _matplotlib()
    plain: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix, {})
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "fxfir", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=suffix[1:], dpi=150, metadata=plain)
    content = buffer.getvalue()
    write_whole(target, _renumbered(content) if suffix == ".svg" else content)
    return target


def _renumbered(svg: bytes) -> bytes:
    """Replace ids, which matplotlib derives from memory addresses, by numbers in reading order."""
    names: dict[bytes, bytes] = {}

    def number(found: re.Match[bytes]) -> bytes:
        name = names.setdefault(found[2], b"id%d" % len(names))
        return found[1] + name

    return re.sub(rb"""(\bid="|#)([a-z][0-9a-f]{10})(?=["')])""", number, svg)


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise ToolError(
            "plots need matplotlib, which is not installed: pip install 'fxfir[report]'"
        ) from None
    return matplotlib


def new_figure(size: tuple[float, float]) -> Any:
    """Return an empty figure of a size in inches."""
    _matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained", facecolor="white")


def style(axes: Any) -> None:
    """Give axes the look of all pictures."""
    axes.grid(True, color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, labelsize=8)
    for name, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_linewidth(0.8)
        spine.set_visible(name in ("left", "bottom"))


def _frequencies(curves: Sequence[Curve], fs_hz: float, log_frequency: bool) -> Any:
    half = fs_hz / 2
    parts = [np.linspace(0, half, _POINTS + 1)]
    if log_frequency:
        parts = [np.geomspace(half / 5000, half, _POINTS + 1)]
    for curve in curves:
        if curve.cascade.n_coefficients <= 3:
            zeros, poles = curve.cascade.roots()
            near = angles_near([*zeros, *poles]) / np.pi * half
            parts.append(near[near >= parts[0][0]])
    return np.unique(np.concatenate(parts))


def _levels(curve: Curve, freqs: Any, fs_hz: float) -> Any:
    size = np.abs(curve.cascade.at(freqs, fs_hz=fs_hz)) / curve.gain
    return 20 * np.log10(np.maximum(size, 10 ** (LOWEST_DB / 20)))


def _draw_response(figure: Any, panel: Panel, fs_hz: float, log_frequency: bool) -> None:
    freqs = _frequencies(panel.curves, fs_hz, log_frequency)
    levels = [_levels(curve, freqs, fs_hz) for curve in panel.curves]
    ratios = (3, 2, 2) if panel.noise else (3, 2)
    whole, close, *below = figure.subplots(len(ratios), 1, height_ratios=ratios, sharex=True)
    for axes in (whole, close):
        style(axes)
        for k, (curve, level) in enumerate(zip(panel.curves, levels, strict=True)):
            axes.plot(
                freqs,
                level,
                color=_INK if curve.thin else _COLOURS[k % len(_COLOURS)],
                linewidth=0.9 if curve.thin else 1.5,
                linestyle=(0, (4, 2)) if curve.thin else "-",
                label=curve.label,
                # A dashed reference stays visible where both coincide.
                zorder=3 if curve.thin else 2,
            )
        if panel.mask is not None:
            for band in panel.mask.bands:
                draw_band(axes, band, narrow=band.high_hz - band.low_hz < _NARROW * fs_hz)
        if log_frequency:
            axes.set_xscale("log")
        axes.set_xlim(freqs[0], freqs[-1])
    top = max(float(np.max(level)) for level in levels)
    whole.set_ylim(floor_db(levels, panel.mask), top + 8)
    close.set_ylim(*close_range(freqs, levels, panel.mask, top))
    whole.set_ylabel("magnitude (dB)")
    close.set_ylabel("pass band (dB)")
    if panel.noise:
        _draw_noise(below[0], panel.noise, freqs)
    _label_frequencies((below or [close])[0], fs_hz, log_frequency)
    whole.legend(loc="best", frameon=True, framealpha=0.9, edgecolor=_GRID, fontsize=8)


def _draw_noise(axes: Any, curves: Sequence[tuple[str, Any, Any]], shown: Any) -> None:
    style(axes)
    # Welch's estimate at 0 Hz is the mean's, which was taken out.
    parts = [(freqs >= max(shown[0], freqs[1])) & (freqs < freqs[-1]) for _, freqs, _ in curves]
    for k, ((label, freqs, density), part) in enumerate(zip(curves, parts, strict=True)):
        axes.plot(
            freqs[part],
            10 * np.log10(np.maximum(density[part], 1e-30)),
            color=_INK if k == 0 else _COLOURS[k % len(_COLOURS)],
            linewidth=1.2 if k == 0 else 0.8,
            linestyle=(0, (4, 2)) if k == 0 else "-",
            label=label,
            zorder=3 if k == 0 else 2,
        )
    low, high = axes.get_ylim()
    room = max(0.0, _NOISE_SPAN_DB - (high - low)) / 2
    axes.set_ylim(low - room, high + room)
    axes.set_ylabel("round-off (dB LSB²/Hz)")
    axes.legend(loc="best", frameon=True, framealpha=0.9, edgecolor=_GRID, fontsize=8)


def _draw_roots(figure: Any, roots: Sequence[tuple[str, Cascade]]) -> None:
    axes = figure.subplots()
    style(axes)
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color=_INK, linewidth=0.8)
    reach = 1.0
    for k, (label, cascade) in enumerate(roots):
        zeros, poles = cascade.roots()
        colour = _COLOURS[k % len(_COLOURS)]
        # Smaller marks on top: equal roots show as one mark inside the other.
        size = 7.0 + 3.0 * (len(roots) - 1 - k)
        axes.plot(
            zeros.real,
            zeros.imag,
            "o",
            markerfacecolor="none",
            color=colour,
            markersize=size,
            label=f"{label}: zeros",
        )
        axes.plot(
            poles.real, poles.imag, "x", color=colour, markersize=size, label=f"{label}: poles"
        )
        found = np.concatenate([zeros, poles])
        # A zero far out would shrink the circle to a dot.
        reach = max(reach, float(np.max(np.abs(found[np.abs(found) < 3]), initial=1.0)))
    axes.set_xlim(-1.12 * reach, 1.12 * reach)
    axes.set_ylim(-1.12 * reach, 1.12 * reach)
    axes.set_aspect("equal")
    axes.set_xlabel("real part")
    axes.set_ylabel("imaginary part")
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=2,
        frameon=False,
        fontsize=8,
    )


def _label_frequencies(axes: Any, fs_hz: float, log_frequency: bool) -> None:
    """Label the axis in Hz, kHz or MHz, so that no tick needs a power of ten beside it."""
    scale, unit = 1.0, "Hz"
    if not log_frequency:
        scale, unit = next((s, u) for s, u in _UNITS if fs_hz / 2 >= s or s == 1.0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value / scale:g}")
    axes.set_xlabel(f"frequency ({unit})")
