"""A cascade, or one for each of many channels, with one multiplier."""

from __future__ import annotations

from math import prod
from typing import Any

from amaranth.hdl import Module

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedSos, Interleave
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import Core
from fxfir.rtl.sos.compile import compile_cascade
from fxfir.rtl.sos.machine import Machine, multiply_stages
from fxfir.rtl.sos.plan import Plan, plan
from fxfir.rtl.sos.program import Stages
from fxfir.rtl.sos.store import MEMORIES
from fxfir.rtl.timing import Timing

__all__ = ["Serial"]

_OPERAND_BITS = {"ice40": 16}
"""Bits that a coefficient may be shifted up to, 18 elsewhere: one operand of a multiplier."""

_DISTRIBUTED_WORDS = {"ecp5": 16}
"""Words that a look-up table holds; 32 elsewhere."""


class Serial(Core):
    """One multiplier, one accumulator and one pass over the sections for each sample.

    Parameters
    ----------
    filter : FixedSos or Interleave
        Any forms and formats, mixed. Channels have sections of the same forms, word lengths and
        roundings; coefficients and binary points may differ. A channel may be an `Interleave` of
        cascades too, all of as many: outer and inner turns are counted apart.
    memory : str or None, optional
        What samples and states are kept in: "distributed" or "block". Left out: block beyond 32
        words (ECP5: 16), and always on iCE40.
    target : str, optional
        What the gates are made for.

    Raises
    ------
    ArchitectureError
        If `filter` is neither a FixedSos nor channels of such, the channels differ in structure,
        or an option is unknown.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    A df1 or df2t section takes five slots, one for each product (two more with error feedback);
    df2 and df1t take about ten, since they wait for their own state. Products by zero take none,
    yet a section takes no fewer slots after another than the result takes to become an operand:
    five where the multiplier has three registers. Interval: the slots of a pass, a few more for a
    short one, whose next pass waits for what this one writes. Latency: the slot of the last
    product, the registers of the multiplier and 5 more, or 6 where the output cast rounds and
    saturates.

    Samples live in memories that are not cleared: one from before the last reset is read as zero.
    With channels the memories hold those of all, and a pass works on the next channel's.

    Every sum stands at the same distance above the LSB of its own cast, so sections of different
    binary points share the casts; a coefficient is shifted in its table where that takes a shift.

    A finished sample waits in the output register while the next pass runs; the machine stops
    only if its own result finds that register still full.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,) * 4, input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> Serial(sos, target="ecp5").timing
    Timing(latency=27, interval=20, startup=0)
    >>> Serial(Interleave(filters=(sos,), channels=2)).architecture
    {'name': 'serial', 'memory': 'distributed'}
    """

    def __init__(
        self,
        filter: FixedSos | Interleave,
        *,
        memory: str | None = None,
        target: str = "generic",
    ) -> None:
        self._cascades, self._turns = _in_turn(filter)
        sections = self._cascades
        if memory not in (None, "auto", *MEMORIES):
            raise ArchitectureError(
                f"memory of architecture 'serial' must be one of auto, {', '.join(MEMORIES)}, "
                f"got {memory!r}"
            )
        self._target = target
        rough = self._planned(Stages(multiply=2))
        # Ranges do not depend on the slots, so what the product takes is known now.
        self._plan = self._planned(Stages(multiply=multiply_stages(rough, target)))
        words = 2 * prod(self._turns) * max(1, len(self._plan.histories))
        if memory in (None, "auto"):
            memory = MEMORIES[target == "ice40" or words > _DISTRIBUTED_WORDS.get(target, 32)]
        self._memory = memory
        first = sections[0]
        frac = first.sections[-1].out.to.frac
        last = self._plan.words[f"y{len(first.sections) - 1}"]
        self._output = Requantiser(first.output, lo=last[0], hi=last[1], frac=frac)
        for k, other in enumerate(sections):
            if (other.output, other.sections[-1].out.to.frac) != (first.output, frac):
                raise ArchitectureError(
                    "channels of one multiplier must have the same last cast, got another in "
                    f"channel {k} than in channel 0"
                )
        super().__init__(
            filter,
            architecture={"name": "serial", "memory": memory},
            timing=Timing(
                latency=self._plan.result_at
                + self._plan.stages.write
                + max(1, self._output.stages),
                interval=self._plan.interval,
            ),
        )

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        interval, count = self._plan.interval, len(self._cascades[0].sections)
        return Machine(
            self,
            self._plan,
            self._output,
            memory=self._memory,
            period=interval // count if interval % count == 0 else interval,
            target=self._target,
            platform=platform,
        ).m

    def _planned(self, stages: Stages) -> Plan:
        cascades = self._cascades
        programs = [
            compile_cascade(one, stages=stages, channels=prod(self._turns), peers=cascades)
            for one in cascades
        ]
        width = _OPERAND_BITS.get(self._target, 18)
        return plan(programs, turns=self._turns, width=width)


def _in_turn(filter: Any) -> tuple[list[FixedSos], tuple[int, ...]]:
    """Return the cascades that take turns, as few as tell them all, and the turns of `Plan`."""
    if not isinstance(filter, Interleave):
        return [_sections(filter)], ()
    inner = [one for one in filter.filters if isinstance(one, Interleave)]
    if not inner:
        return [_sections(one) for one in filter.filters], (filter.channels,)
    counts = {getattr(one, "channels", 1) for one in filter.filters}
    if len(counts) > 1:
        raise ArchitectureError(
            f"turns inside of turns must be as many in each, got {sorted(counts)}"
        )
    turns = (filter.channels, inner[0].channels)
    if all(len(one.filters) == 1 for one in inner):
        return [_sections(one.filters[0]) for one in inner], turns
    rows = [one.of_channels for one in inner]
    rows = rows if len(rows) > 1 else rows * filter.channels
    return [_sections(row[k]) for k in range(turns[1]) for row in rows], turns


def _sections(filter: Any) -> FixedSos:
    if not isinstance(filter, FixedSos):
        raise ArchitectureError(
            f"architecture 'serial' builds a FixedSos, got {type(filter).__name__}"
        )
    return filter
