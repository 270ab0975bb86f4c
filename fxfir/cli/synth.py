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
@click.option("--vivado", metavar="FILE", help="Write a script for Vivado instead; no tool runs.")
@click.option("--clock", "clock_hz", type=float, metavar="HZ", help="Of the script [250e6].")
@click.option("--part", metavar="P", help="Of the script [xc7a35tcpg236-1].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    folder: str,
    target: str | None,
    device: str | None,
    seeds: str,
    freq_mhz: float | None,
    check: bool,
    save: bool,
    vivado: str | None,
    clock_hz: float | None,
    part: str | None,
    as_json: bool,
) -> int:
    """Measure the core in DIR with Yosys and nextpnr.

    Resources are those of the core alone; Fmax is nextpnr's, with the core between registers in a
    harness of four pins. A netlist that lost a multiplier or was not mapped to its end is refused.
    """
    from fxfir.synth import FREQ_MHZ, synth_folder

    if vivado is not None:
        return _script(folder, target, vivado, clock_hz, part, as_json=as_json)
    if clock_hz is not None or part is not None:
        raise click.UsageError("--clock and --part belong to --vivado, got no --vivado")
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
        from fxfir.spec.samples.part import write_whole

        text = json.dumps(found.to_json(), indent=2, allow_nan=False)
        write_whole(Path(folder) / "synth.json", (text + "\n").encode())
    if as_json:
        emit_json(found.to_json())
    else:
        table(found.rows)
        if not found.ok:
            say(f"{found.name}: FAILED")
    return 0 if found.ok else 1


def _script(
    folder: str,
    target: str | None,
    vivado: str,
    clock_hz: float | None,
    part: str | None,
    *,
    as_json: bool,
) -> int:
    from fxfir.errors import SynthesisError
    from fxfir.spec.samples.part import write_whole
    from fxfir.synth import FREQ_MHZ, PART, read_core, vivado_script

    core = read_core(folder)
    wanted = "xc7" if target is None else target
    if wanted != "xc7" or core.target not in ("generic", "xc7"):
        raise SynthesisError(
            f"a script for Vivado needs a core and --target for xc7, got {core.name} for "
            f"{core.target} and --target {wanted}"
        )
    text = vivado_script(
        core,
        file=Path(vivado),
        clock_hz=FREQ_MHZ * 1e6 if clock_hz is None else clock_hz,
        part=PART if part is None else part,
    )
    write_whole(vivado, text.encode())
    if as_json:
        emit_json({"name": core.name, "hash": core.hash, "vivado": vivado})
    else:
        say(f"wrote {vivado}; run it with: vivado -mode batch -source {vivado}")
    return 0


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"seeds must be whole numbers split by commas, got {text!r}", param_hint="--seeds"
        ) from None
