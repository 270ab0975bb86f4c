"""Banks of cascades through one multiplier: the contract's promises, lanes in step."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir, Form, Interleave, Parallel
from fxfir.fixed import SQ, Cast
from fxfir.rtl import build
from fxfir.rtl.sos import Serial, Shared
from fxfir.rtl.sos.store import MEMORIES
from tests.rtl import contract
from tests.rtl.sos import cases

forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


def low(form):
    return cases.cascade(cases.make(form), cases.make(form, b=(2217, 0, -2217)))


def high(form):
    first = cases.make(form, b=(-16000, 0, 3000), a=(5000, -9000))
    return cases.cascade(first, cases.make(form, b=(554, 1108, 554), a=(-12000, 4000)))


def nodes(form):
    pair = Bank(filters=(low(form), high(form)))
    return {
        "bank": pair,
        "three": Bank(filters=(low(form), low(form), high(form))),
        "lanes": Parallel(filters=(low(form), high(form))),
        "bands_of_lanes": Parallel(filters=(pair, Bank(filters=(high(form), low(form))))),
    }


def frames(form):
    """Channels in turn, each with a bank: the same for all, or one each."""
    low_high = Bank(filters=(low(form), high(form)))
    return {
        "frames": Interleave(filters=(low_high,), channels=3),
        "banks": Interleave(filters=(low_high, Bank(filters=(low(form), low(form)))), channels=2),
        "three_each": Interleave(
            filters=(
                Bank(filters=(low(form), high(form), low(form))),
                Bank(filters=(low(form), low(form), low(form))),
                Bank(filters=(high(form), high(form), low(form))),
            ),
            channels=3,
        ),
        "same_bands": Interleave(
            filters=(Bank(filters=(low(form),) * 2), Bank(filters=(high(form),) * 2)), channels=2
        ),
    }


@forms
@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("name", nodes(Form.DF1))
def test_contract(form, memory, name, seed):
    node = nodes(form)[name]
    contract.check_all(
        lambda: Shared(node, memory=memory, target="ecp5"), node, random.Random(seed), samples=10
    )


@pytest.mark.parametrize(
    ("form", "memory"), list(zip(cases.FORMS, MEMORIES * 2, strict=True)), ids=str
)
@pytest.mark.parametrize("name", frames(Form.DF1))
def test_contract_of_channels(form, memory, name, seed):
    node = frames(form)[name]
    contract.check_all(
        lambda: Shared(node, memory=memory, target="ecp5"), node, random.Random(seed), samples=14
    )


@pytest.mark.parametrize("channels", [5, 64])
def test_any_number_of_channels(channels, seed):
    bank = Bank(filters=[cases.cascade(cases.make("df1", b=(k, 0, 900))) for k in (700, 9, -3000)])
    node = Interleave(filters=(bank,), channels=channels)
    lanes = contract.samples_for(node, 2 * channels + 3, random.Random(seed))
    contract.check_numbers_and_timing(lambda: Shared(node, target="ecp5"), node, lanes)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_bank(data):
    form = data.draw(st.sampled_from(cases.FORMS))
    count = data.draw(st.integers(2, 5))
    bands = [data.draw(st.sampled_from([low, high]))(form) for _ in range(count)]
    node = Bank(filters=bands)
    if data.draw(st.booleans()):
        node = Interleave(filters=(node,), channels=data.draw(st.integers(2, 6)))
    target = data.draw(st.sampled_from(["generic", "ecp5", "ice40", "xc7"]))
    rng = random.Random(data.draw(st.integers(0, 1 << 20)))
    contract.check_all(lambda: Shared(node, target=target), node, rng, samples=8)


@pytest.mark.parametrize(
    "node", [nodes("df1")["bank"], frames("df2t")["banks"]], ids=["bank", "banks"]
)
def test_reset_at_every_phase(node, seed):
    rng = random.Random(seed)
    timing = Shared(node).timing
    lanes = contract.samples_for(node, 5, rng)
    for edge in range(timing.startup + 1, timing.startup + 2 * timing.interval + 3):
        contract.check_reset(lambda: Shared(node), node, lanes, edge, rng, stalled=bool(edge % 2))


def test_the_engine_is_one_multiplier_and_its_pace_is_declared():
    node = nodes("df1")["three"]
    core = build(node, "shared")
    assert isinstance(core, Shared)
    inner = core.engine.timing
    assert core.timing.interval == 3 * inner.interval
    assert core.timing.latency == 2 * inner.interval + inner.latency
    assert build(node, core.architecture).timing == core.timing


@pytest.mark.parametrize("broken", ["order", "held", "late"])
def test_a_broken_wrapper_is_caught(broken, monkeypatch, seed):
    node = nodes("df1")["bands_of_lanes"]

    class Wrong(Shared):
        def __init__(self):
            super().__init__(node)
            if broken == "order":
                self._lanes = self._lanes[::-1]
            elif broken == "held":
                self._lanes = [0] * 4
            else:
                timing = self.timing
                self.timing = type(timing)(
                    latency=timing.latency + 1, interval=timing.interval, startup=timing.startup
                )

    with pytest.raises(AssertionError):
        contract.check_all(Wrong, node, random.Random(seed), samples=6)


@pytest.mark.parametrize("broken", ["one history", "turns swapped", "one bank for all"])
def test_a_broken_engine_of_channels_is_caught(broken, seed):
    node = frames("df1")["banks"]
    left, right = node.filters

    def turns(bank):
        return Interleave(filters=bank.filters, channels=2)

    class Wrong(Shared):
        def __init__(self):
            super().__init__(node)
            wrong = {
                "one history": turns(left),
                # Bands take the slow turn that is the channels'.
                "turns swapped": Interleave(filters=(turns(left), turns(right)), channels=2),
                "one bank for all": Interleave(
                    filters=tuple(Interleave(filters=(f,), channels=2) for f in left.filters),
                    channels=2,
                ),
            }
            self._engine = Serial(wrong[broken])

    with pytest.raises(AssertionError):
        contract.check_numbers_and_timing(
            Wrong, node, contract.samples_for(node, 12, random.Random(seed))
        )


@forms
def test_contract_of_several_multipliers(form, seed):
    for node in (nodes(form)["bank"], frames(form)["banks"]):
        contract.check_all(
            lambda node=node: Shared(node, multipliers=2, target="ecp5"),
            node,
            random.Random(seed),
            samples=12,
        )


def test_the_pace_decides():
    node = frames("df1")["frames"]
    one = build(node, "shared")
    assert one.architecture == {"name": "shared", "memory": "block"}
    for clocks, multipliers in ((20, 1), (19, 2), (2, 2)):
        core = build(node, "shared", clocks=clocks)
        assert core.architecture.get("multipliers", 1) == multipliers
        assert build(node, core.architecture).timing == core.timing
    assert core.timing.interval < one.timing.interval == 20
    with pytest.raises(ArchitectureError, match="from 1 to 2 for 2 sections, got 3"):
        build(node, {"name": "shared", "multipliers": 3})


def test_channels_of_equal_banks_share_their_coefficients():
    (core,) = Shared(frames("df1")["frames"]).engine.filter.filters[:1]
    assert len(core.filters) == 1
    every = Shared(frames("df1")["frames"]).timing
    one = Shared(nodes("df1")["bank"]).timing
    assert every == one


def test_refusals():
    one = low("df1")
    wide = cases.cascade(cases.make("df1", out=Cast(to=SQ(2, 15))))
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=one.input, output=one.output)
    for node, sentence in (
        (Bank(filters=(one,)), "channels must be from 2 to 64, got 1"),
        (Bank(filters=(one,) * 65), "from 2 to 64, got 65"),
        (Bank(filters=(one, wide)), "channels of one multiplier must have"),
        (Bank(filters=(one, fir)), "architecture 'shared' builds cascades, got FixedFir"),
    ):
        with pytest.raises(ArchitectureError, match=re.escape(sentence)):
            Shared(node)
    uneven = tuple(Interleave(filters=(one,), channels=n) for n in (2, 3))
    with pytest.raises(ArchitectureError, match=r"must be as many in each, got \[2, 3\]"):
        Serial(Interleave(filters=uneven, channels=2))
    with pytest.raises(ArchitectureError, match="banks of several cascades, got Bank"):
        build(Interleave(filters=(Bank(filters=(one,)),), channels=2))
    assert build(frames("df1")["banks"]).architecture["name"] == "shared"
    with pytest.raises(ArchitectureError, match="architecture must be one of"):
        build(Bank(filters=(one, fir)), "shared")
    assert build(Bank(filters=(one, one)), "serial").architecture["name"] == "bank"
