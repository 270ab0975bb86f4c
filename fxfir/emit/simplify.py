"""Clean-up of a flat netlist: fold constants, keep what is used, narrow what is too wide.

Amaranth widens every operation to the natural width of its operands and keeps logic on constants
(a tied ``ready``, a shift by a constant). Both would stand in the Verilog as noise and as lint
warnings.
"""

from __future__ import annotations

from fxfir.emit.fold import fold
from fxfir.emit.netlist import (
    Assign,
    Bits,
    Choice,
    Instance,
    Memory,
    Netlist,
    Op,
    Register,
    Statement,
    Switch,
    body_assigns,
    body_reads,
)
from fxfir.errors import NetlistError

__all__ = ["Driver", "RING", "drivers", "match", "simplify"]

Driver = Op | Choice | Register | Memory | Instance

RING = frozenset({"add", "sub", "mul", "neg", "and", "or", "xor", "xnor", "not", "mux", "shl"})
"""Operations of which the low k result bits depend on the low k operand bits alone."""


def simplify(netlist: Netlist) -> None:
    """Fold, then drop what no output needs and narrow what is needed in part only.

    Raises
    ------
    NetlistError
        If a net has two drivers, or one that is needed has none.
    """
    while _fold_all(netlist):
        pass
    _keep_needed(netlist)


def _fold_all(netlist: Netlist) -> bool:
    """Fold once over the netlist; tell whether anything changed."""
    alias: dict[int, int] = {}

    def replace(old: Bits, new: Bits) -> None:
        alias.update((o, n) for o, n in zip(old, new, strict=True) if o != n)

    ops: list[Op] = []
    seen: dict[tuple[object, ...], Bits] = {}
    for op in netlist.ops:
        result = fold(op)
        if result is None and len(op.y) == 1:
            # Amaranth writes `ce & valid` anew for every If; registers under it shall share it.
            result = seen.setdefault((op.kind, op.a, op.b, op.s, op.signed), op.y)
        if result is None or result is op.y:
            ops.append(op)
        else:
            replace(op.y, result)
    netlist.ops = ops
    choices: list[Choice] = []
    for choice in netlist.choices:
        choice.body = _fold_body(choice.body)
        while choice.body and isinstance(first := choice.body[0], Assign):
            if first.lhs != choice.y:
                break
            choice.default = first.rhs
            del choice.body[0]
        if choice.body:
            choices.append(choice)
        else:
            replace(choice.y, choice.default)
    netlist.choices = choices
    chosen = {choice.y: choice for choice in choices}
    registers: list[Register] = []
    for register in netlist.registers:
        if register.arst == 0 and _never_changes(register, chosen.get(register.d)):
            replace(register.q, register.init)
        else:
            registers.append(register)
    netlist.registers = registers
    if not alias:
        return False
    known = alias.keys()

    def find(bit: int) -> int:
        while bit in alias:
            bit = alias[bit]
        return bit

    netlist.rewrite(lambda bits: bits if known.isdisjoint(bits) else tuple([find(b) for b in bits]))
    return True


def _never_changes(register: Register, choice: Choice | None) -> bool:
    """Tell whether a register keeps its initial value whatever happens."""
    same = (register.q, register.init)
    if choice is None:
        return register.d in same
    return choice.default in same and all(
        lhs == choice.y and rhs in same for lhs, rhs in body_assigns(choice.body)
    )


def _fold_body(body: list[Statement]) -> list[Statement]:
    out: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            out.append(statement)
            continue
        cases: list[tuple[tuple[str, ...], list[Statement]]] = []
        for patterns, inner in statement.cases:
            alive = tuple(p for p in patterns if match(statement.sel, p) is not False)
            if patterns and not alive:
                continue
            always = not patterns or any(match(statement.sel, p) for p in alive)
            cases.append((() if always else alive, _fold_body(inner)))
            if always:
                break
        while cases and not cases[-1][1]:
            cases.pop()
        if cases and not cases[0][0]:
            out.extend(cases[0][1])
        elif cases:
            out.append(Switch(statement.sel, cases))
    return out


