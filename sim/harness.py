"""Driver, monitor and checker of one core inside the simulator.

One coroutine does it all, an edge at a time: what the pins held just before a rising edge is
judged, then the values for the next edge are driven. The expected integers come from the filter
that `expected` builds; it is fed whenever the core takes a sample.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from random import Random
from typing import Any

from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer
from cocotb.types import LogicArray

from sim import expected
from sim.core import Core

__all__ = ["Fault", "Harness", "Trace", "pauses"]

_PERIOD_NS = 10


class Fault(AssertionError):
    """The core broke a promise."""


def pauses(rng: Random) -> Iterator[bool]:
    """Pauses of all kinds, for ever: none, few, many, and long ones in a row."""
    while True:
        share = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for _ in range(rng.randint(1, 12 if share == 1 else 40)):
            yield rng.random() < share


@dataclass(slots=True)
class Trace:
    """What happened since the reset; edges are counted from the first without reset, as 0."""

    first_ready: int | None = None
    offered_at: list[int] = field(default_factory=list)
    accepted_at: list[int] = field(default_factory=list)
    emitted_at: list[int] = field(default_factory=list)
    stalls_before: list[int] = field(default_factory=list)
    """For each output: edges before it at which an output had to wait."""


class Harness:
    """The pins of a core, and everything that is known about what it must do.

    Members
    -------
    edges, compared : int
        Rising edges and output samples seen so far, over all resets.
    """

    def __init__(self, dut: Any, core: Core, rng: Random) -> None:
        self.core = core
        self.rng = rng
        self.edges = 0
        self.compared = 0
        pins = core.pins
        self._clock = getattr(dut, pins.clock)
        self._reset_pin = getattr(dut, pins.reset)
        self._i_data, self._i_valid, self._i_ready = (
            getattr(dut, name) for name in (pins.i_data, pins.i_valid, pins.i_ready)
        )
        self._o_data, self._o_valid = (getattr(dut, name) for name in (pins.o_data, pins.o_valid))
        self._o_ready = getattr(dut, pins.o_ready) if core.stallable else None
        self._o_channel = getattr(dut, pins.o_channel) if core.channels > 1 else None
        self._i_set = getattr(dut, pins.i_set) if core.set_width else None
        i_width = sum(core.i_slots) - core.set_width
        for handle, width in ((self._i_data, i_width), (self._o_data, sum(core.o_slots))):
            if len(handle) != width:
                raise Fault(f"{handle._name} must have {width} bits, got {len(handle)}")
        self._edge = RisingEdge(self._clock)
        self._bits = ""
        self._valid = self._ready = 0
        self._begin([])
        self._set_reset(0)
        # Low first: an edge at time 0 would come before the inputs are there.
        Clock(self._clock, _PERIOD_NS, unit="ns").start(start_high=False)

    def _begin(self, samples: Sequence[Sequence[int]]) -> None:
        """Forget everything, as the core must at a reset."""
        self.trace = Trace()
        self._filter = expected.make(self.core.filter)
        self._todo = deque(samples)
        self._due: deque[list[int]] = deque()
        self._held: int | None = None
        self._at = 0
        self._stalls = 0
        self._valid = 0

    async def reset(self, clocks: int = 1, offer: Sequence[int] | None = None) -> None:
        """Reset for some edges, with a sample offered meanwhile, and watch the output fall silent.

        Ends after the last edge in reset; `play` follows at once.
        """
        self._set_reset(1)
        for clock in range(clocks):
            self._drive(offer, ready=self.rng.random() < 0.5)
            await self._edge
            self.edges += 1
            self._known(self._i_ready)
            if self._known(self._o_valid) and clock:
                raise Fault(f"{self.core.pins.o_valid} must be 0 in reset, got 1")
        self._set_reset(0)

    async def play(
        self,
        samples: Sequence[Sequence[int]],
        *,
        gaps: Iterator[bool] | None = None,
        stalls: Iterator[bool] | None = None,
        edges: int | None = None,
        wiggle: bool = False,
    ) -> Trace:
        """Offer samples to a core just reset, and check every output.

        Parameters
        ----------
        samples : sequence of frames
        gaps, stalls : iterator of bool, optional
            True at an edge: nothing new is offered / the output's ready is low.
        edges : int, optional
            Leave after so many edges, whatever is in flight. Otherwise after all outputs came and
            the core stayed silent for a while.
        wiggle : bool, optional
            Change the inputs between the edges; see `_wiggle`.
        """
        self._begin(samples)
        gaps, stalls = gaps or repeat(False), stalls or repeat(False)
        core = self.core
        patience = 40 * (core.latency + core.interval + core.startup + 10)
        quiet = 0
        while edges is None or self._at < edges:
            self._offer(next(gaps), next(stalls))
            if wiggle:
                await self._wiggle()
            await self._edge
            self.edges += 1
            moved = self._observe()
            self._at += 1
            quiet = 0 if moved else quiet + 1
            if not self._todo and not self._due:
                if quiet > core.latency + core.interval + 2:
                    break
            elif quiet > patience:
                raise Fault(
                    f"a sample must move within {patience} edges, got none from edge "
                    f"{self._at - quiet} on; {len(self._todo)} not taken, {len(self._due)} inside"
                )
        return self.trace

    def _offer(self, gap: bool, stall: bool) -> None:
        stall = stall and self._o_ready is not None
        if self._valid:
            self._drive_ready(not stall)
        elif self._todo and not gap:
            self.trace.offered_at.append(self._at)
            self._drive(self._todo[0], ready=not stall)
        else:
            self._drive(None, ready=not stall)

    def _observe(self) -> bool:
        """Judge the values just before an edge; tell whether a sample moved."""
        ready = self._known(self._i_ready)
        emitted = self._output()
        if ready and self.trace.first_ready is None:
            self.trace.first_ready = self._at
        taken = bool(ready and self._valid)
        if taken:
            self.trace.accepted_at.append(self._at)
            self._due.append(self._filter.push(self._todo.popleft()))
            self._valid = 0
        if self._held is not None:
            self._stalls += 1
        return taken or emitted

    def _output(self) -> bool:
        pins, n = self.core.pins, len(self.trace.emitted_at)
        if not self._known(self._o_valid):
            if self._held is not None:
                raise Fault(f"{pins.o_valid} must stay until sample {n} is taken, {self._where()}")
            return False
        payload = self._known(self._o_data)
        if self._held not in (None, payload):
            raise Fault(
                f"{pins.o_data} must hold until sample {n} is taken, "
                f"got {self._held:#x} and then {payload:#x}, {self._where()}"
            )
        if not self._due:
            raise Fault(f"an output must follow an input, got {payload:#x}, {self._where()}")
        if self._o_channel is not None:
            turn, due = self._known(self._o_channel), n % self.core.channels
            if turn != due:
                where = f"sample {n}, {self._where()}"
                raise Fault(f"{where}: {pins.o_channel} must be {due}, got {turn}")
        # A sample not yet taken is judged too: it has to be right while it waits.
        self._compare(n, self._due[0], self.core.unpack(payload))
        self._held = None if self._ready else payload
        if self._ready:
            self._due.popleft()
            self.trace.emitted_at.append(self._at)
            self.trace.stalls_before.append(self._stalls)
            self.compared += 1
        return bool(self._ready)

    def _compare(self, n: int, want: Sequence[int], got: Sequence[int]) -> None:
        for lane, (ours, theirs, fmt) in enumerate(zip(want, got, self.core.outputs, strict=True)):
            if ours == theirs:
                continue
            where = f"sample {n}, lane {lane}, {self._where()}"
            if fmt.word(theirs) == ours:
                rule = "the sign" if fmt.signed else "zeros"
                raise Fault(
                    f"{where}: expected {rule} in the padding bits, got {theirs} for {ours}"
                )
            raise Fault(f"{where}: expected {ours}, got {theirs}")

    async def _wiggle(self) -> None:
        """Change inputs in mid-cycle: registered outputs must not move, ready only with ready.

        The values of before are back when this ends, well ahead of the edge.
        """
        pins = self.core.pins
        still = {pins.o_valid: self._o_valid, pins.o_data: self._o_data}
        if self._o_channel is not None:
            still[pins.o_channel] = self._o_channel
        await Timer(1, unit="ns")
        before = {name: str(handle.value) for name, handle in still.items()}
        for cause in ("i_valid", "i_data", "reset", "o_ready"):
            if cause == "o_ready" and self._o_ready is None:
                continue
            if cause == "reset" and self.rng.random() < 0.8:
                # A core that listens would never get far enough to be seen with an output.
                continue
            watched = still if cause == "o_ready" else {**still, pins.i_ready: self._i_ready}
            before[pins.i_ready] = str(self._i_ready.value)
            undo = self._disturb(cause)
            await Timer(1, unit="ns")
            for name, handle in watched.items():
                now = str(handle.value)
                if now != before[name]:
                    raise Fault(
                        f"{name} must not follow {getattr(pins, cause)} between edges, "
                        f"got {before[name]} and then {now}, {self._where()}"
                    )
            undo()

    def _disturb(self, cause: str) -> Any:
        match cause:
            case "i_valid":
                self._i_valid.value = 1 - self._valid
                return lambda: setattr(self._i_valid, "value", self._valid)
            case "o_ready":
                handle: Any = self._o_ready
                handle.value = 1 - self._ready
                return lambda: setattr(handle, "value", self._ready)
            case "i_data":
                self._put(str(~LogicArray(self._bits)))
                return lambda: self._put(self._bits)
            case _:
                self._set_reset(1)
                return lambda: self._set_reset(0)

    def _drive(self, sample: Sequence[int] | None, *, ready: bool) -> None:
        """Offer a sample, its padding full of rubbish; offering none, all of it is rubbish."""
        self._valid = int(sample is not None)
        self._i_valid.value = self._valid
        if sample is None:
            self._bits = self._rubbish(sum(self.core.i_slots))
        else:
            self._bits = self.core.pack(sample, self._rubbish(self.core.n_padding))
        self._put(self._bits)
        self._drive_ready(ready)

    def _put(self, bits: str) -> None:
        """Drive the input's data; the number of a set is the bits above it."""
        if self._i_set is not None:
            self._i_set.value = LogicArray(bits[: self.core.set_width])
        self._i_data.value = LogicArray(bits[self.core.set_width :])

    def _drive_ready(self, ready: bool) -> None:
        self._ready = 1 if self._o_ready is None else int(ready)
        if self._o_ready is not None:
            self._o_ready.value = self._ready

    def _rubbish(self, width: int) -> str:
        """Random bits, at times unknown ones, which cannot be swallowed unseen."""
        if width == 0 or self.rng.random() < 0.25:
            return "X" * width
        return f"{self.rng.getrandbits(width):0{width}b}"

    def _set_reset(self, active: int) -> None:
        level = self.core.pins.reset_level
        self._reset_pin.value = level if active else 1 - level

    def _known(self, handle: Any) -> int:
        try:
            return int(handle.value)
        except ValueError:
            raise Fault(
                f"{handle._name} must be known, got {handle.value}, {self._where()}"
            ) from None

    def _where(self) -> str:
        return f"at edge {self._at} after reset"
