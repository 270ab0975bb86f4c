"""The sequencer of a serial cascade: which slot stands at which stage, and what it does there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned

__all__ = ["Control"]


class Control:
    """Slots being issued, tables read by them, and registers that follow them down the pipeline.

    Parameters
    ----------
    m : Module
    ce : Value
        The machine moves at the next edge.
    accept : Value
        A sample enters; it is slot 0 of a pass.
    slots : int
        Slots of a pass.
    period : int
        Slots after which most of a pass repeats; `slots` if it does not.
    turns : tuple of int
        How many passes take turns: those of a group, then groups.

    Attributes
    ----------
    free : Signal
        No pass is being issued.
    step : Signal
        Slot being issued; 0 also while none is.
    turn : tuple of Signal
        Place of the pass in its group, and number of the group; as many as `turns`.
    parity : Signal
        Least bit of the number of frames.
    passed : tuple of Signal, shape (2,)
        At least one, at least two frames were issued since reset: samples one and two frames old
        exist.
    """

    def __init__(
        self,
        m: Module,
        *,
        ce: Value,
        accept: Value,
        slots: int,
        period: int,
        turns: tuple[int, ...],
    ) -> None:
        self._m = m
        self._ce = ce
        self._slots = slots
        self._period = period
        self._found: dict[str, list[Value]] = {}
        self.free = Signal(init=1, name="free")
        self.step = Signal(range(max(2, slots)), name="step")
        self.parity = Signal(name="parity")
        self.passed = (Signal(name="passed1"), Signal(name="passed2"))
        # With two digits the first counts cascades of one channel.
        names = ("channel",) if len(turns) == 1 else ("band", "channel")
        self.turn = tuple(
            Signal(range(count), name=name) for count, name in zip(turns, names, strict=False)
        )
        self._phase = Signal(range(max(2, period)), name="phase") if period < slots else None
        self._live, last, frame = Signal(name="live"), Signal(name="last"), Signal(name="frame")
        m.d.comb += [
            self._live.eq(accept | ~self.free),
            last.eq(self.step == slots - 1),
        ]
        done: Value = last
        rounds = []
        for turn, count in zip(self.turn, turns, strict=True):
            again = done & (turn == count - 1)
            rounds.append((turn, count, done, again))
            done = again
        m.d.comb += frame.eq(done)
        with m.If(ce & self._live):
            m.d.sync += [self.free.eq(last), self.step.eq(self.step + 1)]
            if self._phase is not None:
                m.d.sync += self._phase.eq(self._phase + 1)
                with m.If(self._phase == period - 1):
                    m.d.sync += self._phase.eq(0)
            with m.If(last):
                m.d.sync += self.step.eq(0)
            for turn, count, steps, again in rounds:
                with m.If(steps):
                    m.d.sync += turn.eq(turn + 1)
                if count & (count - 1):
                    with m.If(again):
                        m.d.sync += turn.eq(0)
            with m.If(frame):
                m.d.sync += [
                    self.parity.eq(~self.parity),
                    self.passed[0].eq(1),
                    self.passed[1].eq(self.passed[0]),
                ]

    def table(self, values: Mapping[int, int], name: str) -> Value:
        """Look up a value by the slot being issued.

        Parameters
        ----------
        values : mapping of int to int
            By slot, not negative; slots left out may read anything.
        name : str

        Returns
        -------
        Value
            A constant if all values are equal.
        """
        kinds = sorted(set(values.values()))
        width = max(1, max(kinds, default=0).bit_length())
        if len(kinds) < 2:
            return Const(kinds[0] if kinds else 0, width)
        place: Value = self.step
        if self._phase is not None:
            rows: dict[int, set[int]] = {}
            for slot, value in values.items():
                rows.setdefault(slot % self._period, set()).add(value)
            if all(len(row) == 1 for row in rows.values()):
                values, place = {at: row.pop() for at, row in rows.items()}, self._phase
        usual = max(kinds, key=list(values.values()).count)
        found = Signal(unsigned(width), name=name)
        with self._m.Switch(place):
            for kind in kinds:
                if kind != usual:
                    with self._m.Case(*(slot for slot, v in values.items() if v == kind)):
                        self._m.d.comb += found.eq(kind)
            with self._m.Default():
                self._m.d.comb += found.eq(usual)
        return found

    def mark(self, slots: Iterable[int], name: str, *, among: Iterable[int] | None = None) -> Value:
        """One bit: the slot being issued is one of `slots`; any value where it is not `among`."""
        chosen = set(slots)
        known = range(self._slots) if among is None else chosen | set(among)
        return self.table({s: int(s in chosen) for s in known}, name)

    def live(self, slots: Iterable[int], name: str) -> Value:
        """One bit: a sample's slot is being issued and is one of `slots`."""
        return self._live & self.mark(slots, name)

    def later(self, value: Value, name: str, stage: int, *, reset_less: bool = True) -> Value:
        """Return a value of the slot being issued when that slot stands at `stage`.

        Parameters
        ----------
        value : Value
        name : str
            Of the registers: `<name>1` at stage 1 and so on.
        stage : int
        reset_less : bool, optional
            What slots from before a reset still write is replaced or masked before it is read;
            only what they would send out needs the reset.
        """
        if isinstance(value, Const):
            return value
        row = self._found.setdefault(name, [value])
        while len(row) <= stage:
            held = Signal(unsigned(len(value)), name=f"{name}{len(row)}", reset_less=reset_less)
            with self._m.If(self._ce):
                self._m.d.sync += held.eq(row[-1])
            row.append(held)
        return row[stage]

    def with_turn(self, *parts: Value, digits: int | None = None) -> Value:
        """Join parts of an address, the turn on top: all of it, or its first digits."""
        return Cat(*parts, *self.turn[:digits])
