"""`fxfir design`: float coefficients from a specification, and the verdict of its mask."""

from __future__ import annotations

import click

from fxfir.cli.console import emit_json, progress, table
from fxfir.cli.streams import say

__all__ = ["command"]

MASK_MISSED = 3


@click.command("design", short_help="Design float coefficients and judge them by the mask.")
@click.argument("spec", metavar="SPEC.toml")
@click.option("-o", "--out", metavar="FILE", help="Write coefficients as CSV.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--strict", is_flag=True, help="Leave with 3, writing nothing, if a mask is missed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(spec: str, out: str | None, force: bool, strict: bool, as_json: bool) -> int:
    """Design the filter that SPEC.toml asks for, in floating point.

    Taps are written one per line, sections as rows b0 b1 b2 a0 a1 a2; both read back to the same
    doubles. The filters of a bank follow one another, an empty line between them.
    """
    from fxfir.flow import design, write_coefficients
    from fxfir.spec import read_spec

    request = read_spec(spec)
    with progress("design"):
        designed = design(request)
    missed = any(lane.verdict is not None and not lane.verdict.passed for lane in designed)
    if strict and missed:
        click.echo("fxfir: the mask is missed and --strict was given: nothing written", err=True)
        return MASK_MISSED
    if out is not None:
        write_coefficients(out, designed, force=force)
    if as_json:
        emit_json({"lanes": [lane.to_json() for lane in designed], "out": out})
        return 0
    for k, lane in enumerate(designed):
        rows = [("filter" if len(designed) == 1 else f"lane {k}", lane.text)]
        if lane.verdict is not None:
            state = "met" if lane.verdict.passed else "MISSED"
            rows.append(("mask", f"{state}, margin {lane.verdict.margin_db:.3f} dB"))
            rows += [("", line) for line in str(lane.verdict).splitlines()]
        table(rows)
    if out is None:
        for lane in designed:
            say(lane.csv, end="")
    else:
        say(f"wrote {out}")
    return 0
