"""Verify a core folder: every scenario in every engine, against the integer model."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.errors import ReadError
from fxfir.verify.choice import plan
from fxfir.verify.compare import compare
from fxfir.verify.core_text import regenerate
from fxfir.verify.engine import TEXT_ENGINES, find
from fxfir.verify.evidence import Evidence
from fxfir.verify.expected import expected
from fxfir.verify.judge import Check, judge
from fxfir.verify.scenario import own_scenario, scenarios
from fxfir.verify.target import Target, load
from fxfir.verify.vectors import read_vectors

__all__ = ["verify_core", "verify_target"]

Progress = Callable[[str, int, int], None]
_DIFF_LINES = 24


def verify_core(
    folder: str | Path,
    engines: Sequence[str] | None = None,
    *,
    seed: int = 1,
    samples: int | None = None,
    stimulus: Any = None,
    progress: Progress | None = None,
) -> Evidence:
    """Verify the core in a folder.

    Parameters
    ----------
    folder : path
        A core folder.
    engines : sequence of str, optional
        Keys of `fxfir.verify.engine.ENGINES`, or "auto"; all are looked up before the first one
        runs. Otherwise as `fxfir.verify.choice.plan` decides.
    seed : int, optional
        Of the random samples, gaps and stalls.
    samples : int, optional
        Random samples per scenario; see `fxfir.verify.scenario.scenarios`.
    stimulus : array_like of int, shape (n_in, time) or (time,), optional
        A user's own samples, run as one more scenario under random gaps and stalls.
    progress : callable, optional
        Called with the engine's name, the samples done and their total.

    Returns
    -------
    Evidence
        Failed checks are data, not exceptions.

    Raises
    ------
    ReadError
        If the folder does not hold a core.
    EngineError
        If an engine is unknown.
    ToolError
        If a simulator is missing or dies.

    Notes
    -----
    The model first has to give the folder's own vectors. The engine "amaranth" simulates the
    component that the manifest describes, so it runs only if that component's text is the
    folder's text, byte for byte; otherwise the check `text` fails and tells where they differ.
    """
    return verify_target(
        load(folder), engines, seed=seed, samples=samples, stimulus=stimulus, progress=progress
    )


def verify_target(
    target: Target,
    engines: Sequence[str] | None = None,
    *,
    seed: int = 1,
    samples: int | None = None,
    stimulus: Any = None,
    progress: Progress | None = None,
) -> Evidence:
    """Verify a core that is loaded already; see `verify_core`."""
    longest = max(samples or 0, 0 if stimulus is None else np.shape(stimulus)[-1])
    parts = plan(engines, edges=longest * target.interval)
    found = {part.engine: find(part.engine) for part in parts}
    vectors_in, vectors_out = read_vectors(target)
    try:
        text = target.verilog.read_bytes()
    except OSError as error:
        name = target.manifest["verilog"]
        raise ReadError(f"a core folder must hold {name}, got {error.strerror}") from None
    own = () if stimulus is None else (own_scenario(target, stimulus, seed=seed),)
    checks = [_model_check(target, vectors_in, vectors_out)]
    notes: list[str] = []
    if not set(found) - {"model"}:
        notes.append("only the model ran: nothing was compared with the hardware")
    usual = " and ".join(part.engine for part in parts if not part.whole)
    if usual:
        notes.append(f"{usual} ran the usual scenarios, not the long ones")
    for part in parts:
        name, engine = part.engine, found[part.engine]
        if name == "model":
            continue
        if name not in TEXT_ENGINES:
            same = _text_check(target, name, text.decode("utf-8", errors="replace"))
            checks.append(same)
            if not same.ok:
                notes.append(f"{name} did not run: the folder's Verilog is not the manifest's")
                continue
        count = samples if part.whole else None
        chosen = scenarios(target, vectors_in, seed=seed, samples=count)
        chosen += own if part.whole else ()
        total = sum(s.job.samples.shape[1] for s in chosen)
        tell = None if progress is None else _teller(progress, name, total)
        traces = engine(target, [s.job for s in chosen], progress=tell)
        checks += [
            judge(
                trace,
                scenario,
                target,
                expected=lambda x: expected(target.node, x),
                wanted=vectors_out if scenario.name == "vectors" else None,
            )
            for trace, scenario in zip(traces, chosen, strict=True)
        ]
    return Evidence(
        name=target.name,
        hash=str(target.manifest.get("hash", "")),
        verilog_sha256=hashlib.sha256(text).hexdigest(),
        seed=seed,
        engines=tuple(found),
        checks=tuple(checks),
        notes=tuple(notes),
    )


def _model_check(target: Target, inputs: Any, outputs: Any) -> Check:
    """The folder's vectors must be the model's; all else is compared with the model."""
    given = expected(target.node, inputs)
    mismatch = compare(outputs, given, target.node.outputs, inputs=inputs)
    return Check(
        engine="model",
        scenario="vectors",
        samples=int(given.shape[1]),
        problems=() if mismatch is None else (mismatch.text,),
        mismatch=mismatch,
    )


def _text_check(target: Target, engine: str, text: str) -> Check:
    """Regenerate the Verilog from the manifest; it must be the folder's text."""
    again = regenerate(target)
    if again == text:
        return Check(engine=engine, scenario="text")
    name = str(target.manifest["verilog"])
    diff = list(
        difflib.unified_diff(
            again.splitlines(),
            text.splitlines(),
            fromfile=f"{name} of the manifest",
            tofile=f"{name} in the folder",
            lineterm="",
            n=2,
        )
    )
    shown = diff[:_DIFF_LINES]
    if len(diff) > len(shown):
        shown.append(f"... {len(diff) - len(shown)} more lines")
    head = f"{name} must be what the manifest generates, got other text"
    return Check(engine=engine, scenario="text", problems=("\n".join((head, *shown)),))


def _teller(progress: Progress, name: str, total: int) -> Callable[[int], None]:
    return lambda done: progress(name, done, total)
