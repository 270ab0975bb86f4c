"""The contract suite catches a broken core: each break here makes one of its checks fail."""

import random
from dataclasses import replace
from functools import reduce
from operator import xor

import pytest
from amaranth.hdl import Module, Signal

from fxfir.filters import Bank, FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.rtl import Core, Timing, build
from fxfir.rtl.arith.node import sized
from fxfir.rtl.fir import ARCHITECTURES, serial_store
from tests.rtl import contract
from tests.rtl.cases import FIRS

FILTER = FIRS["odd"]


class Wrapped(Core):
    """A sound core behind faulty wiring."""

    def __init__(self, inner: Core, fault: str) -> None:
        self.inner, self.fault = inner, fault
        super().__init__(inner.filter, architecture=inner.architecture, timing=inner.timing)

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = self.inner
        m.d.comb += [
            inner.i.payload.eq(self.i.payload),
            inner.i.valid.eq(self.i.valid),
            self.i.ready.eq(inner.i.ready),
            self.o.payload.eq(inner.o.payload),
            self.o.valid.eq(inner.o.valid),
            inner.o.ready.eq(self.o.ready),
        ]
        taken, given = Signal(4), Signal(4)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += taken.eq(taken + 1)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += given.eq(given + 1)
        match self.fault:
            case "none":
                pass
            case "drop an input":
                with m.If(taken == 5):
                    m.d.comb += inner.i.valid.eq(0)
            case "drop an output":
                with m.If(given == 5):
                    m.d.comb += [self.o.valid.eq(0), inner.o.ready.eq(1)]
                    with m.If(inner.o.valid):
                        m.d.sync += given.eq(6)
            case "repeat an output":
                again = Signal()
                with m.If((given == 5) & ~again):
                    m.d.comb += inner.o.ready.eq(0)
                    with m.If(self.o.valid & self.o.ready):
                        m.d.sync += again.eq(1)
            case "valid waits for ready":
                m.d.comb += self.o.valid.eq(inner.o.valid & self.o.ready)
            case "payload changes in a stall":
                stalled = Signal()
                m.d.sync += stalled.eq(self.o.valid & ~self.o.ready)
                m.d.comb += self.o.payload.eq(inner.o.payload ^ stalled)
            case "ready during start-up":
                with m.If(taken == 0):
                    m.d.comb += self.i.ready.eq(1)
            case "a bubble after a stall":
                # At the edge after a stall the pipeline stands still, bubble or not.
                stalled, before = Signal(), Signal()
                m.d.sync += [stalled.eq(self.o.valid & ~self.o.ready), before.eq(stalled)]
                with m.If(before):
                    m.d.comb += [self.i.ready.eq(0), inner.i.valid.eq(0)]
            case "output bit":
                m.d.comb += self.o.payload.eq(inner.o.payload ^ (given == 7))
            case _:
                raise AssertionError(self.fault)
        return m


FAULTS = [
    "drop an input",
    "drop an output",
    "repeat an output",
    "valid waits for ready",
    "payload changes in a stall",
    "ready during start-up",
    "a bubble after a stall",
    "output bit",
]


def _suite(make, node, seed):
    for round_ in range(3):
        contract.check_all(make, node, random.Random(seed + round_))


def test_a_sound_core_behind_sound_wiring_passes(seed):
    _suite(lambda: Wrapped(build(FILTER, "direct"), "none"), FILTER, seed)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_stream_is_caught(fault, seed):
    with pytest.raises(AssertionError):
        _suite(lambda: Wrapped(build(FILTER, "direct"), fault), FILTER, seed)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("bit", range(4))
def test_one_wrong_bit_of_a_tap_is_caught(name, bit, seed):
    taps = list(FILTER.taps)
    for k in (0, -1):  # both ends, so that the symmetry stays
        taps[k] ^= 1 << bit
    wrong = replace(FILTER, taps=tuple(taps))
    with pytest.raises(AssertionError):
        _suite(lambda: build(wrong, name), FILTER, seed)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("field", ["latency", "interval", "startup"])
def test_a_wrong_declaration_is_caught(name, field, seed):
    def make():
        core = Wrapped(build(FILTER, name), "none")
        core.timing = replace(core.timing, **{field: getattr(core.timing, field) + 1})
        return core

    lanes = contract.samples_for(FILTER, 9, random.Random(seed))
    with pytest.raises(AssertionError):
        contract.check_numbers_and_timing(make, FILTER, lanes)


