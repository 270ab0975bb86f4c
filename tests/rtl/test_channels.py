"""Channels through one FIR core, and channels inside compositions."""

from dataclasses import replace
from random import Random

import pytest

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir, Interleave, Requantise, Series
from fxfir.fixed import SQ, Cast
from fxfir.rtl import architecture_names, build
from fxfir.rtl.channels import Spread, spread
from fxfir.rtl.fir import ARCHITECTURES
from tests.rtl.contract import check_all
from tests.rtl.sos import cases

FIR = FixedFir(taps=(3, -7, 12, -7, 3), coeff=SQ(5, 0), input=SQ(1, 9), output=Cast(to=SQ(4, 6)))
THREE = Interleave(filters=(FIR,), channels=3)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("target", ["generic", "ecp5"])
def test_every_architecture_keeps_channels_apart(arch, target, seed):
    check_all(lambda: build(THREE, arch, target=target), THREE, Random(seed), samples=30)


def test_a_core_is_built_again_from_what_it_says(seed):
    for arch in ("serial", "multiplierless"):
        core = build(THREE, arch)
        again = build(THREE, core.architecture)
        assert (again.architecture, again.timing) == (core.architecture, core.timing)
        check_all(
            lambda again=again: build(THREE, again.architecture), THREE, Random(seed), samples=12
        )


def test_names():
    assert architecture_names(THREE) == list(ARCHITECTURES)
    assert build(THREE).architecture == {"name": "symmetric"}
    sos = Interleave(filters=(cases.cascade(cases.make("df1")),), channels=2)
    assert architecture_names(sos) == ["serial", "parallel"]
    assert build(sos).architecture["name"] == "serial"


def test_channels_inside_compositions(seed):
    sos = Interleave(filters=(cases.cascade(cases.make("df1")),), channels=2)
    two = Interleave(filters=(replace(FIR, input=SQ(1, 15)),), channels=2)
    node = Bank(
        filters=(two, Series(stages=(sos, Requantise(input=SQ(1, 15), cast=Cast(to=SQ(1, 7))))))
    )
    check_all(lambda: build(node), node, Random(seed), samples=16)


def test_refusals():
    other = replace(FIR, taps=(1, 2, 3))
    with pytest.raises(ArchitectureError, match="must have the same taps, got 2 filters"):
        build(Interleave(filters=(FIR, other), channels=2))
    series = Series(stages=(FIR, Requantise(input=SQ(4, 6), cast=Cast(to=SQ(1, 7)))))
    with pytest.raises(ArchitectureError, match="banks of several cascades, got Series"):
        build(Interleave(filters=(series,), channels=2))
    with pytest.raises(ArchitectureError, match="need the core of the spread filter"):
        Spread(THREE, build(FIR))
    assert spread(THREE).n_taps == 13
