"""`fxfir generate`: make a core folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fxfir.cli.candidates import choice_rows
from fxfir.cli.console import emit_json, note, progress, table
from fxfir.cli.options import HARDWARE, SEARCH, SOURCES, WORDS, options, read_request, seed_option
from fxfir.cli.searched import search_rows
from fxfir.cli.streams import say

if TYPE_CHECKING:
    from fxfir.flow import Generated

__all__ = ["command"]

MASK_MISSED = 3
INTERRUPTED = 130


@click.command("generate", short_help="Make a core folder: Verilog, integers, benches.")
@options(SOURCES)
@click.option("-o", "--out", required=True, metavar="DIR", help="Folder of the core.")
@click.option("--name", metavar="N", help="Name of core and module [last part of DIR].")
@options(WORDS, SEARCH, HARDWARE)
@click.option("--verify", is_flag=True, help="Simulate the core in every engine afterwards.")
@click.option("--strict", is_flag=True, help="Leave with 3, writing nothing, if a mask is missed.")
@click.option("--force", is_flag=True, help="Replace an existing core folder.")
@seed_option("the random vectors")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    out: str, verify: bool, strict: bool, force: bool, seed: int, as_json: bool, **given: Any
) -> int:
    """Make a core folder from taps, sections or a specification.

    \b
    fxfir generate --taps 0.1,0.5,0.1 -o smooth
    fxfir generate --taps taps.csv --arch serial -o lp
    fxfir generate --taps loud.csv --taps quiet.csv -o two_sets
    fxfir generate --eq headphones.txt --rate 48000 --arch serial -o phones
    fxfir generate lowpass.toml -o lowpass --verify
    """
    from fxfir.emit import check_folder, check_name
    from fxfir.flow import generate

    folder = Path(out)
    request = read_request(given)
    spec = request.spec
    # Symbolic links are left alone: the name is the last part of what was typed.
    name = spec.hardware.name or os.path.basename(os.path.abspath(out))  # noqa: PTH100, PTH119
    check_name(name)
    check_folder(folder, force=force)
    with progress(f"generate {name}") as report:
        made = generate(spec, name=name, seed=seed, spec_text=request.text, report=report)
    missed = strict and not made.mask_met
    if not missed:
        if given["plot_trade"] is not None:
            _draw_trade(made, given["plot_trade"])
        # Before the notes, so that a folder that cannot be written is one sentence.
        made.write(folder, force=force)
    for warning in made.warnings:
        note(warning)
    if missed:
        click.echo("fxfir: the mask is missed and --strict was given: nothing written", err=True)
        return MASK_MISSED
    status = INTERRUPTED if made.interrupted else 0
    evidence = None
    if made.interrupted:
        click.echo("fxfir: interrupted, the best words so far are written", err=True)
    elif verify:
        from fxfir.flow import verify_folder

        with progress(f"verify {name}") as report:
            evidence = verify_folder(folder, seed=seed, progress=lambda _e, d, t: report(d, t))
        status = 0 if evidence.ok else 1
    if as_json:
        emit_json(_summary(made, folder) | ({"verified": evidence.ok} if evidence else {}))
    else:
        table(_rows(made))
        if made.choice is not None:
            table(choice_rows(made.choice))
        if evidence is not None:
            if not evidence.ok:
                say(evidence.text)
            say(f"verified: {'passed' if evidence.ok else 'FAILED'}")
        say(f"wrote {out} ({len(made.files)} files); check it with: fxfir verify {out}")
    return status


def _draw_trade(made: Generated, path: str) -> None:
    from fxfir.analysis.plot import save
    from fxfir.analysis.trade import trade_figure

    outcomes = [lane.outcome for lane in made.compiled.lanes if lane.outcome is not None]
    points = [
        (row.n_taps, row.width, row.adders, row.best) for found in outcomes for row in found.pareto
    ]
    if not points:
        raise click.UsageError(
            "--plot-trade goes with --meet-mask width and an open number of taps"
        )
    save(trade_figure(points), path)


def _summary(made: Generated, folder: Path) -> dict[str, Any]:
    """What was made, for scripts."""
    manifest = made.manifest
    verdicts = [
        None if v is None else {"met": v.passed, "margin_db": v.margin_db} for v in made.verdicts
    ]
    return {
        "name": made.name,
        "folder": str(folder),
        "kind": manifest["kind"],
        "n_taps": _n_taps(made),
        "formats": _formats(made),
        "gain": [float(lane.gain) for lane in made.compiled.lanes],
        "structure": manifest.get("structure"),
        "architecture": manifest["architecture"],
        "choice": None if made.choice is None else made.choice.to_json(),
        "timing": manifest["timing"],
        "bounds": manifest["bounds"],
        "mask": verdicts[0] if len(verdicts) == 1 else verdicts,
        "hash": manifest["hash"],
        "search": [
            None if lane.outcome is None else lane.outcome.to_json() for lane in made.compiled.lanes
        ],
        "warnings": list(made.warnings),
        "notes": list(made.compiled.notes),
        "files": sorted(made.files),
    }


def _n_taps(made: Generated) -> Any:
    counts = [getattr(lane.quantized.filter, "n_taps", None) for lane in made.compiled.lanes]
    return counts[0] if len(counts) == 1 else counts


def _formats(made: Generated) -> dict[str, Any]:
    node = made.compiled.node
    lanes = [lane.quantized.filter for lane in made.compiled.lanes]
    found: dict[str, Any] = {"input": str(node.inputs[0])}
    for name in ("coeff", "acc"):
        values = [str(getattr(lane, name)) if hasattr(lane, name) else None for lane in lanes]
        found[name] = values[0] if len(values) == 1 else values
    outputs = [str(fmt) for fmt in node.outputs]
    found["output"] = outputs[0] if len(outputs) == 1 else outputs
    return found


def _rows(made: Generated) -> list[tuple[str, str]]:
    """The few lines that `generate` prints."""
    manifest, timing = made.manifest, made.core.timing
    rows: list[tuple[str, str]] = []
    for k, lane in enumerate(made.compiled.lanes):
        many = len(made.compiled.lanes) > 1
        label = f"{made.compiled.label} {k}" if many else "filter"
        rows.append((label, _describe(lane)))
        rows.append(("", _bound_text(made.bounds[k])))
        verdict = made.verdicts[k]
        if verdict is not None:
            state = "met" if verdict.passed else "MISSED"
            state += "" if verdict.proven else " on a grid, not proven"
            rows.append(("mask", f"{state}, margin {verdict.margin_db:.3f} dB"))
        rows += search_rows(lane.outcome)
    if made.compiled.ahead is not None:
        rows += _ahead_rows(made.compiled.ahead)
    rows += [("note", text) for text in made.compiled.notes]
    if manifest["filter"]["type"] == "SwitchedFir":
        ports = [p["name"] for p in manifest["ports"] if p["name"] in ("s_axis_tuser", "i_set")]
        rows.append(("sets", f"chosen by {ports[0]} with every sample, on one history"))
    channels = manifest["filter"].get("channels", 1)
    if channels > 1:
        rows.append(("channels", f"{channels} in turn, the first sample is of channel 0"))
    every = "every clock" if timing.interval == 1 else f"every {timing.interval} clocks"
    rows.append(("hardware", f"{_arch(manifest['architecture'])}, one sample {every}"))
    rows.append(("latency", f"{timing.latency} clocks, ready {timing.startup} after reset"))
    return rows


def _describe(lane: Any) -> str:
    from fxfir.arith.structure import structure_of

    node = lane.quantized.filter
    gain = "gain unchanged" if lane.gain == 1 else f"gain x {float(lane.gain):.9g}"
    if lane.kind == "fir":
        head = f"{node.n_taps} tap{'s' * (node.n_taps > 1)}, {structure_of(node.taps)}"
        words = f"in {node.input}, coeff {node.coeff}, acc {node.acc}, out {node.output.to}"
    else:
        count = len(node.sections)
        forms = ", ".join(dict.fromkeys(section.kind for section in node.sections))
        head = f"{count} section{'s' if count > 1 else ''}, form {forms}"
        words = f"in {node.input}, out {node.output.to}"
    return f"{head}; {words}; {gain}"


def _ahead_rows(made: Any) -> list[tuple[str, str]]:
    first, last = made.filter.stages[0], made.filter.stages[-1]
    count = len(made.ideal)
    text = (
        f"{count} section{'s' * (count > 1)}, look-ahead {last.channels}; in {first.input}, "
        f"out {last.outputs[0]}; gain unchanged"
    )
    return [("filter", text), ("", _bound_text(made))]


def _bound_text(bound: Any) -> str:
    if bound.error_lsb is not None:
        return f"certified |hardware - ideal| <= {float(bound.error_lsb):.4g} output LSB"
    linear = getattr(bound, "linear_lsb", None)
    if linear is None:
        return f"no certified error: {bound.reason}"
    return f"<= {float(linear):.4g} output LSB unless a word inside overflows: {bound.reason}"


def _arch(architecture: Any) -> str:
    inside = [*architecture.get("filters", ()), *architecture.get("stages", ())]
    if "graph" in architecture:
        n_adders = len(architecture["graph"]["adders"])
        form = architecture.get("form", "one graph for all")
        return f"{architecture['name']} ({form}, {n_adders} adders in the graph)"
    if "multipliers" in architecture:
        count = architecture["multipliers"]
        said = [f"{count} multiplier{'s' * (count > 1)}"]
        said += ["folded"] if architecture.get("fold") else []
        said += [f"{architecture['memory']} memory"] if "memory" in architecture else []
        return f"{architecture['name']} ({', '.join(said)})"
    if architecture.get("loop") == "adders":
        return f"{architecture['name']} (loop of adders)"
    if not inside:
        return str(architecture["name"])
    return f"{architecture['name']} of {', '.join(_arch(part) for part in inside)}"
