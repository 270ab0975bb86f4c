"""Channels in turn at one sample per clock: the contract's promises, and defects that are seen."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import Direct, FixedSos, Form, Interleave
from fxfir.fixed import SQ, Cast, Rounding
from fxfir.rtl import build
from fxfir.rtl.sos import Frames
from tests.rtl import contract
from tests.rtl.sos import cases

WIDE = Cast(to=SQ(3, 20))


def frames(channels: int, *sections: Direct, **options) -> Interleave:
    return Interleave(filters=(cases.cascade(*sections, **options),), channels=channels)


def nodes() -> dict[str, Interleave]:
    plain, high = cases.make(Form.DF1), cases.make(Form.DF1, b=(2217, 0, -2217))
    alone = cases.make(Form.DF1, b=(1 << 12, 0, 0))
    return {
        "two": frames(2, plain),
        "three": frames(3, high, plain),
        "four": frames(4, alone, plain),
        "five": frames(5, plain, alone),
        "six": frames(6, high, plain),
        "wide_seven": frames(7, cases.make(Form.DF1, out=WIDE), alone),
        "shifts": frames(8, cases.make(Form.DF1, a=(-(1 << 14), 1 << 12)), plain),
        "shift_and_product": frames(6, cases.make(Form.DF1, a=(-20000, 1 << 13))),
        "many": frames(13, high),
        "wide": frames(4, cases.make(Form.DF1, out=WIDE), plain),
        "wide_two": frames(2, cases.make(Form.DF1, out=WIDE)),
        "delayed": frames(3, cases.make(Form.DF1, b=(0, 0, 554))),
        "no_poles": frames(3, cases.make(Form.DF1, a=(0, 0))),
        "one_pole": frames(4, cases.make(Form.DF1, a=(-9000, 0)), output=Cast(to=SQ(1, 9))),
    }


@pytest.mark.parametrize("target", ["generic", "ecp5"])
@pytest.mark.parametrize("name", nodes())
def test_contract(name, target, seed):
    node = nodes()[name]
    contract.check_all(
        lambda: Frames(node, target=target), node, random.Random(seed), samples=6 * node.channels
    )


@given(
    rounding=st.sampled_from(list(Rounding)),
    channels=st.integers(2, 8),
    target=st.sampled_from(["generic", "ecp5", "xc7"]),
    b=st.tuples(*[st.integers(-200, 200)] * 3),
    a=st.tuples(st.integers(-90, 90), st.integers(-60, 60)),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=15)
def test_any_section(rounding, channels, target, b, a, seed):
    section = Direct(
        form=Form.DF1, b=b, a=a, b_coeff=SQ(2, 7), a_coeff=SQ(2, 6), state=None,
        out=Cast(to=SQ(1, 6), rounding=rounding),
    )  # fmt: skip
    sos = FixedSos(sections=(section,), input=SQ(1, 5), output=Cast(to=SQ(1, 4), rounding=rounding))
    node = Interleave(filters=(sos,), channels=channels)
    contract.check_numbers_and_timing(
        lambda: Frames(node, target=target),
        node,
        contract.samples_for(node, 40, random.Random(seed)),
    )


def test_it_is_built_by_name():
    node = nodes()["four"]
    core = build(node, "parallel")
    assert isinstance(core, Frames)
    assert build(node, core.architecture).timing == core.timing
    assert core.timing.interval == 1
    assert core.timing.latency == 12


def test_a_mistaken_channel_is_seen(monkeypatch):
    """A counter that starts one channel late mixes the histories, and nothing else."""
    from fxfir.rtl.sos import frames as module

    node = nodes()["three"]
    right = module._counter

    def late(m, turns, name, en):
        return right(m, turns - ("leaves" in name), name, en)

    monkeypatch.setattr(module, "_counter", late)
    with pytest.raises(AssertionError):
        contract.check_all(lambda: Frames(node), node, random.Random(1))


@pytest.mark.parametrize("section", [
    cases.make(Form.DF2T),
    cases.make(Form.DF1, feedback=(-1, 0)),
])  # fmt: skip
def test_other_sections_are_refused(section):
    with pytest.raises(ArchitectureError, match="builds df1 sections without error feedback, got"):
        Frames(frames(3, section))


def test_other_filters_are_refused():
    one, other = cases.cascade(cases.make(Form.DF1)), cases.cascade(cases.make("df1", a=(0, 5)))
    with pytest.raises(ArchitectureError, match="one cascade for all channels, got 2"):
        Frames(Interleave(filters=(one, other), channels=2))
    with pytest.raises(ArchitectureError, match="an Interleave of FixedSos, got FixedSos"):
        Frames(one)
