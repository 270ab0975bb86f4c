"""A picture of what filters that meet one mask cost. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fxfir.analysis.plot import new_figure, style

__all__ = ["trade_figure"]

_COLOUR = "#1f6fb4"


def trade_figure(points: Sequence[tuple[int, int, int, bool]]) -> Any:
    """Draw what filters that meet one mask cost: taps, coefficient bits and adders.

    Parameters
    ----------
    points : sequence of (n_taps, width, adders, best)
        Those that no other beats are filled.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ToolError
        If matplotlib is missing.
    """
    figure = new_figure((6.4, 4.2))
    axes = figure.add_subplot()
    for n_taps, width, adders, best in points:
        face = _COLOUR if best else "white"
        axes.plot(n_taps, width, "o", color=_COLOUR, markerfacecolor=face, markersize=9)
        axes.annotate(
            str(adders),
            (n_taps, width),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            color="#22303c",
            fontsize=8,
        )
    axes.set_xlabel("taps")
    axes.set_ylabel("coefficient bits")
    axes.set_title("filters that meet the mask; numbers are adders, filled is best of its kind")
    axes.title.set_fontsize(9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.margins(0.1, 0.15)
    style(axes)
    return figure
