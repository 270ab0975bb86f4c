"""Stages of a cascade, handed out one after the other."""

from __future__ import annotations

from amaranth.hdl import Module, Value

from fxfir.rtl.arith.node import Exact
from fxfir.rtl.core import Core
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Pipe"]


class Pipe:
    """A pipeline of known depth whose stages the sections take in turn.

    Parameters
    ----------
    m : Module
    core : Core
        Its handshake is driven here; its latency is the depth, its interval the pace.
    """

    def __init__(self, m: Module, core: Core) -> None:
        self._m = m
        self._pipeline = Pipeline(
            m, core, depth=core.timing.latency, flush=0, pace=core.timing.interval
        )
        self._depth = core.timing.latency
        self._taken = 0

    @property
    def ce(self) -> Value:
        """Everything moves at the next edge, gaps of the input too."""
        return self._pipeline.ce

    def stage(self) -> Value:
        """Take the next stage; return the enable of its registers.

        A sample moves into the stage when it is 1; gaps of the input move nothing.

        Raises
        ------
        ValueError
            If all stages are taken.
        """
        if self._taken == self._depth:
            raise ValueError(f"a pipeline of {self._depth} stages has no stage {self._depth + 1}")
        self._taken += 1
        return self._pipeline.step(self._m, self._taken)

    def output(self, y: Exact) -> None:
        """Build the last stage, whose enable may have been taken for a state that moves with it.

        Parameters
        ----------
        y : Exact
            What enters that stage.
        """
        if self._taken == self._depth - 1:
            self._taken += 1
        self._pipeline.output(self._m, y)

    def close(self) -> None:
        """Check that the declared latency is the one built.

        Raises
        ------
        ValueError
            If stages are left.
        """
        if self._taken != self._depth:
            raise ValueError(
                f"a latency of {self._depth} needs {self._depth} stages, got {self._taken}"
            )
