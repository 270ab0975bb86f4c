"""The training loop: the best layer so far is kept, and training can go on where it stopped."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fxfir.errors import OutputError, ReadError
from fxfir.learn.layer import Layer
from fxfir.learn.objective import Objective

__all__ = ["Fitted", "fit"]

_LOOK = 10
"""Steps between two looks at the loss that counts."""

_LAST_RATE = 0.01
_DIVERGED = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What training did; the layer holds the best parameters found.

    Parameters
    ----------
    start, best : float
        The loss that counts, before and at best.
    best_step : int
    curve : tuple of float
        Loss of each step.
    stopped : str
        "steps", "patience" or "diverged".
    """

    start: float
    best: float
    best_step: int
    curve: tuple[float, ...]
    stopped: str


def fit(
    layer: Layer,
    objective: Objective,
    *,
    steps: int,
    rate: float,
    patience: int,
    seed: int = 1,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Fitted:
    """Train a layer with Adam, and leave it at the best parameters that were met.

    Parameters
    ----------
    layer : Layer
    objective : Objective
    steps : int
        At most.
    rate : float
        Falls to a hundredth along half a cosine.
    patience : int
        Steps without gain in the loss that counts after which training stops.
    seed : int, optional
        Of everything random.
    checkpoint : path, optional
        Written every 10 steps; holds all that `resume` needs to go on as if nothing had happened.
    resume : bool, optional
        Go on from the checkpoint, which must exist.
    report : callable, optional
        Called with steps done and their number.

    Returns
    -------
    Fitted

    Raises
    ------
    ReadError
        If the checkpoint cannot be read, or is another layer's.
    OutputError
        If it cannot be written.

    Notes
    -----
    A loss that is not finite, or a thousand times the first one, ends training: the layer is left
    at its last good parameters, and `stopped` says so.
    """
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(layer.parameters(), lr=rate)
    # A clamp that nothing passes must not leave the parameters where they are.
    run = _Run(layer, optimizer, objective)
    if resume:
        run.load(checkpoint)
    stopped = "steps"
    while run.step < steps:
        if run.step - run.best_step >= patience:
            stopped = "patience"
            break
        part = run.step / max(steps, 1)
        for group in optimizer.param_groups:
            fall = 0.5 * (1 + math.cos(math.pi * part))
            group["lr"] = rate * (_LAST_RATE + (1 - _LAST_RATE) * fall)
        if not run.advance():
            stopped = "diverged"
            break
        if run.step % _LOOK == 0 or run.step == steps:
            run.look()
            if checkpoint is not None:
                run.save(checkpoint)
        report(run.step, steps)
    layer.load_state_dict(run.best_state)
    layer.eval()
    return Fitted(
        start=run.start,
        best=run.best,
        best_step=run.best_step,
        curve=tuple(run.curve),
        stopped=stopped,
    )


class _Run:
    """A layer on its way."""

    def __init__(
        self, layer: Layer, optimizer: torch.optim.Optimizer, objective: Objective
    ) -> None:
        self._layer, self._optimizer, self._objective = layer, optimizer, objective
        self.step = 0
        self.curve: list[float] = []
        self.start = self._exact()
        self.best, self.best_step = self.start, 0
        self.best_state = copy.deepcopy(layer.state_dict())

    def advance(self) -> bool:
        """Take one step; return whether the loss was fit for one."""
        self._layer.train()
        loss = self._objective.step(self._layer)
        value = float(loss.detach())
        limit = _DIVERGED * max(self.curve[0] if self.curve else value, self.start, 1e-12)
        if not math.isfinite(value) or value > limit:
            return False
        self._optimizer.zero_grad()
        loss.backward()
        grads = [p.grad for p in self._layer.parameters() if p.grad is not None]
        if not all(bool(torch.isfinite(g).all()) for g in grads):
            return False
        self._optimizer.step()
        self.curve.append(value)
        self.step += 1
        return True

    def look(self) -> None:
        """Keep the parameters if they are the best so far."""
        found = self._exact()
        if found < self.best:
            self.best, self.best_step = found, self.step
            self.best_state = copy.deepcopy(self._layer.state_dict())

    def save(self, path: str | Path) -> None:
        """Write everything, in one move."""
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        data = {
            "layer": self._layer.state_dict(),
            "calls": _calls(self._layer),
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "step": self.step,
            "curve": self.curve,
            "start": self.start,
            "best": self.best,
            "best_step": self.best_step,
            "best_state": self.best_state,
        }
        try:
            torch.save(data, part)
            os.replace(part, target)  # noqa: PTH105
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise OutputError(f"a checkpoint must be writable, got {path}: {error}") from None

    def load(self, path: str | Path | None) -> None:
        """Go back to where `save` was called."""
        if path is None or not Path(path).is_file():
            raise ReadError(f"a checkpoint to resume from must exist, got {path}")
        try:
            data: dict[str, Any] = torch.load(path, weights_only=True)
            self._layer.load_state_dict(data["layer"])
            self._optimizer.load_state_dict(data["optimizer"])
            torch.set_rng_state(data["random"])
            for module, calls in zip(self._layer.modules(), data["calls"], strict=True):
                if hasattr(module, "_calls"):
                    module._calls = calls
            self.step, self.curve = data["step"], list(data["curve"])
            self.start, self.best = data["start"], data["best"]
            self.best_step, self.best_state = data["best_step"], data["best_state"]
        except Exception as error:  # torch names no common type of what it raises
            first = (str(error).splitlines() or [""])[0]
            raise ReadError(f"a checkpoint must be this layer's, got {path}: {first}") from None

    def _exact(self) -> float:
        self._layer.eval()
        value = self._objective.exact(self._layer)
        return value if math.isfinite(value) else math.inf


def _calls(layer: Layer) -> list[int]:
    """Return the counters that decide when formats follow the coefficients."""
    return [getattr(module, "_calls", 0) for module in layer.modules()]
