"""Arguments that a mutant which passed could not have been seen by any bench."""

from __future__ import annotations

from fxfir.verify.mutation.influence import steers
from fxfir.verify.mutation.mutant import Edit, Mutant, apply_edits
from fxfir.verify.mutation.runner import BenchRunner, Outcome
from fxfir.verify.mutation.tokens import Region, literal, statements

__all__ = ["unseen_at_power_up"]


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
    if name in steers(parsed):
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
