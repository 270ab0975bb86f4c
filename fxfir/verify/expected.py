"""The integers that a core must give: the model's, always as lanes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fxfir import model
from fxfir.filters import Node

__all__ = ["expected"]


def expected(node: Node, samples: Any) -> Any:
    """Compute the output samples from zero history.

    Parameters
    ----------
    node : Node
    samples : ndarray of int64 or object, shape (n_in, time)

    Returns
    -------
    ndarray of int64 or object, shape (n_out, time)
        The model drops the lane axis of one-lane filters; here it always stands.
    """
    given = samples[0] if node.n_in == 1 else samples
    return np.asarray(model.run(node, given)).reshape(node.n_out, -1)
