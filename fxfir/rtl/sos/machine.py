"""The gates that run a program: two memories, a multiplier, an accumulator and the casts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib.memory import Memory, MemoryData

from fxfir.fixed import Cast, Rounding
from fxfir.rtl.arith import node
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.residue import residue
from fxfir.rtl.core import Core
from fxfir.rtl.sos.control import Control
from fxfir.rtl.sos.program import INPUT, Base, Program, Word
from fxfir.rtl.sos.store import Store

__all__ = ["Machine"]


class Machine:
    """Data path of a serial cascade; its stages are those of `fxfir.rtl.sos.program`.

    Parameters
    ----------
    core : Core
        Its ports are driven here.
    program : Program
    output : Requantiser
        The output cast.

    Attributes
    ----------
    m : Module
        Holds the gates.
    """

    def __init__(self, core: Core, program: Program, output: Requantiser) -> None:
        self.m = m = Module()
        self._core = core
        self._program = program
        self._ends = {s: op.end for s, op in program.ops.items() if op.end is not None}
        self._ce = Signal(name="ce")
        accept = Signal(name="accept")
        self._control = Control(m, ce=self._ce, accept=accept, slots=program.interval)
        m.d.comb += [
            core.i.ready.eq(self._ce & (self._control.step == 0)),
            accept.eq(core.i.valid & core.i.ready),
        ]
        x = node.word(core.i.payload, core.filter.inputs[0])
        self._x = node.register(m, x, "x", en=accept)
        self._sums: dict[Cast, tuple[int, int]] = {}
        self._casts: dict[Cast, Requantiser] = {}
        for cast in dict.fromkeys(end.cast for end in self._ends.values()):
            sums = [program.sums[slot] for slot, end in self._ends.items() if end.cast == cast]
            self._sums[cast] = lo, hi = _range((s.lo, s.hi) for s in sums)
            self._casts[cast] = Requantiser(cast, lo=lo, hi=hi, frac=program.acc.frac)
        self._result = _variable("result", [(c.lo, c.hi) for c in self._casts.values()])
        self._samples = self._store("samples", program.histories, copies=2)
        self._states = self._store("states", program.states, copies=1)

        total = self._accumulate(self._product(self._operand()), self._base())
        self._cast(total)
        self._write_sample(self._error(total))
        self._write_state()
        self._finish(output)

    def _store(self, name: str, words: Sequence[str], *, copies: int) -> Store | None:
        """Make a memory for some words; none needs none."""
        if not words:
            return None
        ranges = [self._program.words[word] for word in words]
        return Store(self.m, name, ranges, copies=copies, ce=self._ce)

    def _operand(self) -> Exact:
        """Stage 1: the sample to multiply, zero if it is from before the reset."""
        program, control = self._program, self._control
        inputs = {s for s, op in program.ops.items() if (op.read.word, op.read.age) == (INPUT, 0)}
        reads = {s: op.read for s, op in program.ops.items() if s not in inputs}
        if self._samples is None:
            return self._x
        place = {s: program.histories.index(r.word) for s, r in reads.items()}
        old1 = control.mark([s for s, r in reads.items() if r.age == 1], "old1", stage=0)
        old2 = control.mark([s for s, r in reads.items() if r.age == 2], "old2", stage=0)
        # Two samples of each history take turns: the newest replaces the one of age 2.
        address = Cat(control.parity ^ old1, control.table(place, "sample_place", stage=0))
        missing = (old1 & ~control.passed[0]) | (old2 & ~control.passed[1])
        stored = self._samples.read(address, control.delay(~missing, "sample_exists"))
        newest = control.mark(inputs, "newest", stage=1)
        return node.wire(self.m, node.select(newest, self._x, stored), "operand")

    def _product(self, operand: Exact) -> Exact:
        """Stage 2: the operand times the slot's coefficient."""
        program = self._program
        coeffs = [program.ops[s].coeff if s in program.ops else 0 for s in range(program.interval)]
        kinds = {op.coeff for op in program.ops.values()}
        if len(kinds) == 1:
            product = node.mul_const(operand, kinds.pop())
            return node.register(self.m, product, "product", en=self._ce)
        shape = node.shape_of(*_range((c, c) for c in coeffs))
        rom = Memory(data=MemoryData(shape=shape, depth=len(coeffs), init=coeffs))
        self.m.submodules.coefficients = rom
        port = rom.read_port()
        self.m.d.comb += [port.addr.eq(self._control.step), port.en.eq(self._ce)]
        words = [(program.words[op.read.word], op.coeff) for op in program.ops.values()]
        lo, hi = _range((w.lo * c, w.hi * c) for w, c in words)
        product = node.sized(operand.value * port.data, lo, hi)
        return node.register(self.m, product, "product", en=self._ce)

    def _base(self) -> Exact:
        """Stage 2: what a new sum starts from, at the accumulator's binary point."""
        program, control = self._program, self._control
        bases = {s: op for s, op in program.ops.items() if op.base_word}
        if not bases:
            return node.constant(0)
        word = self._result
        if self._states is not None:
            reads = {s: op.base_word for s, op in bases.items() if op.base is Base.STATE}
            place = {s: program.states.index(word) for s, word in reads.items()}
            stored = self._states.read(
                control.table(place, "state_place", stage=0),
                control.delay(control.passed[0], "state_exists"),
            )
            word = node.select(control.mark(reads, "from_state", stage=1), stored, word)
        lo, hi = _range(
            (program.words[op.base_word].lo, program.words[op.base_word].hi)
            for op in bases.values()
        )
        word = node.wire(self.m, node.sized(word.value, lo, hi), "base_word")
        kinds = {s: program.words[op.base_word] for s, op in bases.items()}
        aligned = self._align(word, kinds, "base_align", stage=1)
        based = control.mark(bases, "based", stage=1)
        return node.register(
            self.m, node.select(based, aligned, node.constant(0)), "base", en=self._ce
        )

    def _align(self, x: Exact, words: Mapping[int, Word], name: str, *, stage: int) -> Exact:
        """Shift a number by what its slot's binary point lacks, as wide as it is in such slots."""
        acc = self._program.acc
        shifts = {s: acc.frac - word.frac for s, word in words.items()}
        kinds = sorted(set(shifts.values()))
        choice = {s: kinds.index(shift) for s, shift in shifts.items()}
        which = self._control.table(choice, name, stage=stage)
        shifted = []
        for shift in kinds:
            lo, hi = _range((w.lo, w.hi) for s, w in words.items() if shifts[s] == shift)
            shifted.append(node.shift_left(node.sized(x.value, lo, hi), shift))
        aligned = shifted[0]
        for k, other in enumerate(shifted[1:], start=1):
            aligned = node.select(which == k, other, aligned)
        return node.wire(self.m, aligned, f"{name}ed")

    def _accumulate(self, product: Exact, base: Exact) -> Exact:
        """Stage 3: products added up; every finished sum lies in the program's range."""
        acc = self._program.acc
        total = _variable("acc", [(acc.lo, acc.hi)])
        ops = self._program.ops
        chained = self._control.mark(
            [s for s, op in ops.items() if op.base is Base.SUM], "chained", stage=2
        )
        products = {}
        for s, op in ops.items():
            read = self._program.words[op.read.word]
            lo, hi = sorted((read.lo * op.coeff, read.hi * op.coeff))
            products[s] = Word(lo=lo, hi=hi, frac=op.frac)
        aligned = self._align(product, products, "product_align", stage=2)
        start = node.select(chained, total, base)
        with self.m.If(self._ce):
            self.m.d.sync += total.value.eq(
                node.sized(start.value + aligned.value, acc.lo, acc.hi).value
            )
        return total

    def _cast(self, total: Exact) -> None:
        """Stage 4: a finished sum becomes the result."""
        control = self._control
        choice = {s: list(self._casts).index(end.cast) for s, end in self._ends.items()}
        which = control.table(choice, "cast", stage=3)
        words = []
        for k, (cast, gates) in enumerate(self._casts.items()):
            # Meant for sums of this cast; what it makes of others is not selected.
            own = node.sized(total.value, *self._sums[cast])
            words.append(gates.combinational(self.m, own, f"cast{k}"))
        word = words[0]
        for k, other in enumerate(words[1:], start=1):
            word = node.select(which == k, other, word)
        word = node.wire(self.m, word, "word")
        with self.m.If(self._ce & control.live(3) & control.mark(self._ends, "ends", stage=3)):
            self.m.d.sync += self._result.value.eq(word.value)

    def _error(self, total: Exact) -> Exact | None:
        """Stage 4: what the rounding of a finished sum dropped; None if nobody reads it."""
        program, control = self._program, self._control
        rules: dict[tuple[Rounding, int, int], list[int]] = {}
        for slot, word in program.error_at.items():
            end = self._ends[slot - 1]
            frac = program.words[word].frac
            rules.setdefault((end.cast.rounding, end.cast.to.frac, frac), []).append(slot - 1)
        if not rules:
            return None
        errors = []
        for k, ((rounding, to_frac, frac), _) in enumerate(rules.items()):
            # The sum holds no finer bits than its own terms do.
            finer = program.acc.frac - frac
            bits = total.value[finer:]
            exact = node.sized(
                bits.as_signed() if total.signed else bits, total.lo >> finer, total.hi >> finer
            )
            errors.append(
                residue(self.m, exact, f"error{k}", rounding=rounding, shift=frac - to_frac)
            )
        choice = {s: k for k, slots in enumerate(rules.values()) for s in slots}
        which = control.table(choice, "error_kind", stage=3)
        error = errors[0]
        for k, other in enumerate(errors[1:], start=1):
            error = node.select(which == k, other, error)
        keep = self._ce & control.mark(choice, "errs", stage=3)
        return node.register(self.m, error, "error", en=keep)

    def _write_sample(self, error: Exact | None) -> None:
        """Stage 4: the result, the input or an error joins its history."""
        program, control = self._program, self._control
        if self._samples is None:
            return
        words = {s: end.write for s, end in self._ends.items() if end.write in program.histories}
        data = self._result
        if program.input_at is not None:
            words[program.input_at] = INPUT
            data = node.select(
                control.mark([program.input_at], "store_input", stage=4), self._x, data
            )
        if error is not None:
            words |= program.error_at
            data = node.select(control.mark(program.error_at, "store_error", stage=4), error, data)
        place = {s: program.histories.index(word) for s, word in words.items()}
        self._samples.write(
            Cat(control.parity_at(4), control.table(place, "sample_target", stage=4)),
            data,
            control.live(4) & control.mark(words, "stores", stage=4),
        )

    def _write_state(self) -> None:
        """Stage 4: the result becomes a state."""
        if self._states is None:
            return
        kept = {s: end.keep for s, end in self._ends.items() if end.keep}
        place = {s: self._program.states.index(word) for s, word in kept.items()}
        control = self._control
        self._states.write(
            control.table(place, "state_target", stage=4),
            self._result,
            control.live(4) & control.mark(kept, "keeps", stage=4),
        )

    def _finish(self, output: Requantiser) -> None:
        """Cast the last result into the output register, once that is free."""
        m, control, core, ce = self.m, self._control, self._core, self._ce
        at = [self._program.result_at]
        done = control.live(4) & control.mark(at, "completes", stage=4)
        if output.stages == 2:
            done = control.delay(done, "done", reset_less=False)
        load = Signal(name="load")
        m.d.comb += [
            # The machine stops only where its result would run into one that is not taken.
            ce.eq(core.o.ready | ~core.o.valid | ~done),
            load.eq(ce & done),
        ]
        last = self._program.words[self._ends[self._program.result_at].write]
        y = node.sized(self._result.value, last.lo, last.hi)
        if output.stages == 0:
            out = node.register(m, output.combinational(m, y, "out_word"), "out", en=load)
        else:
            out = output.pipelined(m, y, "out", enables=[ce] * (output.stages - 1) + [load])
        valid = Signal(name="valid")
        with m.If(load):
            m.d.sync += valid.eq(1)
        with m.Elif(core.o.ready):
            m.d.sync += valid.eq(0)
        m.d.comb += [core.o.payload.eq(out.value), core.o.valid.eq(valid)]


def _range(ends: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Lowest and highest of all ends and 0."""
    flat = [end for pair in ends for end in pair]
    return min([0, *flat]), max([0, *flat])


def _variable(name: str, ends: Iterable[tuple[int, int]]) -> Exact:
    lo, hi = _range(ends)
    return Exact(value=Signal(node.shape_of(lo, hi), name=name, reset_less=True), lo=lo, hi=hi)
