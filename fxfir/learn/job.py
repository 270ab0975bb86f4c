"""A training job from its specification to a filter of integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fxfir.errors import SpecError
from fxfir.learn.data import read_pair, read_signal
from fxfir.learn.equaliser import ParametricEQ
from fxfir.learn.fir import FIR
from fxfir.learn.fit import Fitted, fit
from fxfir.learn.objective import Energies, Magnitude, Objective, Signals
from fxfir.learn.polish import Polished, polish
from fxfir.learn.sos import SOS
from fxfir.spec.equaliser import EqSos
from fxfir.spec.fir import FirSpec
from fxfir.spec.train import (
    EnergyTarget,
    ImpulseTarget,
    MagnitudeTarget,
    PairTarget,
    TrainSpec,
    size_of,
)

__all__ = ["Trained", "layer_of", "objective_of", "train"]

Progress = Callable[[int, int], None]

_HALF = 0.5
"""Height of the impulse that an impulse response is tried with: 1 is no word of most formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A job that is done.

    Parameters
    ----------
    layer : FIR or SOS
        In evaluation mode, at the best words.
    fitted : Fitted
        Losses of training.
    searched : Polished or None
        None where no search was asked for.
    """

    layer: FIR | SOS
    fitted: Fitted
    searched: Polished | None

    @property
    def loss(self) -> float:
        """The loss that counts, in the end."""
        return self.fitted.best if self.searched is None else self.searched.after


def train(
    spec: TrainSpec,
    *,
    seed: int = 1,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    report: Progress = lambda done, total: None,
) -> Trained:
    """Train what a specification starts from, then search its integers.

    Parameters
    ----------
    spec : TrainSpec
    seed : int, optional
        Of everything random.
    checkpoint : path, optional
    resume : bool, optional
        Both as in `fxfir.learn.fit.fit`.
    report : callable, optional
        Called with work done and its total.

    Returns
    -------
    Trained

    Raises
    ------
    ReadError, SpecError, FxfirError
        If a file cannot be read, or the start or the target cannot be had.
    """
    torch.manual_seed(seed)
    threads = torch.get_num_threads()
    # The operations are too small to be shared out.
    torch.set_num_threads(1)
    try:
        return _train(spec, seed, checkpoint, resume, report)
    finally:
        torch.set_num_threads(threads)


def _train(
    spec: TrainSpec, seed: int, checkpoint: str | Path | None, resume: bool, report: Progress
) -> Trained:
    layer = layer_of(spec)
    objective = objective_of(spec)
    settings = spec.training
    total = settings.steps + settings.searches
    fitted = fit(
        layer,
        objective,
        steps=settings.steps,
        rate=settings.rate,
        patience=settings.patience,
        seed=seed,
        checkpoint=checkpoint,
        resume=resume,
        report=lambda done, _: report(done, total),
    )
    final = layer
    if isinstance(layer, ParametricEQ):
        # Words have no place among frequencies and gains: from here on they are coefficients.
        layer.calibrate()
        final = SOS(layer.sos(), words=layer.words)
    final.eval()
    searched = None
    if settings.searches:
        searched = polish(
            final,
            objective,
            most=settings.searches,
            report=lambda done, _: report(settings.steps + done, total),
        )
    return Trained(layer=final, fitted=fitted, searched=searched)


def layer_of(spec: TrainSpec) -> Any:
    """Return the layer that a job starts from, with its words."""
    from fxfir.design import design_fir, design_sos

    item, words = spec.start.filter, spec.start.words
    if isinstance(item, FirSpec):
        if spec.random:
            return FIR(n_taps=size_of(spec.start), words=words, dtype=torch.float64)
        return FIR(design_fir(item, coeff=words.coeff).taps, words=words, dtype=torch.float64)
    if spec.random:
        return SOS(n_sections=size_of(spec.start), words=words)
    if isinstance(item, EqSos) and item.bands and not item.preamp_db and item.fs_hz:
        return ParametricEQ(item.bands, fs_hz=item.fs_hz, words=words)
    return SOS(design_sos(item).sos, words=words)  # type: ignore[arg-type]


def objective_of(spec: TrainSpec) -> Objective:
    """Return what a job trains for, its files read."""
    target, settings, fs_hz = spec.target, spec.training, spec.start.fs_hz
    size = {"segment": settings.segment, "batch": settings.batch}
    match target:
        case MagnitudeTarget():
            if fs_hz is None:
                raise SpecError("a magnitude needs fs_hz at the top level, got none")
            return Magnitude(target.points, fs_hz=fs_hz, log=target.loss == "log_magnitude")
        case ImpulseTarget():
            y = _HALF * read_signal(target.file, fs_hz=fs_hz)
            x = torch.zeros_like(y)
            x[0, 0] = _HALF
            return Signals(x, y, loss=target.loss, segment=y.shape[1], batch=1)
        case PairTarget():
            x, y = read_pair(target.input, target.output, fs_hz=fs_hz)
            return Signals(x, y, loss=target.loss, **size)
        case EnergyTarget():
            if fs_hz is None:
                raise SpecError("energies need fs_hz at the top level, got none")
            return Energies(
                read_signal(target.input, fs_hz=fs_hz),
                [(band.low_hz, band.high_hz) for band in target.bands],
                [band.db for band in target.bands],
                fs_hz=fs_hz,
            )
