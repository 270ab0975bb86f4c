"""The gates that run a plan: two memories, a multiplier, an accumulator and the casts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.fixed import Rounding
from fxfir.rtl.arith import node
from fxfir.rtl.arith.accumulator import accumulator
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.residue import residue
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.core import Core
from fxfir.rtl.sos.control import Control
from fxfir.rtl.sos.plan import Bounds, Kind, Plan, hull
from fxfir.rtl.sos.program import INPUT, Base
from fxfir.rtl.sos.store import Store, place_among, power_of_two

__all__ = ["Machine", "multiply_stages"]

_ROM_WORDS = {"ecp5": 512, "ice40": 16}
"""Coefficients that are kept in look-up tables; more are in block memories, from 64 elsewhere."""


def multiply_stages(plan: Plan, target: str) -> int:
    """Return the registers from the operands of a plan to their product."""
    return 2 if _factor(plan) is not None else multiplier(target).stages(*plan.operands)


def _factor(plan: Plan) -> int | None:
    """Return the only coefficient there is."""
    kinds = {c for row in plan.coeffs.values() for c in row}
    return kinds.pop() if len(kinds) == 1 else None


class Machine:
    """Data path of a serial cascade; its stages are those of `fxfir.rtl.sos.program`.

    Parameters
    ----------
    core : Core
        Its ports are driven here.
    plan : Plan
    output : Requantiser
        The output cast.
    memory : str
        What samples and states are kept in, one of `fxfir.rtl.sos.store.MEMORIES`.
    period : int
        Slots after which most of a pass repeats.
    target : str
    platform : object
        What `elaborate` was given.

    Attributes
    ----------
    m : Module
        Holds the gates.
    """

    def __init__(
        self,
        core: Core,
        plan: Plan,
        output: Requantiser,
        *,
        memory: str,
        period: int,
        target: str,
        platform: Any,
    ) -> None:
        self.m = m = Module()
        self._core = core
        self._plan = plan
        self._memory = memory
        self._target = target
        self._platform = platform
        self._d = plan.stages.multiply
        self._ce = Signal(name="ce")
        accept = Signal(name="accept")
        self._control = Control(
            m,
            ce=self._ce,
            accept=accept,
            slots=plan.interval,
            period=period,
            turns=plan.turns,
        )
        m.d.comb += [
            core.i.ready.eq(self._ce & self._control.free),
            accept.eq(core.i.valid & core.i.ready),
        ]
        x = node.word(core.i.payload, core.filter.inputs[0])
        self._x = node.register(m, x, "x", en=accept)
        self._casts: dict[Kind, Preround | Requantiser] = {}
        self._ranges: dict[Kind, Bounds] = {}
        results = []
        for kind in dict.fromkeys(one.kind for one in plan.sums.values()):
            found = hull(one.bounds for one in plan.sums.values() if one.kind == kind)
            exact = Requantiser(kind.cast, lo=found[0], hi=found[1], frac=plan.shift)
            results.append((exact.lo, exact.hi))
            rule = exact if kind.exact else Preround(kind.cast, frac=plan.shift)
            self._casts[kind] = rule
            bias = self._bias(kind)
            self._ranges[kind] = found[0] + min(bias, 0), found[1] + max(bias, 0)
        self._result = _variable("result", hull(results))
        self._samples = self._store("samples", plan.histories, copies=2)
        self._states = self._store("states", plan.states, copies=1)
        total = self._accumulate(self._product(self._operand()))
        self._cast(total)
        self._write_sample(self._error(total))
        self._write_state()
        self._finish(output)

    def _bias(self, kind: Kind) -> int:
        rule = self._casts[kind]
        return rule.bias if isinstance(rule, Preround) else 0

    def _store(self, name: str, words: Sequence[str], *, copies: int) -> Store | None:
        """Make a memory for some words of every channel; none needs none."""
        if not words:
            return None
        places = power_of_two(len(words)) * copies
        for count in self._plan.turns:
            places *= power_of_two(count)
        return Store(
            self.m,
            name,
            [self._plan.words[word] for word in words],
            # A single word would have an address of no bits.
            depth=max(2, places),
            memory=self._memory,
            ce=self._ce,
            target=self._target,
            platform=self._platform,
        )

    def _operand(self) -> Exact:
        """Return what enters the multiplier at edge j + 2: zero if it is from before a reset."""
        plan, control = self._plan, self._control
        inputs = {s for s, read in plan.reads.items() if (read.word, read.age) == (INPUT, 0)}
        stored = {s: r for s, r in plan.reads.items() if s not in inputs | plan.forwarded}
        bounds = hull(plan.words[read.word] for read in plan.reads.values())
        operand = node.constant(0)
        if self._samples is not None:
            place = {s: plan.histories.index(r.word) for s, r in stored.items()}
            old1 = control.mark([s for s, r in stored.items() if r.age == 1], "old1", among=stored)
            old2 = control.mark([s for s, r in stored.items() if r.age == 2], "old2", among=stored)
            # Two samples of each history take turns: the newest replaces the one of age 2.
            at = (control.parity ^ old1, place_among(control.table(place, "place"), plan.histories))
            self._samples.read(control.with_turn(*at))
            missing = (old1 & ~control.passed[0]) | (old2 & ~control.passed[1])
            exists = control.later(~missing, "exists", 2)
            operand = node.select(exists, self._samples.word, operand)
        if plan.forwarded:
            own = hull(plan.words[plan.reads[s].word] for s in plan.forwarded)
            again = control.mark(plan.forwarded, "again", among=stored)
            result = node.sized(self._result.value, *own)
            operand = node.select(control.later(again, "again", 2), result, operand)
        if inputs:
            newest = control.mark(inputs, "newest")
            operand = node.select(control.later(newest, "newest", 2), self._x, operand)
        return node.wire(self.m, node.sized(operand.value, *bounds), "operand")

    def _product(self, operand: Exact) -> Exact:
        """Return the product of each slot, at edge j + 1 + d."""
        plan, en = self._plan, self._ce
        bounds = hull(plan.products.values())
        factor = _factor(plan)
        if factor is not None:
            held = node.register(self.m, operand, "operand_q", en=en)
            return node.register(self.m, node.mul_const(held, factor), "product", en=en)
        product = multiplier(self._target).multiply(
            self.m, operand, self._coefficient(), "product", en=en, platform=self._platform
        )
        return node.sized(product.value, *bounds)

    def _coefficient(self) -> Exact:
        """Return the coefficient that enters the multiplier at edge j + 2."""
        plan, control = self._plan, self._control
        steps = power_of_two(plan.interval)
        count, group = len(plan.coeffs[plan.result_at]), (*plan.turns, 1)[0]
        # How many digits of a turn tell its coefficients; those of a group stand apart by a power.
        digits = 0 if count == 1 else 1 if count == group else 2
        apart = steps * power_of_two(group)
        depth = (steps, steps * count, apart * (count // group))[digits]
        table = [0] * depth
        for slot, row in plan.coeffs.items():
            for k, coeff in enumerate(row):
                table[slot + k % group * steps + k // group * apart] = coeff
        lo, hi = hull((c, c) for c in table)
        block = len(table) > _ROM_WORDS.get(self._target, 64)
        self.m.submodules.coefficients = rom = Memory(
            data=MemoryData(shape=node.shape_of(lo, hi), depth=len(table), init=table),
            attrs={"ram_style": "block"} if block else {},
        )
        step: Value = control.step
        if digits:
            step = control.with_turn(step, digits=digits)
        port = rom.read_port() if block else rom.read_port(domain="comb")
        if block:
            self.m.d.comb += port.en.eq(self._ce)
        else:
            step = control.later(step, "step", 1)
        self.m.d.comb += port.addr.eq(step)
        return node.register(self.m, node.sized(port.data, lo, hi), "coeff", en=self._ce)

    def _start(self) -> Exact | int:
        """Return what enters a register at edge j + 1 + d for a new sum to start from; a constant
        if all start from the same.
        """
        plan, control, d = self._plan, self._control, self._d
        biases = {begin: self._bias(plan.sums[end].kind) for end, begin in plan.starts.items()}
        based = {s: begin for s, begin in plan.begins.items() if begin[1]}
        if not based and len(set(biases.values())) == 1:
            return biases.popitem()[1]
        choices = sorted(set(biases.values()))
        which = control.table({s: choices.index(b) for s, b in biases.items()}, "bias")
        which = control.later(which, "bias", d + 1)
        bias = node.constant(choices[0])
        for k, other in enumerate(choices[1:], start=1):
            bias = node.select(which == k, node.constant(other), bias)
        if not based:
            return bias
        word = self._result
        if self._states is not None:
            reads = {s: word for s, (base, word, _) in based.items() if base is Base.STATE}
            place = control.table({s: plan.states.index(w) for s, w in reads.items()}, "state")
            place = control.later(place_among(place, plan.states), "state", d - 1)
            turn = control.later(control.with_turn(), "state_turn", d - 1)
            self._states.read(Cat(place, turn))
            exists = control.later(control.passed[0], "state_exists", d + 1)
            stored = node.select(exists, self._states.word, node.constant(0))
            from_state = control.mark(reads, "from_state", among=based)
            word = node.select(control.later(from_state, "from_state", d + 1), stored, word)
        word = node.sized(word.value, *hull(plan.words[name] for _, name, _ in based.values()))
        word = node.wire(self.m, word, "base_word")
        kinds = {s: (up, plan.words[name]) for s, (_, name, up) in based.items()}
        aligned = self._align(word, kinds, "base_align", stage=d + 1)
        has_base = control.later(control.mark(based, "based", among=plan.begins), "based", d + 1)
        aligned = node.select(has_base, aligned, node.constant(0))
        if choices == [0]:
            return aligned
        return node.add(aligned, bias)

    def _align(
        self, x: Exact, words: Mapping[int, tuple[int, Bounds]], name: str, *, stage: int
    ) -> Exact:
        """Shift a number by its slot's distance, as wide as it is in such slots."""
        kinds = sorted({up for up, _ in words.values()})
        choice = {s: kinds.index(up) for s, (up, _) in words.items()}
        which = self._control.later(self._control.table(choice, name), name, stage)
        shifted = []
        for up in kinds:
            bounds = hull(bounds for own, bounds in words.values() if own == up)
            shifted.append(node.shift_left(node.sized(x.value, *bounds), up))
        aligned = shifted[0]
        for k, other in enumerate(shifted[1:], start=1):
            aligned = node.select(which == k, other, aligned)
        return node.wire(self.m, aligned, f"{name}ed")

    def _accumulate(self, product: Exact) -> Exact:
        """Return the sum of edge j + 2 + d; only a finished one must lie within its range."""
        plan, control, d = self._plan, self._control, self._d
        lo, hi = hull(self._ranges.values())
        lifted = {s: (plan.lifts[s], plan.products[s]) for s in plan.products}
        aligned = self._align(product, lifted, "lift", stage=d + 2)
        first = control.mark(plan.begins, "first", among=plan.reads)
        start = self._start()
        shared: dict[str, Any] = {"en": self._ce, "platform": self._platform, "lo": lo, "hi": hi}
        first_at = control.later(first, "first", d + 2)
        if isinstance(start, int):
            gates = accumulator(self._target)
            return gates.build(self.m, aligned, "acc", start=start, first=first_at, **shared)
        base = node.sized(start.value, lo, hi)
        held = Signal(base.shape, name="base", reset_less=True)
        with self.m.If(self._ce):
            # All ones while a sum goes on: so the cells of some targets want it.
            self.m.d.sync += held.eq(Mux(control.later(first, "first", d + 1), base.value, -1))
        return accumulator(self._target).build_from(
            self.m, aligned, "acc", start=held, first=first_at, **shared
        )

    def _cast(self, total: Exact) -> None:
        """Make the result at edge j + 3 + d of a finished sum."""
        plan, control = self._plan, self._control
        stage = self._d + 3
        kinds = list(self._casts)
        which = control.later(
            control.table({s: kinds.index(one.kind) for s, one in plan.sums.items()}, "kind"),
            "kind",
            stage,
        )
        words = []
        for k, (kind, gates) in enumerate(self._casts.items()):
            # Meant for sums of this kind; what it makes of others is not selected.
            own = node.sized(total.value, *self._ranges[kind])
            words.append(gates.combinational(self.m, own, f"cast{k}" if len(kinds) > 1 else "cast"))
        word = words[0]
        for k, other in enumerate(words[1:], start=1):
            word = node.select(which == k, other, word)
        word = node.wire(self.m, node.sized(word.value, self._result.lo, self._result.hi), "word")
        ends = control.later(control.live(plan.sums, "end"), "ends", stage)
        with self.m.If(self._ce & ends):
            self.m.d.sync += self._result.value.eq(word.value)

    def _error(self, total: Exact) -> Exact | None:
        """Return what the rounding of a finished sum dropped; None if nobody reads it."""
        plan, control = self._plan, self._control
        rules: dict[tuple[Rounding, int], list[int]] = {}
        for slot in plan.error_at:
            one = plan.sums[slot - 1]
            rules.setdefault((one.kind.cast.rounding, one.dropped), []).append(slot - 1)
        if not rules:
            return None
        errors = []
        for k, (rounding, dropped) in enumerate(rules):
            # The sum holds no finer bits than its own terms do.
            finer = plan.shift - dropped
            bits = total.value[finer:]
            exact = node.sized(
                bits.as_signed() if total.signed else bits, total.lo >> finer, total.hi >> finer
            )
            errors.append(residue(self.m, exact, f"error{k}", rounding=rounding, shift=dropped))
        choice = {s: k for k, slots in enumerate(rules.values()) for s in slots}
        which = control.later(control.table(choice, "error_kind"), "error_kind", self._d + 3)
        error = errors[0]
        for k, other in enumerate(errors[1:], start=1):
            error = node.select(which == k, other, error)
        keep = control.later(control.mark(choice, "err"), "err", self._d + 3)
        return node.register(self.m, error, "error", en=self._ce & keep)

    def _write_sample(self, error: Exact | None) -> None:
        """Let the result, the input or an error join its history."""
        plan, control = self._plan, self._control
        if self._samples is None:
            return
        stage = self._plan.stages.write
        words = {s: one.write for s, one in plan.sums.items() if one.write in plan.histories}
        data = self._result
        if plan.input_at is not None:
            from_input = control.mark([plan.input_at], "store_input")
            words[plan.input_at] = INPUT
            data = node.select(control.later(from_input, "store_input", stage), self._x, data)
        if error is not None:
            words |= plan.error_at
            from_error = control.mark(plan.error_at, "store_error", among=words)
            data = node.select(control.later(from_error, "store_error", stage), error, data)
        place = {s: plan.histories.index(word) for s, word in words.items()}
        target = place_among(control.table(place, "target"), plan.histories)
        at = control.later(control.with_turn(control.parity, target), "write_at", stage)
        stores = control.live(words, "store")
        self._samples.write(at, data, control.later(stores, "stores", stage))

    def _write_state(self) -> None:
        """Let the result become a state."""
        plan, control = self._plan, self._control
        if self._states is None:
            return
        stage = self._plan.stages.write
        kept = {s: one.keep for s, one in plan.sums.items() if one.keep}
        place = control.table({s: plan.states.index(w) for s, w in kept.items()}, "keep_place")
        at = control.later(control.with_turn(place_among(place, plan.states)), "keep_at", stage)
        keeps = control.later(control.live(kept, "keep"), "keeps", stage)
        self._states.write(at, self._result, keeps)

    def _finish(self, output: Requantiser) -> None:
        """Cast the last result into the output register, once that is free."""
        m, control, core, ce, plan = self.m, self._control, self._core, self._ce, self._plan
        at = control.live([plan.result_at], "complete")
        stage = plan.stages.write + (output.stages == 2)
        done = control.later(at, "done", stage, reset_less=False)
        load = Signal(name="load")
        m.d.comb += [
            # The machine stops only where its result would run into one that is not taken.
            ce.eq(core.o.ready | ~core.o.valid | ~done),
            load.eq(ce & done),
        ]
        y = node.sized(self._result.value, *plan.words[plan.sums[plan.result_at].write])
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


def _variable(name: str, bounds: Bounds) -> Exact:
    lo, hi = bounds
    return Exact(value=Signal(node.shape_of(lo, hi), name=name, reset_less=True), lo=lo, hi=hi)
