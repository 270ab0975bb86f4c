"""Pictures of what lanes do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fxfir.flow.analyze import Analysis

__all__ = ["draw"]


def draw(lanes: tuple[Analysis, ...], path: str | Path) -> None:
    """Draw responses, masks and poles of lanes into a picture.

    Parameters
    ----------
    lanes : tuple of Analysis
    path : path
        Its suffix says what it becomes: .svg, .png or .pdf.

    Raises
    ------
    ToolError
        If matplotlib is missing.
    OutputError
        If the picture cannot be written.
    """
    from fxfir.analysis import plot

    panels = []
    for k, lane in enumerate(lanes):
        gain = float(lane.source.gain)
        curves = (
            plot.Curve(label="ideal", cascade=lane.ideal, gain=gain, thin=True),
            plot.Curve(label="quantised", cascade=lane.quantized, gain=gain),
        )
        roots = [(curve.label, curve.cascade) for curve in curves] if lane.poles else []
        panels.append(
            plot.Panel(
                curves=curves,
                title=f"lane {k}" if len(lanes) > 1 else "",
                mask=lane.source.mask,
                roots=roots,
                noise=_noise_curves(lane),
            )
        )
    plot.save(plot.overview_figure(panels, fs_hz=lanes[0].source.fs_hz), path)


def _noise_curves(lane: Analysis) -> list[tuple[str, Any, Any]]:
    """Return what is drawn of the noise: label, frequencies and density of each curve."""
    found = lane.roundoff
    if found is None:
        return []
    freqs = found.freqs_hz
    predicted = found.budget.spectrum(freqs, fs_hz=lane.source.fs_hz)
    return [("predicted", freqs, predicted), ("measured", freqs, found.density)]
