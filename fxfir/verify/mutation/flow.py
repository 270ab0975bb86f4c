"""From a core folder to its mutation score."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from fxfir.errors import EngineError
from fxfir.filters import to_json
from fxfir.verify import words
from fxfir.verify.core_text import emitter
from fxfir.verify.mutation.certified import never_overflows
from fxfir.verify.mutation.combinational import same_logic
from fxfir.verify.mutation.contract import contract_changes, contract_mutants
from fxfir.verify.mutation.equivalence import unseen_at_power_up
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.mutation.mutant import Mutant
from fxfir.verify.mutation.report import MutationReport, Result, Verdict
from fxfir.verify.mutation.runner import BenchRunner, Outcome
from fxfir.verify.mutation.text import text_mutants
from fxfir.verify.mutation.wrapper import wrapper_mutants
from fxfir.verify.target import Target, load
from fxfir.verify.vectors import read_vectors

__all__ = ["LEVELS", "mutate"]

LEVELS: dict[str, str] = {
    "text": "every number, index, operator, condition and assignment of the Verilog",
    "stream": "lost and repeated samples, a later output, a dead reset, around the core",
    "contract": "every coefficient bit, rounding and overflow of the filter, built anew",
}


def mutate(
    folder: str | Path,
    *,
    levels: Sequence[str] = tuple(LEVELS),
    most: int | None = None,
    seed: int = 1,
    workers: int = 2,
    limit_s: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MutationReport:
    """Break a core in every way there is and see whether its own plain bench notices.

    Parameters
    ----------
    folder : path
        A core folder with its `<name>_tb.v`.
    levels : sequence of str, optional
        Keys of `LEVELS`.
    most : int, optional
        Run a random sample of at most that many mutants per level.
    seed : int, optional
        Of the sample.
    workers : int, optional
        Simulations at a time.
    limit_s : float, optional
        Wall-clock limit of one simulation; a mutant that hangs is killed.
    progress : callable, optional
        Called with the mutants done and begun so far.

    Returns
    -------
    MutationReport

    Raises
    ------
    EngineError
        If a level is unknown.
    ReadError
        If the folder does not hold a core.
    ToolError
        If Icarus is missing, or the bench fails on the unchanged core.
    """
    for level in levels:
        if level not in LEVELS:
            raise EngineError(f"mutation level must be one of {', '.join(LEVELS)}, got {level!r}")
    target = load(folder)
    text = target.verilog.read_text(encoding="utf-8")
    runner = BenchRunner(target, limit_s=limit_s)
    plans = [_plan(level, target, text, most, seed) for level in levels]
    total = sum(len(plan.picked) for plan in plans)
    results: list[Result] = []
    running: deque[Future[Result]] = deque()

    def collect(at_most: int) -> None:
        while len(running) > at_most:
            results.append(running.popleft().result())
            if progress is not None:
                progress(len(results), max(total, len(results)))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            for plan in plans:
                for mutant in plan.mutants():
                    running.append(pool.submit(_judge, target, runner, mutant, text))
                    # Texts are large: only as many as keep the workers busy exist at a time.
                    collect(2 * workers)
            collect(0)
        except BaseException:
            runner.stop()
            pool.shutdown(cancel_futures=True)
            raise
    possible = sum(plan.count for plan in plans)
    return MutationReport(name=target.name, results=tuple(results), n_possible=possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Mutants of one level: how many there are, which are wanted, and how to make those."""

    count: int
    picked: frozenset[int]
    mutants: Callable[[], Iterator[Mutant]]


def _plan(level: str, target: Target, text: str, most: int | None, seed: int) -> _Plan:
    match level:
        case "text":
            count = sum(1 for _ in text_mutants(text))
        case "stream":
            count = len(list(wrapper_mutants(target, text, samples=_length(target))))
        case _:
            count = sum(1 for _ in contract_changes(to_json(target.node)))
    picked = _pick(count, most, seed)

    def make() -> Iterator[Mutant]:
        match level:
            case "text":
                found = text_mutants(text)
            case "stream":
                found = wrapper_mutants(target, text, samples=_length(target))
            case _:
                emit = emitter(target)
                yield from contract_mutants(target, emit, keep=lambda k: k in picked)
                return
        yield from (m for k, m in enumerate(found) if k in picked)

    return _Plan(count=count, picked=picked, mutants=make)


def _pick(count: int, most: int | None, seed: int) -> frozenset[int]:
    if most is None or most >= count:
        return frozenset(range(count))
    order = sorted(
        range(count), key=words.uniform(count, seed=seed, stream=31).tolist().__getitem__
    )
    return frozenset(order[:most])


def _length(target: Target) -> int:
    inputs, _ = read_vectors(target)
    return int(inputs.shape[1])


def _judge(target: Target, runner: BenchRunner, mutant: Mutant, original: str) -> Result:
    outcome, said = runner.run(mutant.text)
    match outcome:
        case Outcome.FAILED | Outcome.HUNG:
            verdict, reason = Verdict.KILLED, said
        case Outcome.INVALID:
            verdict, reason = Verdict.INVALID, said
        case Outcome.PASSED:
            argument = (
                never_overflows(target.node, mutant.filter)
                or same_logic(original, mutant.text)
                or same_moves(original, mutant.text, target.pins)
                or unseen_at_power_up(runner, mutant, original)
            )
            verdict = Verdict.SURVIVED if argument is None else Verdict.EQUIVALENT
            reason = argument or said
        case _:
            assert_never(outcome)
    kept = "" if verdict is Verdict.KILLED else mutant.diff(original)
    return Result(kind=mutant.kind, where=mutant.where, verdict=verdict, reason=reason, diff=kept)
