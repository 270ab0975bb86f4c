"""Filter a file of samples through a core folder, in any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.errors import ReadError
from fxfir.filters import Interleave, Node, set_width
from fxfir.fixed import Format
from fxfir.spec.samples import create_samples, open_samples
from fxfir.spec.samples.block import Reader, Writer

__all__ = ["Simulated", "one_format", "simulate"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What a simulation did.

    Parameters
    ----------
    engine : str
    samples : int
        Samples per lane that went in, and came out.
    edges : int or None
        Clock edges from the first transfer in to the last one out; None for the model, which has
        no clock.
    """

    engine: str
    samples: int
    edges: int | None


def simulate(
    folder: str | Path,
    source: str | Path,
    sink: str | Path,
    *,
    engine: str = "model",
    progress: Progress | None = None,
) -> Simulated:
    """Run the samples of one file through a core into another file.

    Parameters
    ----------
    folder : path
        A core folder.
    source, sink : path
        .wav, .npy, .csv or raw; their lanes are the filter's, or its channels where they take
        turns. The sink appears under its name
        only when all went well.
    engine : str, optional
        "model" streams in bounded memory; the others hold the whole recording. "auto" is
        "icarus" or "verilator", whichever is sooner done.
    progress : callable, optional
        Called with samples done and their total (0 where the file cannot tell).

    Returns
    -------
    Simulated

    Raises
    ------
    ReadError
        If the folder holds no core, or the source does not fit the filter.
    OutputError
        If the sink cannot hold the output.
    EngineError, ToolError
        If the engine is unknown or its tool is missing.
    """
    from fxfir.verify.choice import AUTO
    from fxfir.verify.engine import find
    from fxfir.verify.target import load

    target = load(folder)
    if engine != AUTO:
        find(engine)
    node = target.node
    fmt = input_format(node)
    channels = _channels(node)
    with open_samples(source, lanes=node.n_in * channels, fmt=fmt) as reader:
        fs_hz = reader.fs_hz or (target.manifest.get("source") or {}).get("fs_hz")
        out = one_format(node.outputs, "output")
        lanes = node.n_out * channels
        with create_samples(sink, lanes=lanes, fmt=out, fs_hz=fs_hz) as writer:
            if engine == "model":
                return _stream(node, reader, writer, progress)
            return _run(engine, target, reader, writer, progress)


def _channels(node: Node) -> int:
    return node.channels if isinstance(node, Interleave) else 1


def _in_turn(block: Any, node: Node) -> Any:
    """Lanes of a file as lanes of the filter: channels take turns on one."""
    return block.T.reshape(1, -1) if isinstance(node, Interleave) else block


def _apart(lanes: Any, node: Node) -> Any:
    """Lanes of the filter as lanes of a file."""
    if not isinstance(node, Interleave):
        return lanes
    # All lanes of channel 0 first.
    turns = lanes.reshape(node.n_out, -1, node.channels)
    return turns.transpose(2, 0, 1).reshape(node.channels * node.n_out, -1)


def input_format(node: Node) -> Format:
    """Return the format of a sample file for a filter; the number of a set is a word as it is.

    Raises
    ------
    ReadError
        If lanes differ.
    """
    return one_format(node.inputs[:-1] if set_width(node) else node.inputs, "input")


def one_format(formats: Sequence[Format], what: str) -> Format:
    """Return the format that all lanes share, as a sample file demands.

    Raises
    ------
    ReadError
        If they differ.
    """
    if len(set(formats)) > 1:
        raise ReadError(
            f"a sample file holds lanes of one format, got {what} lanes "
            f"{', '.join(map(str, formats))}"
        )
    return formats[0]


def _stream(node: Node, reader: Reader, writer: Writer, progress: Progress | None) -> Simulated:
    from fxfir.model import Model

    model = Model(node)
    done = 0
    for block in reader.blocks():
        turns = _in_turn(block, node)
        writer.write(_apart(model.process(turns[0] if node.n_in == 1 else turns), node))
        done += block.shape[1]
        if progress is not None:
            progress(done, reader.n_samples or 0)
    return Simulated(engine="model", samples=done, edges=None)


def _run(
    engine: str, target: Any, reader: Reader, writer: Writer, progress: Progress | None
) -> Simulated:
    from fxfir.verify.engine import run

    blocks = list(reader.blocks())
    node = target.node
    width = node.n_in * _channels(node)
    recording = np.concatenate(blocks, axis=1) if blocks else np.zeros((width, 0), int)
    samples = _in_turn(recording, node)
    total = samples.shape[1]
    if not total:
        return Simulated(engine=engine, samples=0, edges=None)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, total)

    trace = run(engine, target, samples, progress=tell)
    if trace.samples.shape[1] != total:
        raise ReadError(
            f"the core must give {total} samples, got {trace.samples.shape[1]} from {trace.engine}"
        )
    writer.write(_apart(trace.samples, node))
    edges = int(trace.emitted_at[-1]) - int(trace.accepted_at[0])
    return Simulated(engine=trace.engine, samples=recording.shape[1], edges=edges)
