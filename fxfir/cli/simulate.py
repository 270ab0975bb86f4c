"""`fxfir simulate`: filter a recording through a core."""

from __future__ import annotations

import click

from fxfir.cli.console import emit_json, progress
from fxfir.cli.streams import say

__all__ = ["command"]


@click.command("simulate", short_help="Filter a .wav, .npy, .csv or raw file through a core.")
@click.argument("folder", metavar="DIR")
@click.argument("source", metavar="IN")
@click.argument("sink", metavar="OUT")
@click.option(
    "--engine",
    default="model",
    show_default=True,
    help="model, amaranth, icarus, verilator or auto.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(folder: str, source: str, sink: str, engine: str, as_json: bool) -> int:
    """Run the samples of IN through the core in DIR and write OUT.

    The model streams in bounded memory; the other engines simulate the gates or the Verilog, auto
    in the simulator that is sooner done. All give the same file.
    """
    from fxfir.flow import simulate

    with progress(f"simulate in {engine}") as report:
        done = simulate(folder, source, sink, engine=engine, progress=report)
    if as_json:
        emit_json(
            {"engine": done.engine, "samples": done.samples, "edges": done.edges, "out": sink}
        )
    else:
        clock = "" if done.edges is None else f" in {done.edges} clock edges"
        say(f"{done.samples} samples through {done.engine}{clock}: {sink}")
    return 0
