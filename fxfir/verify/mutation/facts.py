"""What is known of the data of two machines side by side, as Python conditions."""

from __future__ import annotations

from dataclasses import dataclass

from fxfir.verify.mutation.circuit import Circuit, names_in
from fxfir.verify.mutation.concrete import Concrete
from fxfir.verify.mutation.expression import Expr, UnreadError
from fxfir.verify.mutation.python_code import Coder
from fxfir.verify.target import Pins

__all__ = ["Known", "Same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Conditions for "both machines hold the same number here".

    Parameters
    ----------
    old, new : Circuit
    pins : Pins
    control : set of str
        Names whose values are followed exactly.
    coders : dict of str to Coder
        "o" writes expressions of the original, "m" of the mutant.
    known : dict of str to Known
        In the same way.
    """

    old: Circuit
    new: Circuit
    pins: Pins
    control: set[str]
    coders: dict[str, Coder]
    known: dict[str, Known]

    def wire(self, name: str) -> str:
        """Of a data wire; one whose expression was changed differs."""
        old, new = self.old.wires[name], self.new.wires.get(name)
        return self.of(old) if old == new else "False"

    def of(self, e: Expr) -> str:
        """Of an expression that stands in both texts."""
        if e.op == "number":
            return "True"
        if e.name:
            if e.name in self.old.depths:
                return self._word(e)
            if e.name in (self.pins.i_data, self.pins.i_valid, self.pins.o_ready, self.pins.reset):
                return "True"
            own = f"o_{e.name} == m_{e.name}" if e.name in self.control else f"f_{e.name}"
            return f"({own})"
        if e.op == "?" and names_in(e.args[0]) <= self.control:
            old, new = (self.coders[s].condition(e.args[0]) for s in "om")
            yes, no = self.of(e.args[1]), self.of(e.args[2])
            empty = " and ".join(self.known[s].of(e) for s in "om")
            return f"(({yes} if {old} else {no}) if bool({old}) == bool({new}) else {empty})"
        parts = [self.of(a) for a in e.args]
        kept = [p for p in dict.fromkeys(parts) if p != "True"]
        return f"({' and '.join(kept)})" if kept else "True"

    def _word(self, e: Expr) -> str:
        """A memory's word at the address that each machine has."""
        if e.op != "index":
            raise UnreadError(e.name)
        old, new = (self.coders[s].alone(e.args[0]) for s in "om")
        depth = self.old.depths[e.name]
        place = f"{depth} * {new} + {old}"
        return f"({old} < {depth} > {new} and f_{e.name} >> {place} & 1 == 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the numbers of one machine are where that is certain, whatever the data.

    `k_<side>_<name>` is a number's bits, None if it depends on data; `z_<side>_<name>` has a bit
    for each word of a memory that is 0; `u_<side>_<name>` says that a number may be unknown to a
    simulator.

    Parameters
    ----------
    circuit : Circuit
    side : str
        "o" or "m".
    coder : Coder
    control : set of str
        Names whose values are followed exactly.
    concrete : Concrete
    """

    circuit: Circuit
    side: str
    coder: Coder
    control: set[str]
    concrete: Concrete

    def value(self, e: Expr, width: int) -> str:
        """Bits of `e` assigned to `width` bits, None where they are not certain."""
        names = sorted(names_in(e))
        if any(n not in self.control and not self._followed(n) for n in names):
            return f"(0 if {self.of(e)} else None)"
        parts = [self.coder.leaf(n) if n in self.control else f"k_{self.side}_{n}" for n in names]
        number = self.concrete.add(e, width, names)
        values = "".join(f"{part}, " for part in parts)
        return f"(0 if {self.of(e)} else evaluate_{self.side}({number}, ({values})))"

    def of(self, e: Expr) -> str:
        """True only where the expression is certainly 0, in a simulator too."""
        if e.op == "number":
            return str(e.value == 0)
        if names_in(e) and names_in(e) <= self.control:
            try:
                return f"({self.coder.alone(e)} == 0)"
            except UnreadError:
                return "False"
        if e.name:
            if e.op == "index" and e.name in self.circuit.depths:
                return f"(z_{self.side}_{e.name} >> {self.coder.alone(e.args[0])} & 1 == 1)"
            return f"(k_{self.side}_{e.name} == 0)" if self._followed(e.name) else "False"
        parts = [self.of(a) for a in e.args]
        match e.op:
            case "?":
                if names_in(e.args[0]) <= self.control:
                    return f"({parts[1]} if {self.coder.condition(e.args[0])} else {parts[2]})"
                return f"({parts[1]} and {parts[2]})"
            case "*":
                # Nothing times an unknown number is unknown to a simulator.
                left, right = (self.unknown(a) for a in e.args)
                return f"({parts[0]} and not {right} or {parts[1]} and not {left})"
            case "&":
                return f"({parts[0]} or {parts[1]})"
            case "+" | "-" | "|" | "^" | "concat" | "$signed" | "$unsigned" | "unary -":
                return f"({' and '.join(parts)})"
            case "repeat":
                return parts[1]
            case _:
                return "False"

    def unknown(self, e: Expr) -> str:
        """True where the expression reads a number that nothing has set since power-up."""
        if e.name in self.circuit.depths:
            return str(not self._filled(e.name))
        if e.name:
            return f"u_{self.side}_{e.name}" if self._followed(e.name) else "False"
        parts = [p for p in dict.fromkeys(self.unknown(a) for a in e.args) if p != "False"]
        return f"({' or '.join(parts)})" if parts else "False"

    def _followed(self, name: str) -> bool:
        """Whether there are facts about a name: registers and wires that carry data."""
        data = name in self.circuit.writes or name in self.circuit.wires
        return data and name not in self.control and name not in self.circuit.depths

    def _filled(self, name: str) -> bool:
        """Whether a memory has a value everywhere and is written with the input alone."""
        words = self.circuit.words.get(name, {})
        if len(words) < self.circuit.depths[name]:
            return False
        reads = {n for w in self.circuit.writes.get(name, []) for n in names_in(w.value)}
        seen: set[str] = set()
        while reads:
            name = reads.pop()
            if name in self.circuit.writes and name not in self.control:
                return False
            seen.add(name)
            reads |= (
                names_in(self.circuit.wires[name]) - seen if name in self.circuit.wires else set()
            )
        return True
