"""The four forms written down as products for one multiplier.

All old samples of a section can be multiplied before its input is known, so only one product per
section waits for the section before it. In the transposed forms each state is computed when it
is needed, from the old samples it is made of, and not one sample early: the numbers are equal,
and only the second state of a pair has to be stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from fxfir.arith.reach import Reach, SectionReach, cascade_reach
from fxfir.errors import ArchitectureError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import Cast
from fxfir.rtl.arith.residue import residue_range
from fxfir.rtl.sos.program import (
    FORWARD,
    INPUT,
    Base,
    Block,
    End,
    Op,
    Program,
    Read,
    Word,
    schedule,
)

__all__ = ["compile_cascade"]


def compile_cascade(filter: FixedSos) -> Program:
    """Write a cascade down as operations and give each its slot.

    Parameters
    ----------
    filter : FixedSos
        Any forms and formats, mixed.

    Returns
    -------
    Program

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> half = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...               state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(half, half), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> program = compile_cascade(sos)
    >>> program.interval, program.result_at
    (10, 9)
    """
    words = {INPUT: Word.of(filter.input)}
    blocks: list[Block] = []
    x = INPUT
    for k, (spec, reach) in enumerate(zip(filter.sections, cascade_reach(filter), strict=True)):
        y, known = f"y{k}", reach or {}
        if not isinstance(spec, Direct):
            raise ArchitectureError(
                f"architecture 'serial' builds direct forms, got {spec.kind} in section {k}"
            )
        words[y] = _word(spec.out, known.get("y"))
        match spec.form:
            case Form.DF1:
                blocks += _df1(words, spec, known, x, k)
            case Form.DF2:
                blocks += _df2(words, spec, known, x, k)
            case Form.DF1T:
                blocks += _df1t(words, spec, known, x, k)
            case Form.DF2T:
                blocks += _df2t(words, spec, known, x, k)
            case _:
                assert_never(spec.form)
        x = y
    return schedule(words, blocks)


def _df1(words: dict[str, Word], spec: Direct, known: SectionReach, x: str, k: int) -> list[Block]:
    y, err = f"y{k}", f"err{k}"
    b0, b1, b2 = _numerator(words, spec, x)
    a1, a2 = _denominator(words, spec, y)
    exact = [p for p in (b0, b1, b2, a1, a2) if p.coeff]
    frac = max((p.frac for p in exact), default=spec.out.to.frac)
    shift = frac - spec.out.to.frac
    e1: list[Op] = []
    e2: list[Op] = []
    if spec.feedback is not None and any(spec.feedback) and shift > 0:
        lo, hi = residue_range(spec.out.rounding, shift)
        words[err] = Word(lo=lo, hi=hi, frac=frac)
        e1, e2 = (
            [Op(coeff=-e, read=Read(word=err, age=age), frac=frac)]
            for age, e in enumerate(spec.feedback, start=1)
        )
    error = err if err in words else ""
    end = End(cast=spec.out, write=y, error=error, reach=known.get("y"))
    # What the sample before wrote last is read last, for a short pass of a single section.
    return [dict(enumerate(_sum([b2, b1, *e2, a2, a1, *e1, b0], end)))]


def _df2(words: dict[str, Word], spec: Direct, known: SectionReach, x: str, k: int) -> list[Block]:
    rule, w, y = _state_cast(spec), f"w{k}", f"y{k}"
    words[w] = _word(rule, known.get("w"))
    a1, a2 = _denominator(words, spec, w)
    b0, b1, b2 = _numerator(words, spec, w)
    one = _product(words, 1, 0, x, 0)
    return [
        dict(enumerate(_sum([a2, a1, one], End(cast=rule, write=w, reach=known.get("w"))))),
        dict(enumerate(_sum([b2, b1, b0], End(cast=spec.out, write=y, reach=known.get("y"))))),
    ]


def _df2t(words: dict[str, Word], spec: Direct, known: SectionReach, x: str, k: int) -> list[Block]:
    rule, s, y = _state_cast(spec), f"s{k}", f"y{k}"
    words[s] = _word(rule, known.get("s1"), known.get("s2"))
    b0, b1, b2 = _numerator(words, spec, x, delay=1)
    a1, a2 = _denominator(words, spec, y, delay=1)
    end = End(cast=spec.out, write=y, reach=known.get("y"))
    ends = (
        End(cast=rule, reach=known.get("s1")),
        End(cast=rule, keep=s, reach=known.get("s2")),
        end,
    )
    return [_transposed(s, [b1, a1], [b2, a2], b0, ends)]


def _df1t(words: dict[str, Word], spec: Direct, known: SectionReach, x: str, k: int) -> list[Block]:
    rule, r, t, w, y = _state_cast(spec), f"r{k}", f"t{k}", f"w{k}", f"y{k}"
    words[r] = _word(rule, known.get("r1"), known.get("r2"))
    words[t] = _word(rule, known.get("t1"), known.get("t2"))
    words[w] = _word(rule, known.get("w"))
    a1, a2 = _denominator(words, spec, w, delay=1)
    b0, b1, b2 = _numerator(words, spec, w, delay=1)
    one = _product(words, 1, 0, x, 0)
    loop = (
        End(cast=rule, reach=known.get("r1")),
        End(cast=rule, keep=r, reach=known.get("r2")),
        End(cast=rule, write=w, reach=known.get("w")),
    )
    out = (
        End(cast=rule, reach=known.get("t1")),
        End(cast=rule, keep=t, reach=known.get("t2")),
        End(cast=spec.out, write=y, reach=known.get("y")),
    )
    return [_transposed(r, [a1], [a2], one, loop), _transposed(t, [b1], [b2], b0, out)]


def _transposed(
    state: str, first: list[Op], second: list[Op], last: Op, ends: tuple[End, End, End]
) -> Block:
    """Recompute the first state, store the second one anew, add the newest product."""
    stored = any(p.coeff for p in second)
    base = (Base.STATE, state) if stored else (Base.ZERO, "")
    block = dict(enumerate(_sum(first, ends[0], base)))
    made = len(block) - 1
    if stored:
        for op in _sum(second, ends[1]):
            block[len(block)] = op
    # The second state's cast comes too late to replace the first one as the result.
    newest = _sum([last], ends[2], (Base.RESULT, state))
    block[max(len(block), made + FORWARD)] = newest[0]
    return block


def _numerator(
    words: dict[str, Word], spec: Direct, x: str, *, delay: int | None = None
) -> list[Op]:
    """b0 x, b1 x1, b2 x2; with a delay, all but the first read the sample of that age."""
    return [
        _product(words, b, spec.b_coeff.frac, x, age if delay is None else min(age, delay))
        for age, b in enumerate(spec.b)
    ]


def _denominator(
    words: dict[str, Word], spec: Direct, y: str, *, delay: int | None = None
) -> list[Op]:
    """-a1 y1, -a2 y2; with a delay, both read the sample of that age."""
    return [
        _product(words, -a, spec.a_coeff.frac, y, delay or age)
        for age, a in enumerate(spec.a, start=1)
    ]


def _product(words: dict[str, Word], coeff: int, frac: int, word: str, age: int) -> Op:
    return Op(coeff=coeff, read=Read(word=word, age=age), frac=frac + words[word].frac)


def _sum(products: Sequence[Op], end: End, base: tuple[Base, str] = (Base.ZERO, "")) -> list[Op]:
    """Chain products into one sum; those by zero vanish, unless nothing would be left."""
    chain = [p for p in products if p.coeff] or list(products[-1:])
    chain[0] = replace(chain[0], base=base[0], base_word=base[1])
    chain[-1] = replace(chain[-1], end=end)
    return chain


def _word(rule: Cast, *sums: Reach | None) -> Word:
    """What a cast makes of any of these sums; all words of its format if one is not known."""
    known = [r.words for r in sums if r is not None]
    if len(known) < len(sums):
        return Word.of(rule.to)
    lo, hi = min(lo for lo, _ in known), max(hi for _, hi in known)
    return Word(lo=lo, hi=hi, frac=rule.to.frac)


def _state_cast(spec: Direct) -> Cast:
    if spec.state is None:
        raise ValueError(f"a {spec.form.value} section needs a state cast, got None")
    return spec.state
