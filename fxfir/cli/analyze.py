"""`fxfir analyze`: response, mask, certified error, noise and poles of a filter."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fxfir.cli.console import emit_json, progress, table
from fxfir.cli.options import seed_option
from fxfir.cli.streams import say

if TYPE_CHECKING:
    from fxfir.analysis import (
        Candidate,
        CascadeBound,
        ErrorBound,
        MaskVerdict,
        PolePair,
        Proposal,
    )
    from fxfir.flow import Analysis, Proposals
    from fxfir.flow.sections import SectionAnalysis

__all__ = ["command"]


@click.command("analyze", short_help="Response, mask, certified error, noise, poles; plots.")
@click.argument("source", metavar="DIR|SPEC.toml")
@click.option("--plot", metavar="FILE", help="Draw the response (.svg, .png or .pdf).")
@click.option("--data", metavar="FILE", help="Propose formats for a recording (wav, npy, csv).")
@click.option("--rms", type=float, metavar="X", help="Propose formats for noise of this level.")
@seed_option("the noise")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    source: str, plot: str | None, data: str | None, rms: float | None, seed: int, as_json: bool
) -> int:
    """Say what the filter in a core folder, or of a SPEC.toml, does.

    Everything is computed for the integers that the hardware holds, beside the coefficients as
    they were given.
    """
    from fxfir.flow import analyze_folder, analyze_spec, draw, propose_formats, read_signal

    if data is not None and rms is not None:
        raise click.UsageError("give a recording or a level, got --data and --rms")
    signal = rms if data is None else read_signal(data)
    with progress("analyze"):
        if Path(source).is_dir():
            lanes = analyze_folder(source, seed=seed)
        else:
            from fxfir.spec import read_spec

            lanes = analyze_spec(read_spec(source), seed=seed)
        if plot is not None:
            draw(lanes, plot)
    proposals = [None if signal is None else propose_formats(lane, signal) for lane in lanes]
    if as_json:
        plain = [
            _json(lane) | ({} if found is None else {"formats": _proposals_json(found)})
            for lane, found in zip(lanes, proposals, strict=True)
        ]
        emit_json(plain[0] if len(plain) == 1 else {"lanes": plain})
        return 0
    for k, lane in enumerate(lanes):
        if len(lanes) > 1:
            say(f"lane {k}")
        rows = _rows(lane) + _proposal_rows(proposals[k])
        table(rows, indent=2 if len(lanes) > 1 else 0)
    if plot is not None:
        say(f"wrote {plot}")
    return 0


def _rows(lane: Analysis) -> list[tuple[str, str]]:
    node, bound = lane.source.filter, lane.bound
    rows = [("formats", _formats(node)), ("gain", _gain(lane))]
    rows += _bound_rows(bound)
    if lane.found_lsb is not None:
        rows.append(("found", f"{lane.found_lsb:.6g} LSB on inputs that seek it"))
    rows.append(("measured SNR", f"{lane.snr_db:.2f} dB on white noise of full scale"))
    rows += _budget_rows(lane)
    rows.append(
        ("response error", f"at most {lane.worst_error:.3g} at {lane.worst_hz:.6g} Hz (linear)")
    )
    for name, verdict in (("mask, ideal", lane.ideal_verdict), ("mask", lane.verdict)):
        if verdict is not None:
            state = "met" if verdict.passed else "MISSED"
            rows.append((name, f"{state}, margin {verdict.margin_db:.3f} dB"))
    if lane.verdict is not None:
        rows += [("", line) for line in str(lane.verdict).splitlines()]
    if lane.roundoff is not None:
        rows += _noise_rows(lane)
    for k, section in enumerate(lane.sections):
        rows += _section_rows(f"section {k}", section, lane.source.fs_hz)
    return rows


def _proposal_rows(found: Proposals | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    rows = []
    for name, proposal in (("input", found.input), ("output", found.output)):
        for k, item in enumerate(proposal.candidates):
            mark = ", proposed" if item is proposal.best else ""
            text = f"{item.format}: {_clipping(item, proposal)}, SNR {item.snr_db:.1f} dB{mark}"
            rows.append((f"{name} format" if k == 0 else "", text))
    return rows


def _clipping(item: Candidate, proposal: Proposal) -> str:
    n = proposal.n_samples
    if n is not None and item.clipping == 0:
        return f"none of {n} samples clips"
    return f"{item.clipping:.2g} of the samples clip"


def _proposals_json(found: Proposals) -> dict[str, Any]:
    return {
        name: [
            {
                "format": str(item.format),
                "clipping": item.clipping,
                "snr_db": item.snr_db,
                "proposed": item is proposal.best,
            }
            for item in proposal.candidates
        ]
        for name, proposal in (("input", found.input), ("output", found.output))
    }


def _budget_rows(lane: Analysis) -> list[tuple[str, str]]:
    rows = []
    for cause in lane.budget:
        if cause.measured_db == math.inf or cause.name == "all":
            continue
        text = f"{cause.measured_db:.2f} dB below the output"
        if cause.predicted_db is not None:
            text += f", {cause.predicted_db:.2f} dB predicted"
        rows.append((f"  {cause.name}", text))
    if lane.correct_rate is not None:
        rows.append(("correctly rounded", f"{lane.correct_rate:.2%} of it"))
    return rows


def _bound_rows(bound: ErrorBound | CascadeBound) -> list[tuple[str, str]]:
    from fxfir.analysis import ErrorBound

    rows = []
    if bound.error_lsb is None:
        rows.append(("certified error", f"none: {bound.reason}"))
    else:
        text = f"at most {float(bound.error_lsb):.6g} output LSB, for any input"
        rows.append(("certified error", text))
    if isinstance(bound, ErrorBound):
        if bound.attained_lsb is not None:
            text = f"{float(bound.attained_lsb):.6g} LSB by the worst input found"
            rows.append(("attained", text))
        return rows
    if bound.error_lsb is None and bound.linear_lsb is not None:
        text = f"at most {float(bound.linear_lsb):.6g} output LSB while no word inside does so"
        rows.append(("", text))
    return rows


def _noise_rows(lane: Analysis) -> list[tuple[str, str]]:
    found = lane.roundoff
    if found is None:
        return []
    predicted = f"{found.budget.rms_lsb:.3f} LSB rms, mean {found.budget.mean_lsb:.3f}"
    measured = f"{found.rms_lsb:.3f} LSB rms, mean {found.mean_lsb:.3f}"
    return [
        ("round-off", f"predicted {predicted}; measured {measured}"),
        ("silence", _silence(lane)),
    ]


def _silence(lane: Analysis) -> str:
    bound: Any = lane.bound
    if bound.settles:
        return "the output becomes exactly 0 after the input has"
    limits = [section.limit for section in lane.sections]
    certain = bound.error_lsb is not None or all(limit.whole for limit in limits)
    if certain and all(limit.none for limit in limits):
        return "the output becomes 0 after the input has: no section has a limit cycle"
    low, high = bound.inner_lsb
    return f"not certain: roundings inside can hold the output within {_magnitude(low, high)} LSB"


def _magnitude(low: Any, high: Any) -> str:
    return f"{float(max(-low, high)):.3g}"


def _section_rows(label: str, found: SectionAnalysis, fs_hz: float) -> list[tuple[str, str]]:
    section, poles, ideal = found.section, found.poles, found.ideal
    state = getattr(section, "state", None)
    inner = "" if state is None else f", state {state.to}"
    peak_db = 20 * math.log10(found.peak) if found.peak else -math.inf
    return [
        (
            label,
            (
                f"poles at {poles.freq_hz(fs_hz):.6g} Hz, radius {poles.radius:.6f} "
                f"(ideal {ideal.radius:.6f}), Q {poles.q:.4g} (ideal {ideal.q:.4g})"
            ),
        ),
        (
            "",
            (
                f"{section.kind}, b {section.b_coeff}, a {section.a_coeff}{inner}, "
                f"out {section.out.to}, {found.guard_bits} guard bits"
            ),
        ),
        (
            "",
            (
                f"from the input {peak_db:.2f} dB at most, worst case {found.worst:.4g}; "
                f"error {float(found.error_lsb):.3g} LSB, noise {found.noise_lsb:.3g} LSB rms"
            ),
        ),
        ("", f"limit cycles: {found.limit}"),
        ("", f"constant input: {found.constant}"),
    ]


def _formats(node: Any) -> str:
    inner = f", coeff {node.coeff}, acc {node.acc}" if hasattr(node, "acc") else ""
    return f"in {node.inputs[0]}{inner}, out {node.outputs[0]}"


def _gain(lane: Analysis) -> str:
    gain = float(lane.source.gain)
    dc = abs(complex(lane.quantized.at([0.0], fs_hz=lane.source.fs_hz)[0]))
    changed = "unchanged" if gain == 1 else f"multiplied by {gain:.9g}"
    return f"{changed}; {dc:.9g} at 0 Hz"


def _json(lane: Analysis) -> dict[str, Any]:
    from fxfir.analysis import ErrorBound

    node, bound = lane.source.filter, lane.bound
    data: dict[str, Any] = {
        "input": str(node.inputs[0]),
        "output": str(node.outputs[0]),
        "fs_hz": lane.source.fs_hz,
        "gain": float(lane.source.gain),
        "error_lsb": None,
        "snr_db": lane.snr_db,
        "noise": [
            {"cause": c.name, "predicted_db": c.predicted_db, "measured_db": c.measured_db}
            for c in lane.budget
        ],
        "correct_rate": lane.correct_rate,
        "worst_error": lane.worst_error,
        "worst_hz": lane.worst_hz,
        "mask": _verdict(lane.verdict),
        "mask_ideal": _verdict(lane.ideal_verdict),
        "sections": [_section_json(section, lane.source.fs_hz) for section in lane.sections],
    }
    if bound.error_lsb is None:
        data["error_reason"] = bound.reason
    else:
        data["error_lsb"] = float(bound.error_lsb)
        data["error_lsb_exact"] = str(bound.error_lsb)
    if lane.roundoff is not None:
        data["found_lsb"] = lane.found_lsb
        data["silent"] = bound.settles  # type: ignore[union-attr]
        data["roundoff"] = {
            "predicted_rms_lsb": lane.roundoff.budget.rms_lsb,
            "predicted_mean_lsb": lane.roundoff.budget.mean_lsb,
            "measured_rms_lsb": lane.roundoff.rms_lsb,
            "measured_mean_lsb": lane.roundoff.mean_lsb,
            "sources": [
                {"section": s.section, "word": s.name, "rms_lsb": s.rms_lsb, "mean_lsb": s.mean_lsb}
                for s in lane.roundoff.budget.sources
            ],
        }
    if isinstance(bound, ErrorBound):
        data["attained_lsb_exact"] = str(bound.attained_lsb)
        data["worst_input"] = None if bound.worst_input is None else list(bound.worst_input)
    return data


def _section_json(found: SectionAnalysis, fs_hz: float) -> dict[str, Any]:
    limit, constant = found.limit, found.constant
    return {
        **_poles_json(found.poles, fs_hz),
        "ideal": _poles_json(found.ideal, fs_hz),
        "peak": found.peak,
        "worst_case_gain": found.worst,
        "guard_bits": found.guard_bits,
        "error_lsb": float(found.error_lsb),
        "noise_rms_lsb": found.noise_lsb,
        "limit_cycles": {
            "searched": limit.searched,
            "exact": limit.exact,
            "none": limit.none,
            "amplitude_lsb": limit.amplitude,
            "period": limit.period,
            "start": limit.start,
            "range": [limit.low, limit.high],
            "states": limit.n_states,
            "runs": limit.tried,
        },
        "constant_input": {
            "settles": constant.settles,
            "most_lsb": constant.most,
            "words": constant.n_words,
            "all_words": constant.whole,
            "still_moving": constant.unsettled,
            "found_lsb": constant.moves,
            "word": constant.word,
            "period": constant.period,
        },
    }


def _poles_json(poles: PolePair, fs_hz: float) -> dict[str, Any]:
    return {"freq_hz": poles.freq_hz(fs_hz), "radius": poles.radius, "q": poles.q}


def _verdict(verdict: MaskVerdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "met": verdict.passed,
        "margin_db": verdict.margin_db,
        "bands": [
            {
                "low_hz": band.band.low_hz,
                "high_hz": band.band.high_hz,
                "met": band.passed,
                "worst_hz": band.worst_hz,
                "magnitude_db": band.magnitude_db,
                "limit_db": band.limit_db,
                "margin_db": band.margin_db,
            }
            for band in verdict.bands
        ],
    }
