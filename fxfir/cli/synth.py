"""`fxfir synth`: what a core costs and how fast it is, by open tools."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fxfir.cli.console import emit_json, progress, table
from fxfir.cli.streams import say

__all__ = ["command"]


@click.command("synth", short_help="Synthesise, place and route a core: resources and Fmax.")
@click.argument("folder", metavar="DIR")
@click.option("--target", metavar="T", help="ecp5, ice40 or xc7 [the core's own].")
@click.option("--device", metavar="D", help="ecp5-25k, ecp5-85k, up5k, hx8k [by target].")
@click.option("--seeds", default="1", show_default=True, metavar="A,B", help="Of nextpnr.")
@click.option("--freq", "freq_mhz", type=float, metavar="MHZ", help="What nextpnr aims at [250].")
@click.option("--check", is_flag=True, help="Simulate the netlist with the core's bench.")
@click.option("--save", is_flag=True, help="Write synth.json into DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    folder: str,
    target: str | None,
    device: str | None,
    seeds: str,
    freq_mhz: float | None,
    check: bool,
    save: bool,
    as_json: bool,
) -> int:
    """Measure the core in DIR with Yosys and nextpnr.

    Resources are those of the core alone; Fmax is nextpnr's, with the core between registers in a
    harness of four pins. A netlist that lost a multiplier or was not mapped to its end is refused.
    """
    from fxfir.synth import FREQ_MHZ, synth_folder

    with progress("synth") as report:
        found = synth_folder(
            folder,
            target=target,
            device=device,
            seeds=_seeds(seeds),
            freq_mhz=FREQ_MHZ if freq_mhz is None else freq_mhz,
            check=check,
            progress=report,
        )
    if save:
        text = json.dumps(found.to_json(), indent=2, allow_nan=False)
        (Path(folder) / "synth.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        emit_json(found.to_json())
    else:
        table(found.rows)
        if not found.ok:
            say(f"{found.name}: FAILED")
    return 0 if found.ok else 1


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"seeds must be whole numbers split by commas, got {text!r}", param_hint="--seeds"
        ) from None
