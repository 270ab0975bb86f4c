"""A cascade with one multiplier for all sections."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedSos
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import Core
from fxfir.rtl.sos.compile import compile_cascade
from fxfir.rtl.sos.machine import Machine
from fxfir.rtl.timing import Timing

__all__ = ["Serial"]


class Serial(Core):
    """One multiplier, one accumulator and one pass over the sections for each sample.

    Parameters
    ----------
    filter : FixedSos
        Any forms and formats, mixed.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedSos.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    A df1 or df2t section takes five slots, one for each product (two more with error feedback);
    df2 and df1t take ten, since they wait for their own state. Products by zero take
    none, yet a section takes no fewer than five slots after another. Interval: the slots of a
    pass, a few more for a single section, whose next pass waits for its last word. Latency: the
    slot of the last product + 5, + 1 where the output cast rounds and saturates; for n sections of
    df1 or df2t that is 5 n + 4 or 5 n + 5.

    Samples live in memories that are not cleared: one from before the last reset is read as zero.

    The accumulator has the finest binary point that any section needs; products and states are
    shifted to it, so sections of different formats stay exact.

    A finished sample waits in the output register while the next pass runs; the machine stops
    only if its own result finds that register still full.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,) * 4, input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> Serial(sos).timing
    Timing(latency=24, interval=20, startup=0)
    """

    def __init__(self, filter: FixedSos) -> None:
        if not isinstance(filter, FixedSos):
            raise ArchitectureError(
                f"architecture 'serial' builds a FixedSos, got {type(filter).__name__}"
            )
        self._program = compile_cascade(filter)
        last = self._program.words[f"y{len(filter.sections) - 1}"]
        self._output = Requantiser(filter.output, lo=last.lo, hi=last.hi, frac=last.frac)
        super().__init__(
            filter,
            architecture={"name": "serial"},
            timing=Timing(
                latency=self._program.result_at + 4 + max(1, self._output.stages),
                interval=self._program.interval,
            ),
        )

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        return Machine(self, self._program, self._output).m
