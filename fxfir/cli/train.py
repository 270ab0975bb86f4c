"""`fxfir train`: coefficients that learn from a target, and the core they make."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fxfir.cli.console import emit_json, note, progress, table
from fxfir.cli.options import seed_option
from fxfir.cli.streams import say

if TYPE_CHECKING:
    from fxfir.learn.job import Trained

__all__ = ["command"]


@click.command("train", short_help="Train a filter for a target, then make its core.")
@click.argument("spec", metavar="SPEC.toml")
@click.option("-o", "--out", required=True, metavar="DIR", help="Folder of the core.")
@click.option("--name", metavar="N", help="Name of core and module [last part of DIR].")
@click.option("--steps", type=click.IntRange(min=0), metavar="N", help="Instead of the file's.")
@click.option("--curve", metavar="FILE", help="Write the loss of every step as CSV.")
@click.option("--checkpoint", metavar="FILE", help="Write all that --resume needs, as it goes.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint.")
@click.option("--force", is_flag=True, help="Replace an existing core folder.")
@seed_option("everything random")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    spec: str,
    out: str,
    name: str | None,
    steps: int | None,
    curve: str | None,
    checkpoint: str | None,
    resume: bool,
    force: bool,
    seed: int,
    as_json: bool,
) -> int:
    """Train what SPEC.toml starts from for its target, search the integers, and write the core.

    The target is a magnitude response, an impulse response, a recording before and after, or the
    energies of bands; see fxfir.spec.train. Training computes what the hardware will, so the core
    is as good as the loss says.
    """
    from dataclasses import replace

    from fxfir.emit import check_folder, check_name
    from fxfir.flow import generate_filter
    from fxfir.learn.job import train
    from fxfir.spec.samples.part import write_whole
    from fxfir.spec.train import read_train_spec

    if resume and checkpoint is None:
        raise click.UsageError("--resume needs --checkpoint, got none")
    request = read_train_spec(spec)
    if steps is not None:
        request = replace(request, training=replace(request.training, steps=steps))
    hardware = request.start.hardware
    core = name or hardware.name or os.path.basename(os.path.abspath(out))  # noqa: PTH100, PTH119
    check_name(core)
    check_folder(out, force=force)
    with progress(f"train {core}") as report:
        trained = train(request, seed=seed, checkpoint=checkpoint, resume=resume, report=report)
        made = generate_filter(
            trained.layer.to_filter(),
            name=core,
            lanes=trained.layer.lanes(),
            hardware=hardware,
            fs_hz=request.start.fs_hz,
            seed=seed,
        )
    made.write(out, force=force)
    if curve is not None:
        rows = [f"{k},{loss!r}" for k, loss in enumerate(trained.fitted.curve, 1)]
        write_whole(curve, ("\n".join(["step,loss", *rows]) + "\n").encode())
    if trained.fitted.stopped == "diverged":
        note(f"the loss diverged; the core is that of step {trained.fitted.best_step}")
    if as_json:
        emit_json(_summary(trained, out))
    else:
        table(_rows(trained))
        say(f"wrote {out} ({len(made.files)} files); check it with: fxfir verify {out}")
    return 0


def _summary(trained: Trained, out: str) -> dict[str, Any]:
    fitted, searched = trained.fitted, trained.searched
    return {
        "folder": str(Path(out)),
        "start": fitted.start,
        "trained": fitted.best,
        "searched": None if searched is None else searched.after,
        "steps": len(fitted.curve),
        "best_step": fitted.best_step,
        "stopped": fitted.stopped,
        "candidates": 0 if searched is None else searched.tried,
    }


def _rows(trained: Trained) -> list[tuple[str, str]]:
    fitted, searched = trained.fitted, trained.searched
    rows = [
        ("start", f"loss {fitted.start:.4g}"),
        ("trained", f"loss {fitted.best:.4g} at step {fitted.best_step} of {len(fitted.curve)}"),
    ]
    if searched is not None:
        rows.append(("searched", f"loss {searched.after:.4g} after {searched.tried} candidates"))
    return rows