def match(sel: Bits, pattern: str) -> bool | None:
    """Tell whether constants in `sel` decide the pattern: True, False, or None (depends)."""
    result: bool | None = True
    for bit, want in zip(reversed(sel), pattern, strict=True):
        if want == "-":
            continue
        if bit > 1:
            result = None
        elif bit != int(want):
            return False
    return result


def drivers(netlist: Netlist) -> dict[int, tuple[Driver, int]]:
    """Map every driven net to its driver and the index in the driven vector.

    Raises
    ------
    NetlistError
        If a net has two drivers.
    """
    found: dict[int, tuple[Driver, int]] = {}
    total = 0

    def drive(driver: Driver, bits: Bits) -> None:
        nonlocal total
        total += len(bits)
        found.update((bit, (driver, k)) for k, bit in enumerate(bits))
        if len(found) != total:
            raise NetlistError("a net must have one driver, got a second one")

    for op in netlist.ops:
        drive(op, op.y)
    for choice in netlist.choices:
        drive(choice, choice.y)
    for register in netlist.registers:
        drive(register, register.q)
    for memory in netlist.memories:
        for read in memory.reads:
            drive(memory, read.data)
    for instance in netlist.instances:
        for bits in instance.outputs.values():
            drive(instance, bits)
    return found


def _keep_needed(netlist: Netlist) -> None:
    """Walk back from the outputs and instances; drop the rest; narrow ring operations."""
    driven = drivers(netlist)
    inputs = {b for p in netlist.ports if p.direction == "input" for b in p.bits}
    named = {w.bits for w in netlist.wires}
    need: dict[Driver, int] = {}
    work: list[Driver] = []
    if not inputs.isdisjoint(driven):
        raise NetlistError("a net must have one driver, got a driven input port")

    def want(bits: Bits, width: int | None = None) -> None:
        last: Driver | None = None
        top = 0
        for bit in bits if width is None else bits[:width]:
            entry = driven.get(bit)
            if entry is None:
                if bit > 1 and bit not in inputs:
                    raise NetlistError(f"a net must have a driver, {_name(netlist, bit)} has none")
                continue
            driver, index = entry
            if driver is not last:
                if last is not None and need.get(last, 0) < top:
                    need[last] = top
                    work.append(last)
                last, top = driver, 0
            if index >= top:
                top = index + 1
        if last is not None and need.get(last, 0) < top:
            need[last] = top
            work.append(last)

    for instance in netlist.instances:
        need[instance] = 1
        work.append(instance)
    for port in netlist.ports:
        if port.direction == "output":
            want(port.bits)
    while work:
        node = work.pop()
        if isinstance(node, Op):
            narrow = node.kind in RING and node.y not in named
            width = need[node] if narrow else len(node.y)
            need[node] = width
            want(node.a, width if node.kind in RING else None)
            want(node.b, width if node.kind in RING and node.kind != "shl" else None)
            want(node.s)
        elif isinstance(node, Choice):
            need[node] = len(node.y)
            want(node.default)
            for bits in body_reads(node.body):
                want(bits)
        elif isinstance(node, Register):
            need[node] = len(node.q)
            want(node.d)
            want((node.clk, node.arst))
        elif isinstance(node, Memory):
            # Read ports share one driver: ask for all of them at once.
            need[node] = node.width
            for read in node.reads:
                want(read.addr + read.en + ((read.clk,) if read.clk is not None else ()))
            for write in node.writes:
                want(write.addr + write.data + write.en + (write.clk,))
        else:
            need[node] = max(1, *(len(b) for b in node.outputs.values()), 1)
            for bits in node.inputs.values():
                want(bits)
    netlist.ops = [op for op in netlist.ops if op in need]
    for op in netlist.ops:
        width = need[op]
        if width < len(op.y):
            op.y = op.y[:width]
            op.a = op.a[:width]
            if op.kind != "shl":
                op.b = op.b[:width]
    netlist.choices = [c for c in netlist.choices if c in need]
    netlist.registers = [r for r in netlist.registers if r in need]
    netlist.memories = [m for m in netlist.memories if m in need]


def _name(netlist: Netlist, bit: int) -> str:
    for wire in netlist.wires:
        if bit in wire.bits:
            return ".".join(wire.path)
    return f"net {bit}"
