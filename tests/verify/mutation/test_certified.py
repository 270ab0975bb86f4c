"""A changed overflow rule is excused where no sum can overflow, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest

from fxfir.arith.reach import cascade_reach
from fxfir.filters import Bank, FixedSos, Form, to_json
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.verify.mutation.certified import never_overflows
from fxfir.verify.target import load
from tests.rtl.sos import cases

ROOMY = Cast(to=Format.parse("sfix26_En18"))
TIGHT = Cast(to=Format.parse("sfix16_En18"))


def cascade(first: Cast, second: Cast) -> FixedSos:
    return cases.cascade(*(cases.make(Form.DF2T, state=c, out=c) for c in (first, second)))


def wrapped(sos: FixedSos, k: int, **changes) -> FixedSos:
    sections = list(sos.sections)
    out = replace(sections[k].out, overflow=Overflow.WRAP, **changes)
    sections[k] = replace(sections[k], out=out)
    return replace(sos, sections=sections)


@pytest.mark.parametrize("k", [0, 1])
def test_a_rule_that_never_acts_is_excused(k: int) -> None:
    sos = cascade(ROOMY, ROOMY)
    reason = never_overflows(sos, to_json(wrapped(sos, k)))
    assert reason is not None
    assert f"section {k}" in reason
    bank = Bank(filters=(sos, sos))
    assert never_overflows(bank, to_json(Bank(filters=(sos, wrapped(sos, k))))) is not None


def test_a_rule_that_acts_is_not() -> None:
    sos = cascade(ROOMY, TIGHT)
    assert never_overflows(sos, to_json(wrapped(sos, 0))) is not None
    assert never_overflows(sos, to_json(wrapped(sos, 1))) is None
    both = wrapped(wrapped(sos, 0), 1)
    assert never_overflows(sos, to_json(both)) is None


def test_another_difference_is_never_excused() -> None:
    sos = cascade(ROOMY, ROOMY)
    assert never_overflows(sos, None) is None
    assert never_overflows(sos, to_json(sos)) is None
    assert never_overflows(sos, to_json(wrapped(sos, 0, rounding=Rounding.FLOOR))) is None
    output = replace(sos, output=replace(sos.output, overflow=Overflow.WRAP))
    assert never_overflows(sos, to_json(output)) is None
    narrow = replace(sos.sections[0].out, to=Format.parse("sfix20_En18"))
    assert never_overflows(sos, to_json(wrapped(sos, 0, to=narrow.to))) is None
    assert never_overflows(sos, to_json(Bank(filters=(sos, sos)))) is None


def test_the_ranges_that_the_page_on_verification_tells() -> None:
    """Six mutants of sos8 are equivalent by these numbers, see docs/verification.md."""
    node = load(Path(__file__).parents[3] / "hdl" / "cores" / "sos8").node
    assert isinstance(node, FixedSos)
    most = []
    for reach in cascade_reach(node):
        assert reach is not None
        y = reach["y"]
        unit = 1 << (y.frac - y.cast.to.frac)
        most.append(max(round(-y.lo / unit), round(y.hi / unit)))
    assert (most[0], most[2]) == (27042, 19635)
    assert max(most[0], most[2]) < 1 << 15
    assert most[1] == 34527
    assert most[1] * max(map(abs, node.sections[2].b)) < 1 << 28
    assert node.sections[0].b[0] == 4096 == 1 << 12
