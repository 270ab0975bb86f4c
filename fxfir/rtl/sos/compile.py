"""Sections of every form written down as products for one multiplier.

All old samples of a section can be multiplied before its input is known, so only one product per
section waits for the section before it. In the transposed forms each state is computed when it
is needed, from the old samples it is made of, and not one sample early: the numbers are equal,
and only the second state of a pair has to be stored. State equations make their output first, for
the section behind waits for it, and then both states from the old ones, kept like samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from fxfir.arith.reach import Reach, SectionReach, cascade_reach
from fxfir.filters import Direct, FixedSos, Form, StateSpace
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
    Stages,
    Word,
    schedule,
)

__all__ = ["compile_cascade"]


def compile_cascade(
    filter: FixedSos, *, stages: Stages, channels: int = 1, peers: Sequence[FixedSos] = ()
) -> Program:
    """Write a cascade down as operations and give each its slot.

    Parameters
    ----------
    filter : FixedSos
        Any forms and formats, mixed.
    stages : Stages
    channels : int, optional
        Passes from a sample to the next one of the same history.
    peers : sequence of FixedSos, optional
        Cascades that take turns with this one: what only some of them multiply by zero stays.

    Returns
    -------
    Program

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> half = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...               state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(half, half), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> program = compile_cascade(sos, stages=Stages(multiply=3))
    >>> program.interval, program.result_at, sorted(program.forwarded)
    (10, 9, [9])
    """
    words = {INPUT: Word.of(filter.input)}
    blocks: list[Block] = []
    # States that are still to be made from their old values.
    pending: list[Block] = []
    x = INPUT
    for k, (spec, reach) in enumerate(zip(filter.sections, cascade_reach(filter), strict=True)):
        y, known = f"y{k}", reach or {}
        words[y] = _word(spec.out, known.get("y"))
        same = [peer.sections[k] for peer in peers if k < len(peer.sections)]
        if isinstance(spec, StateSpace):
            both = [spec, *(s for s in same if isinstance(s, StateSpace))]
            output, *states = _equations(spec, both, words, known, x, k)
            blocks += [*pending, output]
            x, pending = y, states
            continue
        if spec.form is not Form.DF1:
            blocks, pending = [*blocks, *pending], []
        # A df1 section reads a sample that its input is about to replace, so it comes at once.
        part = _Part(spec, [s for s in same if isinstance(s, Direct)], words, known, k)
        match spec.form:
            case Form.DF1:
                blocks += _df1(part, x)
            case Form.DF2:
                blocks += _df2(part, x)
            case Form.DF1T:
                blocks += _df1t(part, x)
            case Form.DF2T:
                blocks += _df2t(part, x)
            case _:
                assert_never(spec.form)
        x = y
    blocks += pending
    return schedule(words, blocks, stages, channels=channels, output=x)


class _Part:
    """A section being written down.

    Parameters
    ----------
    spec : Direct
    peers : sequence of Direct
        The same section of the cascades that take turns with this one.
    words : dict of str to Word
        Grows.
    known : SectionReach
    k : int
        Number of the section.
    """

    def __init__(
        self,
        spec: Direct,
        peers: Sequence[Direct],
        words: dict[str, Word],
        known: SectionReach,
        k: int,
    ) -> None:
        self.spec = spec
        self.words = words
        self.known = known
        self.k = k
        self._all = [spec, *peers]

    def name(self, word: str) -> str:
        """Return the name of a word of this section."""
        return f"{word}{self.k}"

    def numerator(self, x: str, *, delay: int | None = None) -> list[Op]:
        """b0 x, b1 x1, b2 x2; with a delay, all but the first read the sample of that age."""
        return [
            self.product(
                b,
                self.spec.b_coeff.frac,
                x,
                age if delay is None else min(age, delay),
                used=any(one.b[age] for one in self._all),
            )
            for age, b in enumerate(self.spec.b)
        ]

    def denominator(self, y: str, *, delay: int | None = None) -> list[Op]:
        """-a1 y1, -a2 y2; with a delay, both read the sample of that age."""
        return [
            self.product(
                -a,
                self.spec.a_coeff.frac,
                y,
                delay or age,
                used=any(one.a[age - 1] for one in self._all),
            )
            for age, a in enumerate(self.spec.a, start=1)
        ]

    def feedback_used(self) -> tuple[bool, bool]:
        """Tell whether e1 and e2 are used, here or in a cascade that takes turns with this one."""
        pairs = [one.feedback or (0, 0) for one in self._all]
        return any(e1 for e1, _ in pairs), any(e2 for _, e2 in pairs)

    def product(self, coeff: int, frac: int, word: str, age: int, *, used: bool = True) -> Op:
        """Return the product of a coefficient and a word."""
        frac += self.words[word].frac
        return Op(coeff=coeff, read=Read(word=word, age=age), frac=frac, used=used)

    def end(self, rule: Cast, sum: str, *, write: str = "", keep: str = "", error: str = "") -> End:
        """Return the end of a sum, whose reach is known by the name `sum`."""
        return End(cast=rule, write=write, keep=keep, error=error, reach=self.known.get(sum))

    def hold(self, name: str, rule: Cast, *sums: str) -> None:
        """Declare a word that is the cast of any of these sums."""
        self.words[name] = _word(rule, *(self.known.get(sum) for sum in sums))


def _df1(part: _Part, x: str) -> list[Block]:
    spec, y, err = part.spec, part.name("y"), part.name("err")
    b0, b1, b2 = part.numerator(x)
    a1, a2 = part.denominator(y)
    exact = [p for p in (b0, b1, b2, a1, a2) if p.used]
    frac = max((p.frac for p in exact), default=spec.out.to.frac)
    shift = frac - spec.out.to.frac
    e1: list[Op] = []
    e2: list[Op] = []
    used = part.feedback_used()
    if any(used) and shift > 0:
        lo, hi = residue_range(spec.out.rounding, shift)
        part.words[err] = Word(lo=lo, hi=hi, frac=frac)
        e1, e2 = (
            [Op(coeff=-e, read=Read(word=err, age=age), frac=frac, used=used[age - 1])]
            for age, e in enumerate(spec.feedback or (0, 0), start=1)
        )
    error = err if err in part.words else ""
    end = part.end(spec.out, "y", write=y, error=error)
    # What the sample before wrote last is read last, for a short pass of a single section.
    return [dict(enumerate(_sum([b2, b1, *e2, a2, a1, *e1, b0], end)))]


def _df2(part: _Part, x: str) -> list[Block]:
    spec, rule, w = part.spec, _state_cast(part.spec), part.name("w")
    part.hold(w, rule, "w")
    a1, a2 = part.denominator(w)
    b0, b1, b2 = part.numerator(w)
    one = part.product(1, 0, x, 0)
    end = part.end(spec.out, "y", write=part.name("y"))
    return [
        dict(enumerate(_sum([a2, a1, one], part.end(rule, "w", write=w)))),
        dict(enumerate(_sum([b2, b1, b0], end))),
    ]


def _df2t(part: _Part, x: str) -> list[Block]:
    spec, rule, s, y = part.spec, _state_cast(part.spec), part.name("s"), part.name("y")
    part.hold(s, rule, "s1", "s2")
    b0, b1, b2 = part.numerator(x, delay=1)
    a1, a2 = part.denominator(y, delay=1)
    ends = (
        part.end(rule, "s1"),
        part.end(rule, "s2", keep=s),
        part.end(spec.out, "y", write=y),
    )
    return [_transposed(s, [b1, a1], [b2, a2], b0, ends)]


def _df1t(part: _Part, x: str) -> list[Block]:
    rule = _state_cast(part.spec)
    r, t, w, y = (part.name(word) for word in ("r", "t", "w", "y"))
    part.hold(r, rule, "r1", "r2")
    part.hold(t, rule, "t1", "t2")
    part.hold(w, rule, "w")
    a1, a2 = part.denominator(w, delay=1)
    b0, b1, b2 = part.numerator(w, delay=1)
    one = part.product(1, 0, x, 0)
    loop = (
        part.end(rule, "r1"),
        part.end(rule, "r2", keep=r),
        part.end(rule, "w", write=w),
    )
    out = (
        part.end(rule, "t1"),
        part.end(rule, "t2", keep=t),
        part.end(part.spec.out, "y", write=y),
    )
    return [_transposed(r, [a1], [a2], one, loop), _transposed(t, [b1], [b2], b0, out)]


def _equations(
    spec: StateSpace,
    peers: Sequence[StateSpace],
    words: dict[str, Word],
    known: SectionReach,
    x: str,
    k: int,
) -> list[Block]:
    s1, s2, y = f"s1_{k}", f"s2_{k}", f"y{k}"
    words[s1], words[s2] = (_word(spec.state, known.get(name)) for name in ("s1", "s2"))
    reads = {"1": Read(word=s1, age=1), "2": Read(word=s2, age=1), "x": Read(word=x, age=0)}
    ops = {}
    for name, coeff, fmt in spec.words():
        read = reads["x" if name[0] in "bd" else name[-1]]
        used = any({n: w for n, w, _ in peer.words()}[name] for peer in peers)
        frac = fmt.frac + words[read.word].frac
        ops[name] = Op(coeff=coeff, read=read, frac=frac, used=used)
    sums = {
        y: (("c2", "c1", "d"), spec.out, "y"),
        s1: (("b1", "a12", "a11"), spec.state, "s1"),
        s2: (("b2", "a21", "a22"), spec.state, "s2"),
    }
    blocks = []
    for to, (names, rule, word) in sums.items():
        end = End(cast=rule, write=to, keep="", error="", reach=known.get(word))
        blocks.append(dict(enumerate(_sum([ops[name] for name in names], end))))
    return blocks


def _transposed(
    state: str, first: list[Op], second: list[Op], last: Op, ends: tuple[End, End, End]
) -> Block:
    """Recompute the first state, store the second one anew, add the newest product."""
    stored = any(p.used for p in second)
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


def _sum(products: Sequence[Op], end: End, base: tuple[Base, str] = (Base.ZERO, "")) -> list[Op]:
    """Chain products into one sum; those by zero vanish, unless nothing would be left."""
    chain = [p for p in products if p.used] or list(products[-1:])
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
