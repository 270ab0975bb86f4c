"""A changed overflow rule is excused where no sum can overflow, and nowhere else."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from fxfir.arith.flow import section_flow
from fxfir.arith.peak_gain import Block, cascade_peak_gains
from fxfir.arith.reach import cascade_reach
from fxfir.filters import Bank, FixedSos, Form, Interleave, to_json
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.verify.mutation.certified import never_overflows
from fxfir.verify.mutation.combinational import same_logic
from fxfir.verify.mutation.text import text_mutants
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
    assert most[1] == 34527 < 1 << 16


STEREO = Path(__file__).parents[3] / "hdl" / "cores" / "stereo_eq"


def test_no_input_leads_the_last_sum_of_stereo_eq_to_its_limits() -> None:
    """Each error through all that follows it: the norm of a product, not a product of norms."""
    node = load(STEREO).node
    assert isinstance(node, Interleave)
    (sos, _) = node.of_channels
    assert isinstance(sos, FixedSos)
    pairs = zip(sos.sections, sos.section_inputs, strict=True)
    flows = [section_flow(section, source.frac) for section, source in pairs]
    links = [Block(b=f.b, a=f.a) for f in flows]
    most = cascade_peak_gains(links)[-1][0].upper * -sos.input.lo * sos.input.step
    for k, (section, flow) in enumerate(zip(sos.sections, flows, strict=True)):
        rounded = Block(b=(1, 0, 0), a=flow.a)
        gains = cascade_peak_gains([rounded, *links[k + 1 :]], relative=Fraction(1, 64))
        most += gains[-1][0].upper * section.out.to.step / 2
    last = sos.sections[-1].out.to
    assert round(most / last.step) == 91445 < last.hi
    # The bound that hardware is sized by takes norm by norm, and is too wide here.
    assert [r is not None for r in cascade_reach(sos)] == [True, True, False]


def test_the_mutants_of_limits_that_never_act() -> None:
    """The survivors of stereo_eq: equal if the bits above a complete sum copy its sign."""
    text = load(STEREO).verilog.read_text()
    start, end = text.index("    wire cast_tie"), text.index("    wire signed [17:0] coeff")
    parts = re.compile(r"wire (signed \[17:0\] )?cast(_over|_under|_flag|_tie)? =")
    lines = text.split("\n")
    excused, others = [], []
    for mutant in text_mutants(text):
        number = int(mutant.where.split(":")[0].split()[1])
        if not parts.search(lines[number - 1]):
            continue
        before, after = (
            t[:start]
            + "    wire [42:0] whole = {{7{acc[35]}}, acc[35:0]};\n"
            + re.sub(r"\bacc\[", "whole[", t[start : len(t) - len(text) + end])
            + t[len(t) - len(text) + end :]
            for t in (text, mutant.text)
        )
        (others if same_logic(before, after) is None else excused).append(mutant.where)
    # Three of them are equal for every sum, and no survivors.
    assert len(excused) == 42 + 3
    assert sum("line 161: 18'd" in where for where in excused) == 36
    assert any("~cast_over" in where for where in others)
