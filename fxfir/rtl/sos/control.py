"""The sequencer of a serial cascade: which slot stands at which stage, and what it does there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amaranth.hdl import Const, Module, Mux, Signal, Value, unsigned

__all__ = ["Control"]


class Control:
    """Slots walking down a pipeline, and tables read by them.

    Parameters
    ----------
    m : Module
    ce : Value
        The machine moves at the next edge.
    accept : Value
        A sample enters; it is slot 0 of a pass.
    slots : int
        Slots of a pass.

    Attributes
    ----------
    step : Signal
        Slot being issued; 0 also while none is.
    parity : Signal
        Least bit of the number of passes.
    passed : tuple of Signal, shape (2,)
        At least one, at least two passes were issued since reset: samples one and two passes old
        exist.
    """

    def __init__(self, m: Module, *, ce: Value, accept: Value, slots: int) -> None:
        self._m = m
        self._ce = ce
        self._slots = slots
        self.step = Signal(range(max(2, slots)), name="step")
        self.parity = Signal(name="parity")
        self.passed = (Signal(name="passed1"), Signal(name="passed2"))
        live, last = Signal(name="live"), Signal(name="last")
        m.d.comb += [live.eq(accept | (self.step != 0)), last.eq(self.step == slots - 1)]
        with m.If(ce & live):
            m.d.sync += self.step.eq(Mux(last, 0, self.step + 1))
            with m.If(last):
                m.d.sync += [
                    self.parity.eq(~self.parity),
                    self.passed[0].eq(1),
                    self.passed[1].eq(self.passed[0]),
                ]
        self._delayed: dict[str, list[Value]] = {
            "step": [self.step],
            "live": [live],
            "parity": [self.parity],
        }

    def live(self, stage: int) -> Value:
        """One bit: the slot at `stage` belongs to a sample."""
        return self._later("live", stage)

    def parity_at(self, stage: int) -> Value:
        """Parity of the pass to which the slot at `stage` belongs."""
        return self._later("parity", stage)

    def table(self, values: Mapping[int, int], name: str, *, stage: int) -> Value:
        """Look up a value by the slot that stands at `stage`.

        Parameters
        ----------
        values : mapping of int to int
            By slot, not negative; slots left out may read anything.
        name : str
        stage : int
            Stage 0 is looked up at once, later ones one stage ahead into a register.

        Returns
        -------
        Value
            A constant if all values are equal.
        """
        kinds = sorted(set(values.values()))
        width = max(1, max(kinds, default=0).bit_length())
        if len(kinds) < 2:
            return Const(kinds[0] if kinds else 0, width)
        usual = max(kinds, key=list(values.values()).count)
        found = Signal(unsigned(width), name=name if stage == 0 else f"{name}_next")
        with self._m.Switch(self._later("step", max(0, stage - 1))):
            for kind in kinds:
                if kind != usual:
                    with self._m.Case(*(slot for slot, v in values.items() if v == kind)):
                        self._m.d.comb += found.eq(kind)
            with self._m.Default():
                self._m.d.comb += found.eq(usual)
        if stage == 0:
            return found
        return self.delay(found, name)

    def mark(self, slots: Iterable[int], name: str, *, stage: int) -> Value:
        """One bit: the slot at `stage` is one of `slots`."""
        chosen = set(slots)
        return self.table({s: int(s in chosen) for s in range(self._slots)}, name, stage=stage)

    def delay(self, value: Value, name: str, *, reset_less: bool = True) -> Value:
        """Hold a control value for one move."""
        held = Signal(unsigned(len(value)), name=name, reset_less=reset_less)
        with self._m.If(self._ce):
            self._m.d.sync += held.eq(value)
        return held

    def _later(self, what: str, stage: int) -> Value:
        held = self._delayed[what]
        while len(held) <= stage:
            # A slot that is not live does nothing, so nothing else about it needs a reset.
            name = f"{what}{len(held)}"
            held.append(self.delay(held[-1], name, reset_less=what != "live"))
        return held[stage]
