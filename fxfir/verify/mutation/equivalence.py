"""Arguments that a mutant which passed could not have been seen by any bench."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.verify.mutation.mutant import Edit, Mutant, apply_edits
from fxfir.verify.mutation.runner import BenchRunner, Outcome
from fxfir.verify.mutation.tokens import Kind, Region, Statement, literal, statements

__all__ = ["steers", "unseen_at_power_up"]


def unseen_at_power_up(runner: BenchRunner, mutant: Mutant, original: str) -> str | None:
    """Argue that a register's power-up value never reaches an output.

    Parameters
    ----------
    runner : BenchRunner
    mutant : Mutant
        One that passed the bench.
    original : str
        The emitted text.

    Returns
    -------
    str or None
        The argument; None if there is none, or the mutant is no power-up value.

    Notes
    -----
    The bench runs with all bits of the value unknown. Verilog's operators carry an unknown bit to
    every result that depends on it, and the bench fails on an unknown bit in a sample. The
    exceptions are `if` and memory addresses, where an unknown bit counts as a choice; so the
    argument holds only for a register that reaches none of them. Which edges carry valid samples
    is then the same for all data, so that what holds for the bench's samples holds for all.
    """
    name = mutant.register
    if name is None:
        return None
    parsed = statements(original)
    if name in steers(original, parsed):
        return None
    edits = []
    for s in parsed:
        at = s.find("=")
        if s.region is Region.INITIAL and s.head == name and at is not None:
            token = s.tokens[at + 1]
            number = literal(token.text)
            if number is not None:
                edits.append(Edit(start=token.start, end=token.end, new=f"{number.width}'bx"))
    outcome, _ = runner.run(apply_edits(original, *edits))
    if not edits or outcome is not Outcome.PASSED:
        return None
    return (
        f"with an unknown power-up value of {name} no unknown bit reached a sample, and {name} "
        "decides no condition and no address"
    )


def steers(text: str, parsed: Sequence[Statement]) -> frozenset[str]:
    """Return the names whose value can decide an `if` or a memory address, directly or not."""
    del text
    memories = {
        s.tokens[k - 1].text
        for s in parsed
        if s.region is Region.DECLARATION
        for k, t in enumerate(s.tokens)
        if t.text == "["
        and s.tokens[k - 1].kind is Kind.NAME
        and s.tokens[k - 1].text != "signed"
        and s.tokens[k - 1].text not in ("reg", "wire")
    }
    deciding: set[str] = set()
    sources: dict[str, set[str]] = {}
    for s in parsed:
        if s.region in (Region.HEADER, Region.DECLARATION, Region.INITIAL):
            continue
        names = [t.text for t in s.tokens if t.kind is Kind.NAME]
        if s.head in ("if", "for"):
            deciding.update(names)
            continue
        deciding.update(_addresses(s, memories))
        at = next((k for k, t in enumerate(s.tokens) if t.text in ("=", "<=")), None)
        if at is None:
            deciding.update(names)
            continue
        left = [t.text for t in s.tokens[:at] if t.kind is Kind.NAME]
        read = {t.text for t in s.tokens[at:] if t.kind is Kind.NAME}
        for name in left:
            sources.setdefault(name, set()).update(read)
    todo = list(deciding)
    while todo:
        for name in sources.get(todo.pop(), ()):
            if name not in deciding:
                deciding.add(name)
                todo.append(name)
    return frozenset(deciding)


def _addresses(s: Statement, memories: set[str]) -> set[str]:
    """Names inside the brackets behind a memory."""
    found: set[str] = set()
    for k, t in enumerate(s.tokens[:-1]):
        if t.text in memories and s.tokens[k + 1].text == "[":
            depth = 0
            for inner in s.tokens[k + 1 :]:
                depth += {"[": 1, "]": -1}.get(inner.text, 0)
                if inner.kind is Kind.NAME:
                    found.add(inner.text)
                if depth == 0:
                    break
    return found
