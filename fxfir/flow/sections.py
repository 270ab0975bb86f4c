"""What each section of a cascade does: poles, gains, words, its share of error and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fxfir.filters import FixedSos

if TYPE_CHECKING:
    from fxfir.analysis import CascadeBound, ConstantInput, LimitCycles, NoiseBudget, PolePair

__all__ = [
    "Roundoff",
    "SectionAnalysis",
    "analyze_sections",
    "largest_error",
    "measure_roundoff",
]

_SAMPLES = 1 << 15
_SETTLED = 1 << 12
_SEGMENT = 1 << 9
_TERMS = 20_000
_TRIED = 1 << 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionAnalysis:
    """What one section does.

    Parameters
    ----------
    section : Direct
    ideal, poles : PolePair
        Before and after quantisation.
    peak : float
        Largest magnitude of the response from the input of the cascade to this section's output.
    worst : float
        Worst-case peak gain on the same way.
    guard_bits : int
        Fraction bits of its output beyond those of the cascade's.
    error_lsb : Fraction
        What the casts of the section can do to the output, in output LSB.
    noise_lsb : float
        Root mean square of what they do to it on a busy signal, predicted.
    limit : LimitCycles
        On zero input.
    constant : ConstantInput
    """

    section: Any
    ideal: PolePair
    poles: PolePair
    peak: float
    worst: float
    guard_bits: int
    error_lsb: Fraction
    noise_lsb: float
    limit: LimitCycles
    constant: ConstantInput


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roundoff:
    """Round-off noise at the output: predicted from the roundings, and measured.

    Parameters
    ----------
    budget : NoiseBudget
    rms_lsb, mean_lsb : float
        Of the difference between the integer model and the same coefficients in float64, in output
        LSB, on white noise of full scale.
    freqs_hz : ndarray of float64, shape (n,)
    density : ndarray of float64, shape (n,)
        One-sided power density of that difference without its mean, in output LSB squared per Hz.
    """

    budget: NoiseBudget
    rms_lsb: float
    mean_lsb: float
    freqs_hz: Any
    density: Any


def analyze_sections(
    filter: FixedSos,
    poles: tuple[tuple[PolePair, PolePair], ...],
    bound: CascadeBound,
    budget: NoiseBudget,
) -> tuple[SectionAnalysis, ...]:
    """Analyse the sections of a cascade, given what is known of the whole.

    Parameters
    ----------
    filter : FixedSos
    poles : tuple of (PolePair, PolePair), shape (n_sections,)
        Ideal and quantised.
    bound : CascadeBound
    budget : NoiseBudget
    """
    from fxfir.analysis import Cascade, constant_input, limit_cycles, real_sos
    from fxfir.arith import Block, cascade_peak_gains
    from fxfir.arith.flow import section_flow

    pairs = list(zip(filter.sections, filter.section_inputs, strict=True))
    flows = [section_flow(section, source.frac) for section, source in pairs]
    blocks = [Block(b=flow.b, a=flow.a) for flow in flows]
    gains = cascade_peak_gains(blocks, relative=Fraction(1, 1 << 12), max_terms=_TERMS)
    rows = real_sos(filter)
    freqs = np.linspace(0, 1, 2049)
    found = []
    for k, (section, source) in enumerate(pairs):
        shares = [point.share_lsb for point in bound.points if point.section == k]
        noises = [source.power for source in budget.sources if source.section == k]
        own = [*freqs, poles[k][1].freq_hz(2.0)]
        response = Cascade.of_sos(rows[: k + 1]).at(own, fs_hz=2.0)
        found.append(
            SectionAnalysis(
                section=section,
                ideal=poles[k][0],
                poles=poles[k][1],
                peak=float(np.max(np.abs(response))),
                worst=float(gains[k][0].upper),
                guard_bits=section.out.to.frac - filter.output.to.frac,
                error_lsb=sum(shares, Fraction(0)),
                noise_lsb=float(np.sqrt(sum(noises))),
                limit=limit_cycles(section, source.frac),
                constant=constant_input(section, source),
            )
        )
    return tuple(found)


def measure_roundoff(filter: FixedSos, fs_hz: float, seed: int) -> Roundoff:
    """Measure a cascade's round-off noise on white noise of full scale, beside its budget.

    Parameters
    ----------
    filter : FixedSos
    fs_hz : float
    seed : int
    """
    from scipy import signal

    from fxfir import model
    from fxfir.analysis import noise_budget, real_sos

    fmt, to = filter.input, filter.output.to
    rng = np.random.Generator(np.random.PCG64(seed))
    drop = max(0, fmt.width - 62)
    codes = rng.integers(fmt.lo >> drop, (fmt.hi >> drop) + 1, _SAMPLES + _SETTLED)
    samples = codes.astype(object) << drop if drop else codes
    actual = np.asarray(model.run(filter, samples), dtype=np.float64)
    scale = float(fmt.step / to.step)
    wanted = signal.sosfilt(real_sos(filter), np.asarray(samples, dtype=np.float64) * scale)
    # Overload is the output format's and no noise: both sides are clamped alike.
    error = (actual - np.clip(wanted, float(to.lo), float(to.hi)))[_SETTLED:]
    mean = float(np.mean(error))
    freqs, density = signal.welch(error - mean, fs=fs_hz, nperseg=_SEGMENT)
    return Roundoff(
        budget=noise_budget(filter),
        rms_lsb=float(np.std(error)),
        mean_lsb=mean,
        freqs_hz=freqs,
        density=density,
    )


def largest_error(
    filter: FixedSos, ideal: Sequence[Sequence[Fraction]], gain: Fraction, seed: int
) -> float:
    """Return the largest |hardware - ideal| found on inputs that seek it, in output LSB.

    Parameters
    ----------
    filter : FixedSos
    ideal : sequence of rows of 6 Fraction
    gain : Fraction
    seed : int
        Of the noise.

    Notes
    -----
    Full scale with the signs of two reversed impulse responses, that of the ideal filter and that
    of its difference from the words, and noise; the ideal output is exact to far below an LSB.
    """
    from scipy import signal

    from fxfir import model
    from fxfir.analysis import ideal_output, real_sos

    rows = [list(row) for row in ideal]
    rows[0][:3] = [value * gain for value in rows[0][:3]]
    source, to = filter.input, filter.output.to
    impulse = np.zeros(_TRIED)
    impulse[0] = 1
    wanted = signal.sosfilt([[float(v) for v in row] for row in rows], impulse)
    made = signal.sosfilt(real_sos(filter), impulse)
    rng = np.random.Generator(np.random.PCG64(seed))
    parts = [(response[::-1] > 0) for response in (wanted, made - wanted)]
    parts.append(rng.integers(0, 2, _TRIED) > 0)
    ends = [source.hi if high else source.lo for part in parts for high in part.tolist()]
    drop = max(0, source.width - 62)
    noise = rng.integers(source.lo >> drop, (source.hi >> drop) + 1, _TRIED)
    samples = [*ends, *(int(v) << drop for v in noise)]
    output = model.run(filter, np.array(samples, dtype=object if drop else np.int64))
    found = ideal_output(rows, samples, source, to).errors(output, to)
    return float(np.max(found))
