"""The vectors of a core folder: stimulus and expected integers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.errors import ReadError
from fxfir.verify.stimulus import user
from fxfir.verify.target import Target
from fxfir.verify.words import array

__all__ = ["read_vectors"]


def read_vectors(target: Target) -> tuple[Any, Any]:
    """Read `vectors.json` of a target's folder.

    Returns
    -------
    inputs : ndarray of int64 or object, shape (n_in, time)
    outputs : ndarray of int64 or object, shape (n_out, time)

    Raises
    ------
    ReadError
        If the file is missing, is no such JSON, or does not fit the filter.
    """
    path = (target.folder or Path()) / "vectors.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(f"a core folder must hold vectors.json, got {error.strerror}") from None
    except ValueError as error:
        raise ReadError(f"vectors.json must be JSON, got {error}") from None
    try:
        inputs = user(target.node, np.array(data["input"], dtype=object))
        outputs = array(data["output"], target.node.outputs)
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(f"vectors.json must hold lanes of integers, got {error}") from None
    if len(outputs) != target.node.n_out or outputs.shape[1] != inputs.shape[1]:
        raise ReadError(
            f"vectors.json must hold {target.node.n_out} output lanes of {inputs.shape[1]} "
            f"samples, got {outputs.shape}"
        )
    return inputs, outputs
