"""The argument that a changed expression computes the same bits as before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fxfir.verify.mutation.bdd import Bdd, TooLargeError
from fxfir.verify.mutation.expression import Evaluator, Expr, Shape, UnreadError, parse
from fxfir.verify.mutation.live import Live
from fxfir.verify.mutation.tokens import Kind, Region, Statement, statements

__all__ = ["same_logic", "shapes_of"]

Names = set[str | None]
Bits = dict[str, frozenset[int]]


def same_logic(original: str, mutated: str) -> str | None:
    """Argue that two texts that differ in one expression are the same circuit.

    Parameters
    ----------
    original, mutated : str
        Verilog of which one statement differs, not in what it assigns to.

    Returns
    -------
    str or None
        The argument; None if the circuits differ, or the difference is not of this kind or too
        large to decide.

    Notes
    -----
    Registers and inputs are free; continuous assignments are put in where they are read. If every
    register's next value, every condition, every address and every output that reads the changed
    expression is the same function of the free bits, no sequence of inputs tells the two apart.

    Only bits that can reach an output are compared, see `fxfir.verify.mutation.live`.

    Three sets of continuous assignments are tried in turn, since products make functions too
    large: the changed one alone, it and those that read it, and all. What is not put in is free,
    which can only hide that two functions are the same.
    """
    old, new = statements(original), statements(mutated)
    changed = [k for k, (a, b) in enumerate(zip(old, new, strict=False)) if _texts(a) != _texts(b)]
    if len(old) != len(new) or len(changed) != 1:
        return None
    place = changed[0]
    if old[place].region not in (Region.WIRE, Region.CLOCKED):
        return None
    if _target(old[place]) != _target(new[place]):
        return None
    changed_wire = _target(old[place]) if old[place].region is Region.WIRE else None
    try:
        live = _live(old, old[place].module)
        places = _places(old, place)
        if changed_wire is not None and _equal(old, new, [place], {changed_wire}, live, places):
            return f"the same logic: {changed_wire} is an equal function of what it reads"
        names, reached = _readers(old, new, place)
    except UnreadError:
        return None
    for inside in (reached, None):
        if _equal(old, new, names, inside, live, places):
            return (
                f"the same logic: all {len(names)} next values, conditions and outputs that read "
                "it are equal functions of registers and inputs"
            )
    return None


def _equal(
    old: Sequence[Statement],
    new: Sequence[Statement],
    places: Sequence[int],
    inside: Names | None,
    live: Bits,
    order: Mapping[str, int],
) -> bool:
    """Whether all these statements decide the same; wires that are not `inside` are free."""
    bdd = Bdd()
    module = old[places[0]].module if places else 0
    before, after = (_Circuit(bdd, text, module, inside, order) for text in (old, new))
    try:
        return all(before.sinks(old[k], live) == after.sinks(new[k], live) for k in places)
    except (UnreadError, TooLargeError, RecursionError):
        return False


class _Circuit:
    """One text's continuous assignments, put in on demand."""

    def __init__(
        self,
        bdd: Bdd,
        parsed: Sequence[Statement],
        module: int,
        inside: Names | None,
        order: Mapping[str, int],
    ) -> None:
        self._shapes = shapes_of(parsed, module)
        self._wires: dict[str, Expr] = {}
        for s in parsed:
            name = _target(s)
            known = inside is None or name in inside
            if s.module == module and s.region is Region.WIRE and name is not None and known:
                self._wires[name] = _value(s)
        self._known: dict[str, list[int]] = {}
        self._evaluator = Evaluator(bdd, self._shapes, self._wire, order)

    def sinks(self, s: Statement, live: Bits) -> list[list[int]]:
        """Live bits of all that a statement decides outside the continuous assignments."""
        if s.head == "if":
            return [self._evaluator.condition(parse(s.tokens[1:]))]
        name = _target(s)
        if name is None:
            raise UnreadError(s.head)
        if s.region is Region.CLOCKED:
            address = _address(s)
            # A wide expression costs more than it tells: the width of what is written is known.
            value = self._evaluator.assigned(_value(s), self._shapes[name].width)
            found = [[value[k] for k in sorted(live.get(name, ()))]]
            return found if address is None else [*found, self._evaluator.alone(address)]
        bits = self._wire(name) or []
        return [[bits[k] for k in sorted(live.get(name, ())) if k < len(bits)], [len(bits)]]

    def _wire(self, name: str) -> list[int] | None:
        if name not in self._wires:
            return None
        if name not in self._known:
            e = self._wires[name]
            self._known[name] = self._evaluator.assigned(e, self._shapes[name].width)
        return self._known[name]