def test_lanes_out_of_step_are_caught(seed):
    bank = Bank(filters=[FIRS["odd"], FIRS["even"]])

    def make():
        core = build(bank, "transposed")
        # One lane comes late by a clock, in a core that believes it is in step.
        late = core._cores[0]
        late.timing = Timing(latency=late.timing.latency + 1, startup=late.timing.startup)
        return core

    with pytest.raises(AssertionError):
        _suite(make, bank, seed)


def test_history_that_survives_a_reset_is_caught(monkeypatch, seed):
    def forgetful(*args, **options):
        # Once zeros were written they count as written, so a reset leaves the old samples.
        return Signal(
            *args, **options, **({"reset_less": True} if options["name"] == "flushed" else {})
        )

    rng = random.Random(seed)
    lanes = contract.samples_for(FILTER, 12, rng)
    contract.check_reset(lambda: build(FILTER, "serial"), FILTER, lanes, 90, rng)
    monkeypatch.setattr("fxfir.rtl.fir.serial_control.Signal", forgetful)
    with pytest.raises(AssertionError):
        contract.check_reset(lambda: build(FILTER, "serial"), FILTER, lanes, 90, rng)


@pytest.mark.parametrize("name", ["direct", "transposed", "symmetric", "systolic"])
def test_a_skid_that_is_not_read_or_not_told_of_is_caught(name, monkeypatch, seed):
    def straight(condition, a, b):
        return a

    monkeypatch.setattr("fxfir.rtl.pipeline.select", straight)
    with pytest.raises(AssertionError):
        _suite(lambda: build(FILTER, name), FILTER, seed)


@pytest.mark.parametrize("multipliers", [1, 2])
@pytest.mark.parametrize("memory", ["distributed", "block"])
def test_a_pointer_that_is_one_word_off_is_caught(monkeypatch, memory, multipliers, seed):
    class Astray(serial_store.Store):
        def _walk(self, bank, name):
            slot = super()._walk(bank, name)
            # Each bank in turn: the last one is the one that a test could overlook.
            if len(self._places) == len({(b.visits, b.depth) for b in self._plan.banks}) - 1:
                slot._init ^= 1
            return slot

    options = {"name": "serial", "memory": memory, "multipliers": multipliers}
    monkeypatch.setattr("fxfir.rtl.fir.serial.Store", Astray)
    with pytest.raises(AssertionError):
        _suite(lambda: build(FILTER, options), FILTER, seed)


@pytest.mark.parametrize("half", [9, 11])
def test_carries_that_are_miscounted_are_caught(half, monkeypatch, seed):
    def parity(bits):
        return sized(reduce(xor, bits), 0, len(bits))

    taps = [32767 - 2 * k for k in range(half)]
    cast = Cast(to=SQ(1, 15))
    filter = FixedFir(taps=taps + taps[::-1], coeff=SQ(1, 15), input=SQ(1, 15), output=cast)
    make = lambda: build(filter, "symmetric", target="ecp5")  # noqa: E731
    # Small samples, for the cast saturates most others.
    lanes = [[random.Random(seed + k).randint(-2000, 2000) for k in range(40)]]
    contract.check_numbers_and_timing(make, filter, lanes)
    monkeypatch.setattr("fxfir.rtl.arith.carries._popcount", parity)
    with pytest.raises(AssertionError):
        contract.check_numbers_and_timing(make, filter, lanes)


@pytest.mark.parametrize("target", ["generic", "ecp5"])
def test_valid_bits_that_survive_a_reset_are_caught(target, monkeypatch, seed):
    """A short filter pushes too few zeros to let what is in flight drain."""

    def forgetful(*args, **options):
        return Signal(*args, **options | {"reset_less": "valid" in options.get("name", "")})

    make = lambda: build(FILTER, "symmetric", target=target)  # noqa: E731
    rng = random.Random(seed)
    lanes = contract.samples_for(FILTER, 12, rng)
    contract.check_reset(make, FILTER, lanes, 40, rng)
    monkeypatch.setattr("fxfir.rtl.pipeline.Signal", forgetful)
    with pytest.raises(AssertionError):
        contract.check_reset(make, FILTER, lanes, 40, rng)
