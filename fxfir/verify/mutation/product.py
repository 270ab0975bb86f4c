"""Two machines side by side as one Python function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fxfir.verify.mutation.circuit import Circuit, names_in
from fxfir.verify.mutation.concrete import Concrete
from fxfir.verify.mutation.control import MOST_BITS, chosen_by_data, control_of
from fxfir.verify.mutation.expression import Expr, UnreadError
from fxfir.verify.mutation.facts import Known, Same
from fxfir.verify.mutation.python_code import Coder
from fxfir.verify.target import Pins

__all__ = ["Product"]


class Product:
    """Both machines as one Python function from state and inputs to the next state.

    Parameters
    ----------
    old, new : Circuit
        With the same names, shapes and memories.
    pins : Pins

    Attributes
    ----------
    question : tuple
        All that the states which can be reached depend on, once the code is written.

    Raises
    ------
    UnreadError
        If data decide a move, or a form is not read.
    """

    def __init__(self, old: Circuit, new: Circuit, pins: Pins) -> None:
        self.old, self.new = chosen_by_data(old, pins), chosen_by_data(new, pins)
        old, new, self.pins = self.old, self.new, pins
        self.twins = old.wires == new.wires and old.writes == new.writes
        self.control = control_of(old, pins) | control_of(new, pins)
        if pins.i_data in self.control:
            raise UnreadError("a payload that decides moves")
        if pins.i_set:
            raise UnreadError("a set's number that chooses words")
        held = set(old.writes) | set(new.writes) | set(old.initial)
        registers = sorted(held - set(old.depths))
        for name in registers:
            if name in self.control and old.shapes[name].width > MOST_BITS:
                raise UnreadError(name)
        self.deciding = [n for n in registers if n in self.control]
        self.carrying = [n for n in registers if n not in self.control]
        self.memories = sorted(old.depths)
        if self.control & set(self.memories):
            raise UnreadError("a memory that decides moves")
        self.lines: list[str] = []
        self.question: tuple[Any, ...] = ()

    def code(self) -> tuple[Callable[..., Any], Any]:
        """Return the step function and the state at power-up."""
        coders = {
            "o": Coder(self.old, "o", self._leaf("o")),
            "m": Coder(self.new, "m", self._leaf("m")),
        }
        emit = self.lines.append
        names = [f"{s}_{n}" for s in "om" for n in self.deciding]
        names += [f"f_{n}" for n in (*self.carrying, *self.memories)]
        names += [f"{k}_{s}_{n}" for k in "ku" for s in "om" for n in self.carrying]
        names += [f"z_{s}_{n}" for s in "om" for n in self.memories]
        emit("def step(state, in_valid, in_ready, in_reset):")
        emit(f"    ({', '.join(names)},) = state")
        for side, coder in coders.items():
            for wire in self._ordered(self.old if side == "o" else self.new):
                if wire in self.control:
                    emit(f"    {side}_{wire} = {coder.wire(wire)}")
        known = {
            side: Known(
                circuit=circuit,
                side=side,
                coder=coders[side],
                control=self.control,
                concrete=Concrete(circuit.shapes),
            )
            for side, circuit in (("o", self.old), ("m", self.new))
        }
        for side, facts in known.items():
            for wire in self._ordered(facts.circuit):
                if wire not in self.control:
                    e = facts.circuit.wires[wire]
                    emit(f"    u_{side}_{wire} = {facts.unknown(e)}")
                    emit(
                        f"    k_{side}_{wire} = {facts.value(e, facts.circuit.shapes[wire].width)}"
                    )
        same = Same(
            old=self.old,
            new=self.new,
            pins=self.pins,
            control=self.control,
            coders=coders,
            known=known,
        )
        for wire in self._ordered(self.old):
            if wire not in self.control:
                emit(f"    f_{wire} = {same.wire(wire)}")
                if wire in self.new.wires:
                    equal = f"k_o_{wire} is not None and k_o_{wire} == k_m_{wire}"
                    emit(f"    f_{wire} = bool(f_{wire} or {equal})")
        self._outputs(same)
        for side, coder in coders.items():
            circuit = self.old if side == "o" else self.new
            for name in self.deciding:
                emit(f"    n_{side}_{name} = {side}_{name}")
                for write in circuit.writes.get(name, []):
                    value = coder.assigned(write.value, circuit.shapes[name].width)
                    emit(f"    if {coder.guards(write.guards)}: n_{side}_{name} = {value}")
        for name in self.carrying:
            self._carried(name, coders, same, known)
        for name in self.memories:
            self._stored(name, coders, same, known)
        after = [f"n_{s}_{n}" for s in "om" for n in self.deciding]
        after += [f"n_f_{n}" for n in (*self.carrying, *self.memories)]
        after += [f"n_{k}_{s}_{n}" for k in "ku" for s in "om" for n in self.carrying]
        after += [f"n_z_{s}_{n}" for s in "om" for n in self.memories]
        emit(f"    return ({', '.join(after)},)")
        scope: dict[str, Any] = {
            f"evaluate_{side}": facts.concrete.evaluate for side, facts in known.items()
        }
        exec("\n".join(self.lines), scope)
        start = self._start()
        self.question = (
            "\n".join(self.lines),
            tuple(facts.concrete.expressions for facts in known.values()),
            tuple(self.old.shapes.items()),
            self.twins,
            start,
        )
        return scope["step"], start

    def settled(self, state: Any) -> bool:
        """Whether both are one machine in one state, so that nothing can tell them apart again."""
        n, m = len(self.deciding), len(self.carrying)
        facts = state[2 * n :]
        return bool(
            self.twins
            and state[:n] == state[n : 2 * n]
            and all(facts[:m])
            and all(
                facts[m + k] & every == every
                for k, every in enumerate(_diagonal(self.old.depths[x]) for x in self.memories)
            )
        )

    def forget(self, state: Any) -> Any:
        """Return the state without the numbers that are certain; what is the same stays so."""
        data, memories = len(self.carrying), len(self.memories)
        kept = 2 * len(self.deciding) + data + memories
        return state[:kept] + (None,) * 2 * data + (True,) * 2 * data + (0,) * 2 * memories

    def forget_scattered(self, state: Any) -> Any:
        """Return the state with the zeros of memories from word 0 on alone, as a start-up fills."""
        at = len(state) - 2 * len(self.memories)
        return state[:at] + tuple((z ^ (z + 1)) >> 1 for z in state[at:])

    def _leaf(self, side: str) -> Callable[[str], str]:
        """Python name of a signal that decides, on one side; inputs are common to both."""
        pins = self.pins
        level = "in_reset" if pins.reset_active else "(1 - in_reset)"
        common = {pins.i_valid: "in_valid", pins.reset: level}
        if pins.o_ready is not None:
            common[pins.o_ready] = "in_ready"

        def leaf(name: str) -> str:
            if name in common:
                return common[name]
            if name not in self.control:
                raise UnreadError(name)
            return f"{side}_{name}"

        return leaf

    def _ordered(self, circuit: Circuit) -> list[str]:
        """Wires, each behind those that it reads."""
        order: list[str] = []
        state: dict[str, int] = {}

        def visit(name: str) -> None:
            if state.get(name) == 1:
                raise UnreadError(f"a loop through {name}")
            if name in circuit.wires and name not in state:
                state[name] = 1
                for other in sorted(names_in(circuit.wires[name])):
                    visit(other)
                state[name] = 2
                order.append(name)

        for name in circuit.wires:
            visit(name)
        return order

    def _outputs(self, same: Same) -> None:
        pins = self.pins
        for name in (pins.o_valid, pins.i_ready):
            if name is not None:
                self.lines.append(f"    if o_{name} != m_{name}: return None")
        self.lines.append(f"    if o_{pins.o_valid} and not f_{pins.o_data}: return None")
        if pins.o_channel is not None:
            unequal = f"o_{pins.o_channel} != m_{pins.o_channel}"
            self.lines.append(f"    if o_{pins.o_valid} and {unequal}: return None")

    def _carried(
        self, name: str, coders: dict[str, Coder], same: Same, known: dict[str, Known]
    ) -> None:
        """Next sameness of a data register: both take one expression, or none, or one value."""
        emit = self.lines.append
        texts: list[Expr] = []
        for side, circuit in (("o", self.old), ("m", self.new)):
            emit(f"    k_{side} = -1")
            emit(f"    n_k_{side}_{name} = k_{side}_{name}; n_u_{side}_{name} = u_{side}_{name}")
            for write in circuit.writes.get(name, []):
                if write.value not in texts:
                    texts.append(write.value)
                number = texts.index(write.value)
                emit(f"    if {coders[side].guards(write.guards)}:")
                emit(f"        k_{side} = {number}")
                bits = known[side].value(write.value, circuit.shapes[name].width)
                emit(f"        n_k_{side}_{name} = {bits}")
                emit(f"        n_u_{side}_{name} = {known[side].unknown(write.value)}")
        emit(f"    if k_o != k_m: n_f_{name} = False")
        emit(f"    elif k_o < 0: n_f_{name} = f_{name}")
        for number, value in enumerate(texts):
            emit(f"    elif k_o == {number}: n_f_{name} = {same.of(value)}")
        equal = f"n_k_o_{name} is not None and n_k_o_{name} == n_k_m_{name}"
        emit(f"    n_f_{name} = bool(n_f_{name} or {equal})")

    def _stored(
        self, name: str, coders: dict[str, Coder], same: Same, known: dict[str, Known]
    ) -> None:
        """Next sameness of a memory's words; one write per edge is read here.

        Bit `depth * b + a` of it says that word `b` of the mutant holds what word `a` of the
        original holds: a number may stand in another place there, if it is also read there.
        """
        emit = self.lines.append
        depth = self.old.depths[name]
        writes = [c.writes.get(name, []) for c in (self.old, self.new)]
        emit(f"    n_f_{name} = f_{name}")
        emit(f"    n_z_o_{name} = z_o_{name}; n_z_m_{name} = z_m_{name}")
        if [len(w) for w in writes] == [0, 0]:
            return
        if [len(w) for w in writes] != [1, 1]:
            raise UnreadError(name)
        for side, (write,) in zip("om", writes, strict=True):
            assert write.address is not None
            emit(f"    a_{side} = {coders[side].alone(write.address)}")
            emit(f"    w_{side} = ({coders[side].guards(write.guards)}) and a_{side} < {depth}")
            word = known[side].value(write.value, self.old.shapes[name].width)
            emit(f"    if w_{side}:")
            emit(f"        if {word} == 0: n_z_{side}_{name} |= 1 << a_{side}")
            emit(f"        else: n_z_{side}_{name} &= ~(1 << a_{side})")
        row = (1 << depth) - 1
        column = sum(1 << depth * k for k in range(depth))
        emit(f"    if w_o: n_f_{name} &= ~({column} << a_o)")
        emit(f"    if w_m: n_f_{name} &= ~({row} << {depth} * a_m)")
        if writes[0][0].value == writes[1][0].value:
            value = same.of(writes[0][0].value)
            emit(f"    if w_o and w_m and {value}: n_f_{name} |= 1 << {depth} * a_m + a_o")
        # Two zeros are the same, wherever they come from.
        for side in "om":
            zero = f"n_z_o_{name} & n_z_m_{name} & 1 << a_{side}"
            emit(f"    if w_{side} and {zero}: n_f_{name} |= 1 << {depth + 1} * a_{side}")

    def _start(self) -> Any:
        values: list[Any] = []
        for circuit in (self.old, self.new):
            values += [circuit.initial[n] for n in self.deciding]
        # A register without a power-up value may start differently in two copies of one core.
        for name in self.carrying:
            mine, other = self.old.initial.get(name), self.new.initial.get(name)
            values.append(mine is not None and mine == other)
        for name in self.memories:
            words, others = self.old.words.get(name, {}), self.new.words.get(name, {})
            equal = [k for k, word in words.items() if word == others.get(k)]
            values.append(sum(1 << (self.old.depths[name] + 1) * k for k in equal))
        for circuit in (self.old, self.new):
            values += [circuit.initial.get(n) for n in self.carrying]
        for circuit in (self.old, self.new):
            values += [n not in circuit.initial for n in self.carrying]
        for circuit in (self.old, self.new):
            for name in self.memories:
                words = circuit.words.get(name, {})
                values.append(sum(1 << k for k, word in words.items() if word == 0))
        return tuple(values)


def _diagonal(depth: int) -> int:
    """Every word of a memory where it is in the other."""
    return sum(1 << (depth + 1) * k for k in range(depth))
