"""A cascade at one sample per clock."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module

from fxfir.arith.reach import cascade_reach
from fxfir.errors import ArchitectureError
from fxfir.filters import FixedSos
from fxfir.rtl.arith import node
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import Core
from fxfir.rtl.sos.clamped import is_clamped
from fxfir.rtl.sos.paced import MOST_CLOCKS, loop_depth
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.sections import section, stages
from fxfir.rtl.sos.site import Adders
from fxfir.rtl.sos.terms import Term
from fxfir.rtl.timing import Timing

__all__ = ["Multiplierless", "Parallel"]

_LOOPS = {"multipliers": Adders.NONE, "adders": Adders.LOOP}


class Parallel(Core):
    """Every section in gates of its own: one sample per clock, any number of sections.

    Parameters
    ----------
    filter : FixedSos
        Any forms and formats, mixed as they please.
    target : str, optional
        With "ecp5", limits of df1 sections act inside the carry chain of their loop.
    loop : str, optional
        "adders": the product that the clock waits for, by a1, is additions and shifts.
    interval : int or None, optional
        Clock edges from sample to sample, 1 to 5; so many registers may stand in the loop. Left
        out: as many as the pace allows and the longest loop has use for.
    clocks : int or None, optional
        The pace: clock cycles from sample to sample; 1 if left out.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedSos, `loop` is unknown or `interval` out of range.

    Notes
    -----
    Latency is the sum over the sections of 3 (4 for df1t) clock edges, plus the
    registers of the output cast (none where it is wiring); startup 0. With an interval above 1,
    the loop of a section, multiply, add and cast, is cut by a register, and by two from 3 on; the
    transposed forms cast twice, so that theirs has up to four. Registers there are as many edges of
    latency, and a sum behind the loop is cut too from 3 on. A section
    costs at most five multipliers, nine by its state equations; coefficients that are zero or a
    power of two cost none, and coefficients of one polynomial equal up to sign and a power of two
    share theirs.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> Parallel(sos).timing
    Timing(latency=3, interval=1, startup=0)
    """

    _name = "parallel"

    def __init__(
        self,
        filter: FixedSos,
        *,
        loop: str = "multipliers",
        interval: int | None = None,
        target: str = "generic",
        clocks: int | None = None,
    ) -> None:
        if not isinstance(filter, FixedSos):
            raise ArchitectureError(
                f"architecture {self._name!r} builds a FixedSos, got {type(filter).__name__}"
            )
        if loop not in _LOOPS:
            raise ArchitectureError(
                f"loop of architecture {self._name!r} must be one of {', '.join(_LOOPS)}, "
                f"got {loop!r}"
            )
        if interval is None:
            interval = max(loop_depth(spec, clocks or 1) for spec in filter.sections)
        if not isinstance(interval, int) or not 1 <= interval <= MOST_CLOCKS:
            raise ArchitectureError(
                f"interval of architecture {self._name!r} must be 1 to {MOST_CLOCKS}, "
                f"got {interval!r}"
            )
        self._adders = _LOOPS[loop]
        self._sos = filter
        self._reach = cascade_reach(filter)
        last, end = filter.sections[-1].out.to, self._reach[-1]
        lo, hi = (last.lo, last.hi) if end is None else end["y"].words
        self._output = Requantiser(filter.output, lo=lo, hi=hi, frac=last.frac)
        triples = zip(filter.sections, filter.section_inputs, self._reach, strict=True)
        self._clamped = [
            interval == 1 and is_clamped(spec, source, target, certified=reach is not None)
            for spec, source, reach in triples
        ]
        # Gates behind a register need another one in front of the output's.
        open_end = self._clamped[-1] and self._output.stages == 0
        depth = sum(stages(spec, interval) for spec in filter.sections)
        super().__init__(
            filter,
            architecture={"name": self._name}
            | ({"loop": loop} if loop != "multipliers" else {})
            | ({"interval": interval} if interval > 1 else {}),
            timing=Timing(latency=depth + self._output.stages + open_end, interval=interval),
        )

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        m = Module()
        pipe = Pipe(m, self)
        fmt = self._sos.input
        value = Term(value=node.word(self.i.payload, fmt), frac=fmt.frac)
        for k, (spec, reach) in enumerate(zip(self._sos.sections, self._reach, strict=True)):
            y = section(
                m,
                pipe,
                spec,
                value,
                f"s{k}",
                reach,
                limits_in_sum=self._clamped[k],
                adders=self._adders,
                clocks=self.timing.interval,
                platform=platform,
            )
            value = y.held
        held = self._output.stages
        last = value if held else y.entering
        enables = [pipe.stage() for _ in range(held - 1)]
        pipe.output(self._output.entering(m, last.value, "out", enables=enables))
        pipe.close()
        return m


class Multiplierless(Parallel):
    """Every section in gates of its own, of which none is a multiplier.

    Products by the constants of one polynomial are one graph of additions and shifts, as flat as
    the longest of them allows: at most ceil(log2(nonzero signed digits)) additions in a row.

    Parameters
    ----------
    filter : FixedSos
        Any forms and formats, mixed as they please.
    interval, clocks : int or None, optional
    target : str, optional
        As for `Parallel`.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedSos.

    Notes
    -----
    Latency, interval and startup are those of `Parallel`.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> Multiplierless(sos).architecture
    {'name': 'multiplierless'}
    """

    _name = "multiplierless"

    def __init__(
        self,
        filter: FixedSos,
        *,
        interval: int | None = None,
        target: str = "generic",
        clocks: int | None = None,
    ) -> None:
        super().__init__(filter, interval=interval, target=target, clocks=clocks)
        self._adders = Adders.ALL
