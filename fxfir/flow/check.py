"""Verify a core folder and leave the evidence in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fxfir.flow.simulate import input_format
from fxfir.spec.samples import open_samples
from fxfir.spec.samples.part import write_whole

if TYPE_CHECKING:
    from fxfir.verify.evidence import Evidence

__all__ = ["verify_folder"]


def verify_folder(
    folder: str | Path,
    *,
    engines: Sequence[str] | None = None,
    seed: int = 1,
    samples: int | None = None,
    stimulus: str | Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Evidence:
    """Run every scenario of every engine on a core folder and write `evidence.json` into it.

    Parameters
    ----------
    folder : path
    engines : sequence of str, optional
        Otherwise "amaranth" and "icarus", or "auto" where `samples` or `stimulus` ask for a long
        run; see `fxfir.verify.choice.plan`.
    seed : int, optional
        Of random samples, gaps and stalls.
    samples : int, optional
        Random samples of each scenario.
    stimulus : path, optional
        A file of samples (.wav, .npy, .csv or raw), run as one more scenario.
    progress : callable, optional
        Called with engine, samples done and total.

    Returns
    -------
    Evidence
        Failed checks are data; the caller decides what they mean.

    Raises
    ------
    ReadError, EngineError, ToolError
        As `fxfir.verify.verify_core`.
    OutputError
        If the evidence cannot be written.
    """
    from fxfir.verify.check import verify_core

    own = None if stimulus is None else _read_all(folder, stimulus)
    evidence = verify_core(
        folder, engines, seed=seed, samples=samples, stimulus=own, progress=progress
    )
    text = json.dumps(evidence.to_json(), indent=2) + "\n"
    write_whole(Path(folder) / "evidence.json", text.encode())
    return evidence


def _read_all(folder: str | Path, stimulus: str | Path) -> Any:
    from fxfir.verify.target import load

    node = load(folder).node
    with open_samples(stimulus, lanes=node.n_in, fmt=input_format(node)) as reader:
        blocks = list(reader.blocks())
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((node.n_in, 0), dtype=np.int64)
