"""What a filter does, from its specification or from its core folder, lane by lane."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fxfir.errors import ReadError, SpecError
from fxfir.filters import FixedFir, FixedSos
from fxfir.flow.compile import compile_spec, parts
from fxfir.flow.sections import (
    Roundoff,
    SectionAnalysis,
    analyze_sections,
    largest_error,
    measure_roundoff,
)
from fxfir.spec.mask import Mask

if TYPE_CHECKING:
    from fxfir.analysis import (
        Cascade,
        CascadeBound,
        Cause,
        ErrorBound,
        MaskVerdict,
        PolePair,
    )
    from fxfir.spec.spec import Spec

__all__ = ["Analysis", "LaneSource", "analyze_folder", "analyze_spec"]

_NOISE_SAMPLES = 1 << 14
_GRID = 2048
_TALLIED = 4096
_INT64_BITS = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSource:
    """A filter in integers beside what it was made from.

    Parameters
    ----------
    filter : FixedFir or FixedSos
    ideal : tuple
        Taps, shape (n_taps,), or rows, shape (n_sections, 6), as given.
    gain : Fraction
        What they were multiplied by on purpose.
    mask : Mask or None
    fs_hz : float
        2 where none is known, so that frequencies read as fractions of half the rate.
    """

    filter: FixedFir | FixedSos
    ideal: tuple[Any, ...]
    gain: Fraction
    mask: Mask | None
    fs_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What one lane does.

    Parameters
    ----------
    source : LaneSource
    ideal, quantized : Cascade
        Responses; the ideal one with the gain.
    worst_hz, worst_error : float
        Where the two responses differ most, and by how much in magnitude (linear).
    bound : ErrorBound or CascadeBound
    ideal_verdict, verdict : MaskVerdict or None
        Before and after quantisation.
    snr_db : float
        Measured on white noise of full scale: power of the float output over the power of its
        difference from the integer output.
    poles : tuple of (PolePair, PolePair)
        Ideal and quantised poles of each section; the ideal ones paired by closeness.
    sections : tuple of SectionAnalysis
        Of a cascade.
    roundoff : Roundoff or None
        Of a cascade.
    found_lsb : float or None
        Largest error of a cascade on inputs that seek it, in output LSB.
    budget : tuple of Cause
        Noise of a FIR filter by its causes, on the same noise; empty for cascades.
    correct_rate : float or None
        Part of its samples that are the ideal output, correctly rounded; None for cascades.
    """

    source: LaneSource
    ideal: Cascade
    quantized: Cascade
    worst_hz: float
    worst_error: float
    bound: ErrorBound | CascadeBound
    ideal_verdict: MaskVerdict | None
    verdict: MaskVerdict | None
    snr_db: float
    poles: tuple[tuple[PolePair, PolePair], ...]
    sections: tuple[SectionAnalysis, ...] = ()
    roundoff: Roundoff | None = None
    found_lsb: float | None = None
    budget: tuple[Cause, ...] = ()
    correct_rate: float | None = None


def analyze_spec(spec: Spec, *, seed: int = 1) -> tuple[Analysis, ...]:
    """Analyse what a specification compiles to.

    Parameters
    ----------
    spec : Spec
    seed : int, optional
        Of the noise for the measured SNR.

    Returns
    -------
    tuple of Analysis, shape (n_lanes,)

    Raises
    ------
    SpecError
        If it is a cascade with look-ahead.
    """
    compiled = compile_spec(spec)
    if compiled.ahead is not None:
        raise SpecError(
            "analysis knows plain cascades; what `generate` prints is certified of one with "
            f"look-ahead, got look_ahead = {spec.words.look_ahead}"
        )
    return tuple(
        _analyze(
            LaneSource(
                filter=lane.quantized.filter,
                ideal=lane.quantized.ideal,
                gain=lane.gain,
                mask=lane.mask,
                fs_hz=spec.fs_hz or 2.0,
            ),
            seed,
        )
        for lane in compiled.lanes
    )


def analyze_folder(folder: str | Path, *, seed: int = 1) -> tuple[Analysis, ...]:
    """Analyse the core in a folder by its manifest.

    Raises
    ------
    ReadError
        If the folder holds no core, or its manifest does not say what the filter was made from.
    """
    from fxfir.verify.target import load

    target = load(folder)
    filters = parts(target.node)
    try:
        source = target.manifest["source"]
        lanes = source["lanes"]
        pairs = list(zip(filters, lanes, strict=True))
        sources = [_from_manifest(f, lane, source["fs_hz"]) for f, lane in pairs]
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            f"a manifest must say what its filter was made from, got {folder}: {error}"
        ) from None
    return tuple(_analyze(item, seed) for item in sources)


def _from_manifest(filter: Any, lane: Any, fs_hz: float | None) -> LaneSource:
    if not isinstance(filter, FixedFir | FixedSos):
        raise ReadError(f"analysis needs FIR or SOS lanes, got a {type(filter).__name__}")
    rows = lane["ideal"]
    if isinstance(filter, FixedFir):
        ideal: tuple[Any, ...] = tuple(Fraction(v) for v in rows)
    else:
        ideal = tuple(tuple(Fraction(v) for v in row) for row in rows)
    return LaneSource(
        filter=filter,
        ideal=ideal,
        gain=Fraction(lane["gain"]),
        mask=None if lane["mask"] is None else Mask.from_json(lane["mask"]),
        fs_hz=fs_hz or 2.0,
    )