def _readers(
    old: Sequence[Statement], new: Sequence[Statement], place: int
) -> tuple[list[int], Names]:
    """Statements that the changed one reaches, itself or all that read its wire in the end, and
    the wires between.
    """
    if old[place].region is Region.CLOCKED:
        return [place], set()
    reached = {_target(old[place])}
    grown = True
    while grown:
        grown = False
        for s in (*old, *new):
            if s.region is Region.WIRE and _reads(s) & reached and _target(s) not in reached:
                reached.add(_target(s))
                grown = True
    ports = _outputs(old)
    found = []
    for k, s in enumerate(old):
        if s.region is Region.CLOCKED:
            if (_reads(s) | _reads(new[k])) & reached:
                found.append(k)
        elif s.region is Region.WIRE:
            if _target(s) in reached & ports:
                found.append(k)
            elif _target(s) is None and _reads(s) & reached:
                raise UnreadError(s.head)
    return found, reached


def shapes_of(parsed: Sequence[Statement], module: int) -> dict[str, Shape]:
    """Return width and sign of every name that a module declares."""
    shapes: dict[str, Shape] = {}
    for s in parsed:
        if s.module != module or s.region not in (Region.HEADER, Region.DECLARATION, Region.WIRE):
            continue
        width, signed, k = 1, False, 0
        tokens = s.tokens
        while k < len(tokens):
            t = tokens[k]
            if t.text in ("input", "output", "reg", "wire"):
                width, signed = 1, False
            elif t.text == "signed":
                signed = True
            elif t.text == "=":
                break
            elif t.text == "[" and tokens[k - 1].text in ("reg", "wire", "signed"):
                width = int(tokens[k + 1].text) - int(tokens[k + 3].text) + 1
                k += 4
            elif t.text == "[" and tokens[k - 1].text in shapes:
                name = tokens[k - 1].text
                shapes[name] = Shape(width=width, signed=signed, memory=True)
                k += 4
            elif (
                t.kind is Kind.NAME
                and t.text not in ("module", "assign", "integer")
                and (s.region is not Region.WIRE or tokens[0].text == "wire")
            ):
                shapes[t.text] = Shape(width=width, signed=signed)
            k += 1
    return shapes


def _places(parsed: Sequence[Statement], place: int) -> dict[str, int]:
    """Where the names of a statement stand in its sum."""
    s = parsed[place]
    shapes = shapes_of(parsed, s.module)
    if _assignment(s) is None:
        return {}
    return Evaluator(Bdd(), shapes, lambda name: None).places(_value(s))


def _live(parsed: Sequence[Statement], module: int) -> Bits:
    """Bits that can reach an output of a module, an instance counting as one."""
    shapes = shapes_of(parsed, module)
    live = Live(shapes)
    for s in parsed:
        if s.module != module or s.region not in (Region.WIRE, Region.CLOCKED):
            continue
        name = _target(s)
        if s.head == "always":
            continue
        if s.head == "if":
            live.decides(parse(s.tokens[1:]))
        elif name is None:
            live.whole(n for n in _reads(s) if n is not None and n in shapes)
        else:
            live.assign(name, _value(s))
            address = _address(s) if s.region is Region.CLOCKED else None
            if address is not None:
                live.decides(address)
    live.whole(n for n in _outputs(parsed) if n is not None and n in shapes)
    return live.close()


def _texts(s: Statement) -> tuple[str, ...]:
    return tuple(t.text for t in s.tokens)


def _assignment(s: Statement) -> int | None:
    """Index of the token that assigns."""
    if s.head in ("if", "for", "always"):
        return None
    sign = "=" if s.region is Region.WIRE else "<="
    return s.find(sign)


def _target(s: Statement) -> str | None:
    """Name that a statement assigns to."""
    at = _assignment(s)
    if at is None:
        return None
    if s.region is Region.CLOCKED:
        return s.head
    return s.tokens[at - 1].text if s.tokens[at - 1].kind is Kind.NAME else None


def _value(s: Statement) -> Expr:
    at = _assignment(s)
    if at is None:
        raise UnreadError(s.head)
    return parse(s.tokens[at + 1 : -1])


def _address(s: Statement) -> Expr | None:
    at = _assignment(s)
    if at is None or at == 1:
        return None
    if s.tokens[1].text != "[" or s.tokens[at - 1].text != "]":
        raise UnreadError(s.head)
    return parse(s.tokens[2 : at - 1])


def _reads(s: Statement) -> set[str | None]:
    at = _assignment(s)
    first = 0 if at is None or s.region is Region.CLOCKED else at
    return {t.text for t in s.tokens[first:] if t.kind is Kind.NAME}


def _outputs(parsed: Sequence[Statement]) -> set[str | None]:
    found: set[str | None] = set()
    for s in parsed:
        if s.region is Region.HEADER:
            direction = ""
            for t in s.tokens:
                if t.text in ("input", "output"):
                    direction = t.text
                elif t.kind is Kind.NAME and direction == "output":
                    found.add(t.text)
    return found
