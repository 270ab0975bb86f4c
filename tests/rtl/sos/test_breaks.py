"""Every check of this folder, shown to fail on a design that is broken in one place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

import fxfir.arith.reach as reach_module
import fxfir.rtl.arith.node as node_module
import fxfir.rtl.pipeline as pipeline_module
import fxfir.rtl.sos.compile as compile_module
import fxfir.rtl.sos.control as control_module
import fxfir.rtl.sos.parallel as parallel_module
from fxfir.filters import Form, Interleave
from fxfir.fixed import SQ, Cast, Format, Overflow, Rounding
from fxfir.rtl.core import Core
from fxfir.rtl.sos import ARCHITECTURES
from fxfir.rtl.sos.parallel import Parallel
from fxfir.rtl.sos.pipe import Pipe
from fxfir.rtl.sos.serial import Serial
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.bench import ProtocolError
from tests.rtl.sos.checks import (
    chance,
    check_numbers,
    check_resets,
    check_stalls,
    check_timing,
    noise,
    rails,
)

architectures = pytest.mark.parametrize("arch", ARCHITECTURES)
forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


def telling(claimed, broken, seed):
    """Few words of which two filters make different ones."""
    for n in range(12, 400, 12):
        x = noise(claimed, n, seed)
        if oracle.run(claimed, x) != oracle.run(broken, x):
            return x
    raise LookupError("the two filters are the same")


class Posing(Core):
    """A core whose gates may differ from what it declares."""

    def __init__(self, inner: Core, claimed=None, **timing) -> None:
        self.inner = inner
        super().__init__(
            claimed or inner.filter,
            architecture=inner.architecture,
            timing=replace(inner.timing, **timing),
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = self.inner
        self.join(m, self.inner.i, self.inner.o)
        return m

    def join(self, m, i, o):
        wiring.connect(m, wiring.flipped(self.i), i)
        wiring.connect(m, o, wiring.flipped(self.o))


class Dropping(Posing):
    """Loses the third sample."""

    def join(self, m, i, o):
        count = Signal(8)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += count.eq(count + 1)
        m.d.comb += [
            i.payload.eq(self.i.payload),
            i.valid.eq(self.i.valid & (count != 2)),
            self.i.ready.eq(i.ready),
        ]
        wiring.connect(m, o, wiring.flipped(self.o))


class Late(Posing):
    """One register more than declared."""

    def join(self, m, i, o):
        wiring.connect(m, wiring.flipped(self.i), i)
        m.d.comb += o.ready.eq(self.o.ready | ~self.o.valid)
        with m.If(o.ready):
            m.d.sync += [self.o.valid.eq(o.valid), self.o.payload.eq(o.payload)]


class Hesitant(Posing):
    """Shows valid only to a sink that is ready."""

    def join(self, m, i, o):
        wiring.connect(m, wiring.flipped(self.i), i)
        m.d.comb += [
            self.o.payload.eq(o.payload),
            self.o.valid.eq(o.valid & self.o.ready),
            o.ready.eq(self.o.ready),
        ]


class Bubbling(Posing):
    """Refuses input for a dozen edges after each stall."""

    def join(self, m, i, o):
        rest = Signal(4)
        with m.If(self.o.valid & ~self.o.ready):
            m.d.sync += rest.eq(12)
        with m.Elif(rest != 0):
            m.d.sync += rest.eq(rest - 1)
        m.d.comb += [
            i.payload.eq(self.i.payload),
            i.valid.eq(self.i.valid & (rest == 0)),
            self.i.ready.eq(i.ready & (rest == 0)),
        ]
        wiring.connect(m, o, wiring.flipped(self.o))


class Restless(Posing):
    """Changes the payload while it waits."""

    def join(self, m, i, o):
        wiring.connect(m, wiring.flipped(self.i), i)
        waited = Signal()
        m.d.sync += waited.eq(self.o.valid & ~self.o.ready)
        m.d.comb += [
            self.o.payload.eq(Mux(waited, ~o.payload, o.payload)),
            self.o.valid.eq(o.valid),
            o.ready.eq(self.o.ready),
        ]


@architectures
@pytest.mark.parametrize(
    "form",
    ["df1", "df2t", *(pytest.param(f, marks=pytest.mark.slow) for f in ("df2", "df1t"))],
)
def test_every_bit_of_every_coefficient_matters(arch, form, seed):
    section = cases.make(
        form, b=(5, 6, -7), a=(-11, 5), b_coeff=SQ(2, 2), a_coeff=SQ(2, 3), out=Cast(to=SQ(2, 9))
    )
    claimed = cases.cascade(section, output=Cast(to=SQ(2, 9)))
    for name in ("b", "a"):
        fmt, words = getattr(section, f"{name}_coeff"), getattr(section, name)
        for k in range(len(words)):
            for bit in range(fmt.width):
                other = list(words)
                other[k] = ((words[k] - fmt.lo) ^ (1 << bit)) + fmt.lo
                broken = replace(claimed, sections=(replace(section, **{name: other}),))
                x = telling(claimed, broken, seed)
                with pytest.raises(AssertionError, match=r"sample \d+: got"):
                    check_numbers(Posing(ARCHITECTURES[arch](broken), claimed), x)


@architectures
@pytest.mark.parametrize(
    "rounding", [r for r in Rounding if r is not Rounding.HALF_EVEN], ids=lambda r: r.value
)
@forms
def test_a_wrong_rounding_inside_the_loop_is_caught(arch, form, rounding, seed):
    claimed = cases.narrow(form, Rounding.HALF_EVEN, Overflow.SATURATE)
    broken = cases.narrow(form, rounding, Overflow.SATURATE)
    broken = replace(broken, output=claimed.output)
    x = telling(claimed, broken, seed)
    with pytest.raises(AssertionError, match=r"sample \d+: got"):
        check_numbers(Posing(ARCHITECTURES[arch](broken), claimed), x)


@architectures
@forms
def test_a_missing_saturation_is_caught(arch, form):
    claimed = cases.high_q(form)
    wrap = Cast(to=SQ(1, 15), overflow=Overflow.WRAP)
    broken = replace(claimed, sections=[replace(s, out=wrap) for s in claimed.sections])
    with pytest.raises(AssertionError, match=r"sample \d+: got"):
        check_numbers(Posing(ARCHITECTURES[arch](broken), claimed), rails(claimed, 60))


@architectures
def test_a_dropped_sample_is_caught(arch, seed):
    core = Dropping(ARCHITECTURES[arch](cases.cascade(cases.make("df1"))))
    with pytest.raises(AssertionError, match=r"hangs after 9 of 10 outputs"):
        check_numbers(core, noise(core.filter, 10, seed))
    with pytest.raises(AssertionError, match=r"sample 2: got"):
        check_numbers(core, noise(core.filter, 10, seed), n_out=9)


@architectures
def test_wrong_timing_is_caught(arch):
    sos = cases.cascade(*[cases.make("df2t")] * 2)
    core = ARCHITECTURES[arch](sos)
    latency, interval = core.timing.latency, core.timing.interval
    check_timing(Late(core, latency=latency + 1))
    for wrong in (Late(core), Posing(core, latency=latency + 1), Posing(core, latency=latency - 1)):
        with pytest.raises(AssertionError, match="latency"):
            check_timing(wrong)
    with pytest.raises(AssertionError, match="interval"):
        check_timing(Posing(core, interval=interval + 1))
    with pytest.raises(AssertionError, match="startup"):
        check_timing(Posing(core, startup=1))


@architectures
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Hesitant, "the output follows its ready"),
        (Restless, "was not held"),
        (Bubbling, "a stall leaves a bubble"),
    ],
)
def test_a_broken_stream_is_caught(arch, kind, sentence, seed):
    core = kind(ARCHITECTURES[arch](cases.cascade(cases.make("df1"))))
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_stalls(core, 25, seed)
    assert isinstance(caught.value, ProtocolError) == (kind is not Bubbling)


def test_state_that_moves_without_samples_is_caught(monkeypatch, seed):
    monkeypatch.setattr(pipeline_module.Pipeline, "step", lambda self, m, stage: self.ce)
    core = Parallel(cases.cascade(cases.make("df1")))
    x = noise(core.filter, 20, seed)
    check_numbers(core, x[:1])
    with pytest.raises(AssertionError, match=r"sample \d+: got"):
        check_numbers(core, x, valid=chance(seed, 0.5))


def without_reset(monkeypatch, module, name):
    """Make one register of a design ignore the reset."""
    found = []

    def make(*args, **fields):
        if fields.get("name") == name:
            fields["reset_less"] = True
            found.append(name)
        return Signal(*args, **fields)

    monkeypatch.setattr(module, "Signal", make)
    return found


@pytest.mark.parametrize("name", ["free", "step", "phase", "channel", "passed1", "passed2"])
def test_a_missing_reset_of_the_sequencer_is_caught(monkeypatch, name, seed):
    found = without_reset(monkeypatch, control_module, name)
    sos = cases.cascade(*[cases.make("df1")] * 2)
    other = cases.cascade(*[cases.make("df1", b=(1, 2, 3))] * 2)
    core = Serial(Interleave(filters=(sos, other), channels=2))
    with pytest.raises(AssertionError, match=r"out of a reset|data at once|sample \d+: got"):
        check_resets(core, seed)
    assert found


@pytest.mark.parametrize("name", [f"done{k}" for k in range(1, 7)])
def test_a_missing_reset_of_slots_in_flight_is_caught(monkeypatch, name, seed):
    found = without_reset(monkeypatch, control_module, name)
    # A pass of one slot: the slot after a reset looks like the one before it.
    core = Serial(cases.cascade(cases.make("df1", b=(8191, 0, 0), a=(0, 0))))
    with pytest.raises(AssertionError, match="out of a reset"):
        check_resets(core, seed)
    assert found


@pytest.mark.parametrize("name", ["s0_a2y2", "s0_b2x1", "s0_bx1"])
def test_a_missing_reset_of_history_is_caught(monkeypatch, name, seed):
    found = without_reset(monkeypatch, node_module, name)
    core = Parallel(cases.cascade(cases.make("df1")))
    with pytest.raises(AssertionError, match=r"sample \d+: got"):
        check_resets(core, seed)
    assert found


@pytest.mark.parametrize(
    "section",
    [cases.make("df1"), cases.make("df2t"), cases.make("df1", b=(1, 0, 0), feedback=(-1, 0))],
    ids=["df1", "df2t", "feedback"],
)
@pytest.mark.parametrize("memory", ["distributed", "block"])
def test_a_pass_that_starts_too_early_is_caught(section, memory, seed):
    core = Serial(cases.cascade(section), memory=memory)
    found = core._plan
    # One edge is left for block memories that give anything while a word is written.
    early = 1 if memory == "block" else 2
    assert found.interval - early > max(found.reads)
    core._plan = replace(found, interval=found.interval - early)
    with pytest.raises(AssertionError, match=r"sample \d+: got"):
        check_numbers(core, noise(core.filter, 30, seed))


def test_a_pipe_must_be_as_long_as_declared():
    inner = Parallel(cases.cascade(cases.make("df1")))
    core = Core(inner.filter, architecture={}, timing=replace(inner.timing, latency=2))
    m = Module()
    pipe = Pipe(m, core)
    pipe.stage()
    with pytest.raises(ValueError, match=r"^a latency of 2 needs 2 stages, got 1$"):
        pipe.close()
    pipe.stage()
    pipe.close()
    with pytest.raises(ValueError, match=r"^a pipeline of 2 stages has no stage 3$"):
        pipe.stage()
    # A module that is never used is warned about.
    rtlil.convert(m, ports=[core.i.valid])


def test_a_section_without_its_cast_is_refused():
    section = cases.make("df2")
    object.__setattr__(section, "state", None)
    sos = cases.cascade(section)
    with pytest.raises(ValueError, match=r"^a df2 section needs a state cast, got None$"):
        Serial(sos)


@architectures
@forms
def test_a_range_that_is_certified_too_narrow_is_caught(arch, form, monkeypatch):
    def half(sos):
        found = reach_module.cascade_reach.__wrapped__(sos)
        return tuple(
            {n: replace(r, lo=r.lo // 2, hi=r.hi // 2) for n, r in section.items()}
            for section in found
        )

    cast = Cast(to=Format.parse("sfix26_En18"))
    state = None if form is Form.DF1 else cast
    sos = cases.cascade(cases.make(form, state=state, out=cast))
    check_numbers(ARCHITECTURES[arch](sos), rails(sos, 96))
    for module in (parallel_module, compile_module):
        monkeypatch.setattr(module, "cascade_reach", half)
    with pytest.raises(AssertionError):
        check_numbers(ARCHITECTURES[arch](sos), rails(sos, 96))
