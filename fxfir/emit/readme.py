"""`README.md` of a core folder: what it is and how to check it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["readme_text"]


def readme_text(manifest: Mapping[str, Any]) -> str:
    """Return the file's text, all of it from the manifest."""
    name, timing = manifest["name"], manifest["timing"]
    ports = "\n".join(f"| `{p['name']}` | {p['dir']} | {p['width']} |" for p in manifest["ports"])
    every = "every clock" if timing["interval"] == 1 else f"every {timing['interval']} clocks"
    reset = "aresetn, active low" if manifest["interface"] == "axis" else "rst, active high"
    return f"""# {name}

{_title(manifest)}

| port | direction | bits |
|---|---|---|
{ports}

Signals move at rising clock edges. The reset ({reset}) is synchronous; one clock of it is enough.
{_packing(manifest)}

| timing | clock edges |
|---|---|
| latency | {timing["latency"]} |
| interval | {timing["interval"]} (one sample {every}) |
| startup | {timing["startup"]} after reset until ready |

{_bounds(manifest["bounds"])}

## Check it

    make        # cocotb bench in Icarus Verilog (pip install cocotb pytest)
    make tb     # plain Verilog bench, no Python

`manifest.json` describes the core for programs, `vectors.json` holds integers in and out,
`coefficients.csv` the coefficients. Hash of filter, architecture, interface and target:
`{manifest["hash"]}`.
"""


def _title(manifest: Mapping[str, Any]) -> str:
    return "; ".join(describe(manifest["filter"])) + f". Architecture: {_arch(manifest)}."


def describe(filter: Mapping[str, Any]) -> list[str]:
    """Return what a filter's JSON is, a phrase for each part.

    Parameters
    ----------
    filter : mapping
        As `fxfir.filters.to_json` makes it.
    """
    match filter["type"]:
        case "FixedFir":
            return [
                (
                    f"FIR, {len(filter['taps'])} taps, input {filter['input']}, "
                    f"coefficients {filter['coeff']}, {_cast(filter['output'])}"
                )
            ]
        case "SwitchedFir":
            return [
                (
                    f"FIR, {len(filter['taps'])} sets of {len(filter['taps'][0])} taps, "
                    f"input {filter['input']}, coefficients {filter['coeff']}, "
                    f"{_cast(filter['output'])}"
                )
            ]
        case "FirMatrix":
            taps = filter["taps"]
            return [
                (
                    f"FIR from {len(taps[0])} lanes to {len(taps)}, {len(taps[0][0])} taps each, "
                    f"input {filter['input']}, coefficients {filter['coeff']}, "
                    f"{_cast(filter['output'])}"
                )
            ]
        case "FixedSos":
            forms = list(dict.fromkeys(s.get("form", "state_space") for s in filter["sections"]))
            return [
                (
                    f"{len(filter['sections'])} second-order sections ({', '.join(forms)}), "
                    f"input {filter['input']}, {_cast(filter['output'])}"
                )
            ]
        case "Requantise":
            return [f"requantise {filter['input']}, {_cast(filter['cast'])}"]
        case "Clip":
            return [f"clip {filter['input']} to [{filter['lo']}, {filter['hi']}]"]
        case "Sum":
            return [f"sum of {len(filter['inputs'])} lanes, {_cast(filter['output'])}"]
        case "Select":
            return [f"one of {filter['count']} lanes {filter['input']}, index {filter['index']}"]
        case "Table":
            return [f"table of {len(filter['words'])} words {filter['to']}, {filter['input']}"]
        case "Interleave":
            many = len(filter["filters"]) > 1
            head = (
                f"{filter['channels']} channels in turn, {'a filter' if many else 'the same'} each"
            )
            return [head, *(text for p in filter["filters"] for text in describe(p))]
        case kind:
            parts = filter.get("filters") or filter["stages"]
            return [f"{kind} of {len(parts)}", *(text for p in parts for text in describe(p))]


def _cast(cast: Mapping[str, Any]) -> str:
    return f"output {cast['to']} ({cast['rounding']}, {cast['overflow']})"


def _arch(manifest: Mapping[str, Any]) -> str:
    return f"`{manifest['architecture']['name']}`, target `{manifest['target']}`"


def _packing(manifest: Mapping[str, Any]) -> str:
    axis = manifest["interface"] == "axis"
    turns = ""
    if manifest["filter"]["type"] == "Interleave":
        port = "m_axis_tuser" if axis else "o_channel"
        turns = (
            f" The first sample after a reset is of channel 0, then channels take turns; `{port}` "
            "is the channel of the sample beside it."
        )
    for port in ("s_axis_tuser", "i_set"):
        if port in (p["name"] for p in manifest["ports"]):
            turns += (
                f" `{port}` is the number of the set of taps for the sample beside it; a number "
                "beyond the last set is the last set."
            )
    if axis:
        return (
            "Lanes take whole bytes, lane 0 lowest; padding is ignored on the input and extends "
            f"the sample on the output.{turns}"
        )
    return f"Lanes are packed without padding, lane 0 lowest.{turns}"


def _bounds(bounds: Mapping[str, Any]) -> str:
    error = bounds.get("error_lsb")
    if error is None:
        return f"No certified error: {bounds.get('error_reason', 'not computed')}."
    return (
        f"Certified: |hardware - ideal| is at most {error:.6g} output LSB for every input, the "
        "ideal being the coefficients as given, its output clamped to the output format."
    )