def _analyze(source: LaneSource, seed: int) -> Analysis:
    from fxfir.analysis import judge, lanes

    node, gain = source.filter, float(source.gain)
    ideal, quantized = _ideal_cascade(source), lanes(node)[0].cascade
    freqs = np.linspace(0, source.fs_hz / 2, _GRID + 1)
    difference = np.abs(
        quantized.at(freqs, fs_hz=source.fs_hz) - ideal.at(freqs, fs_hz=source.fs_hz)
    )
    k = int(np.argmax(difference))
    mask = source.mask if source.mask is not None and source.mask.has_limits else None
    bound, poles = _bound(source), _pole_pairs(source)
    sections: tuple[SectionAnalysis, ...] = ()
    roundoff = found_lsb = None
    if isinstance(node, FixedSos):
        found_lsb = largest_error(node, source.ideal, source.gain, seed)
        roundoff = measure_roundoff(node, source.fs_hz, seed)
        cascade: Any = bound
        sections = analyze_sections(node, poles, cascade, roundoff.budget)
    samples = _noise(source, seed)
    return Analysis(
        source=source,
        ideal=ideal,
        quantized=quantized,
        worst_hz=float(freqs[k]),
        worst_error=float(difference[k]),
        bound=bound,
        ideal_verdict=None if mask is None else judge(mask, ideal, gain=gain),
        verdict=None if mask is None else judge(mask, quantized, gain=gain),
        poles=poles,
        sections=sections,
        roundoff=roundoff,
        found_lsb=found_lsb,
        snr_db=_measured_snr(source, samples),
        budget=_budget(source, samples),
        correct_rate=_correct_rate(source, samples),
    )


def _bound(source: LaneSource) -> ErrorBound | CascadeBound:
    from fxfir.analysis import cascade_bound, error_bound

    if isinstance(source.filter, FixedFir):
        return error_bound(source.filter, source.ideal, source.gain)
    return cascade_bound(source.filter, source.ideal, source.gain)


def _ideal_cascade(source: LaneSource) -> Cascade:
    from fxfir.analysis import Cascade

    gain = float(source.gain)
    if isinstance(source.filter, FixedFir):
        return Cascade.of_taps([float(v) * gain for v in source.ideal])
    rows = np.array([[float(v) for v in row] for row in source.ideal])
    rows[0, :3] *= gain
    return Cascade.of_sos(rows)


def _noise(source: LaneSource, seed: int) -> Any:
    """Return white noise of full scale, as integers."""
    fmt = source.filter.inputs[0]
    rng = np.random.Generator(np.random.PCG64(seed))
    # Words past 62 bits are drawn from their high bits: noise of that width has no finer grain.
    drop = max(0, fmt.width - 62)
    codes = rng.integers(fmt.lo >> drop, (fmt.hi >> drop) + 1, _NOISE_SAMPLES)
    return codes.astype(object) << drop if drop else codes


def _budget(source: LaneSource, samples: Any) -> tuple[Cause, ...]:
    from fxfir.analysis import fir_budget

    node = source.filter
    if not isinstance(node, FixedFir) or node.n_taps >= len(samples):
        return ()
    return fir_budget(node, source.ideal, samples, source.gain)


def _correct_rate(source: LaneSource, samples: Any) -> float | None:
    from fxfir.analysis.correct import tally_errors

    node = source.filter
    if not isinstance(node, FixedFir):
        return None
    if max(abs(end) for end in node.acc_range).bit_length() > _INT64_BITS:
        return None
    # Fractions take over wherever the output is clamped; that many are enough.
    return tally_errors(node, source.ideal, samples[:_TALLIED], source.gain).correct_rate


def _measured_snr(source: LaneSource, samples: Any) -> float:
    from scipy import signal

    from fxfir import model
    from fxfir.analysis import snr_db

    node = source.filter
    fmt, to = node.inputs[0], node.outputs[0]
    actual = np.asarray(model.run(node, samples), dtype=np.float64) * float(to.step)
    real = np.asarray(samples, dtype=np.float64) * float(fmt.step)
    if isinstance(node, FixedFir):
        reference = signal.lfilter([float(v) for v in source.ideal], [1.0], real)
    else:
        reference = signal.sosfilt([[float(v) for v in row] for row in source.ideal], real)
    limits = float(to.lo * to.step), float(to.hi * to.step)
    # Overload is the output format's, not quantisation noise: both sides are clamped alike.
    return snr_db(np.clip(reference * float(source.gain), *limits), actual)


def _pole_pairs(source: LaneSource) -> tuple[tuple[PolePair, PolePair], ...]:
    from fxfir.analysis import pole_pair, section_poles

    if isinstance(source.filter, FixedFir):
        return ()
    left = [pole_pair(row[4], row[5]) for row in source.ideal]
    pairs = []
    for found in section_poles(source.filter.sections):
        ideal = min(left, key=lambda p, f=found: _distance(p, f))  # type: ignore[misc]
        left.remove(ideal)
        pairs.append((ideal, found))
    return tuple(pairs)


def _distance(a: PolePair, b: PolePair) -> float:
    return sum(abs(p - q) for p, q in zip(a.poles, b.poles, strict=True))
