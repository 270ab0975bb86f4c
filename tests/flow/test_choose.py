"""`flow.choose`: what competes, what wins, and what is said when nothing fits."""

import re

import pytest

from fxfir import rtl
from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.flow import choose
from fxfir.rtl.cost import cost_of
from fxfir.spec.hardware import Hardware
from tests.rtl.cases import FIRS
from tests.rtl.sos import cases

WORDS = {"coeff": SQ(1, 15), "input": SQ(1, 15), "output": Cast(to=SQ(1, 15))}
SYMMETRIC = FixedFir(taps=(311, -1207, 977, 8123, 8123, 977, -1207, 311), **WORDS)
PLAIN = FixedFir(taps=(31, -1207, 977, 8123, 5017, 7), **WORDS)


def chosen(node=SYMMETRIC, **hardware):
    return choose(node, Hardware(**{"target": "ecp5"} | hardware))


def name(choice):
    return choice.architecture["name"]


def test_nothing_is_compared_where_nothing_is_known_to_compare_by():
    assert choose(SYMMETRIC, Hardware()) is None
    assert choose(SYMMETRIC, Hardware(clock_hz=1e8)) is None
    assert choose(SYMMETRIC, Hardware(target="ecp5", arch="serial")) is None
    assert choose(Bank(filters=[SYMMETRIC, PLAIN]), Hardware(target="ecp5")) is None


def test_full_rate_is_the_rule_where_no_rates_are_given():
    choice = chosen()
    assert name(choice) == "symmetric"
    assert {o.timing.interval for o in choice.options if o.timing} == {1}
    assert "serial" not in {o.architecture["name"] for o in choice.options}


def test_spare_clocks_are_for_the_serial_form():
    choice = chosen(clock_hz=1e8, rate_hz=1e6)
    assert name(choice) == "serial"
    assert rtl.build(SYMMETRIC, choice.architecture, target="ecp5").timing.interval <= 100


@pytest.mark.parametrize(("clocks", "multipliers"), [(2, 2), (3, 2), (4, 1), (50, 1)])
def test_as_few_multipliers_as_the_clocks_ask_for(clocks, multipliers):
    choice = chosen(clock_hz=clocks * 1e6, rate_hz=1e6, max_dsp=multipliers)
    serial = [o for o in choice.options if o.architecture["name"] == "serial"]
    assert {o.architecture["multipliers"] for o in serial} == {multipliers}
    assert all(o.timing.interval <= clocks for o in serial)


def test_what_is_minimised():
    assert name(chosen(minimise="dsp")) == "multiplierless"
    assert name(chosen(minimise="latency")) == "transposed"
    for node in (SYMMETRIC, PLAIN):
        for minimise, cost in (("luts", "luts"), ("dsp", "dsps")):
            choice = chosen(node, minimise=minimise)
            known = [getattr(o.cost, cost) for o in choice.options if o.cost]
            assert known == sorted(known)


def test_a_budget_of_multipliers():
    assert name(chosen(max_dsp=4)) == "symmetric"
    choice = chosen(max_dsp=3)
    assert name(choice) == "multiplierless"
    assert [o.misses for o in choice.options[1:]] == [
        (f"{o.cost.dsps} multiplier blocks",) for o in choice.options[1:]
    ]
    assert (
        choice.reason
        == "multiplierless (form direct, pipeline 1): the only one that fits (2 do not)"
    )


def test_the_winner_is_what_its_cost_says():
    for hardware in ({}, {"minimise": "dsp"}, {"minimise": "latency"}):
        choice = chosen(PLAIN, **hardware)
        core = rtl.build(PLAIN, choice.architecture, target="ecp5")
        assert choice.options[0].cost == cost_of(core, "ecp5")
        assert choice.options[0].timing == core.timing


def test_the_same_choice_every_time():
    assert chosen(minimise="dsp") == chosen(minimise="dsp")


def test_a_lower_bound_spares_the_search_for_a_graph():
    choice = chosen(clock_hz=1e8, rate_hz=1e6)
    (bounded,) = (o for o in choice.options if o.cost is None)
    assert bounded.architecture == {"name": "multiplierless"}
    won = choice.options[0].cost.luts
    core = rtl.build(SYMMETRIC, "multiplierless", target="ecp5")
    assert won < bounded.least_luts <= cost_of(core, "ecp5").luts


def test_nothing_fits():
    with pytest.raises(ArchitectureError) as refused:
        chosen(clock_hz=2e9, max_dsp=0)
    assert re.fullmatch(
        r"an architecture must fit one sample every clock, 2000 MHz, 0 multiplier blocks on ecp5, "
        r"got none: nearest is \w+ with \d+ MHz predicted",
        str(refused.value),
    )


def test_a_bank_has_no_budget():
    with pytest.raises(ArchitectureError, match="a bank of cascades, got a Bank"):
        choose(Bank(filters=[SYMMETRIC]), Hardware(max_dsp=3))


@pytest.mark.parametrize("shape", FIRS)
def test_every_shape_of_filter_gets_an_architecture(shape):
    for hardware in ({}, {"minimise": "dsp", "clock_hz": 3e6, "rate_hz": 1e6}):
        choice = chosen(FIRS[shape], **hardware)
        core = rtl.build(FIRS[shape], choice.architecture, target="ecp5")
        assert core.timing.interval <= (3 if hardware else 1)
        assert choice.reason.startswith(choice.options[0].label)


SOS = cases.cascade(cases.make("df1"), cases.make("df2t"))


def test_sections_compete_as_well():
    assert choose(SOS, Hardware()) is None
    assert name(chosen(SOS)) == "parallel"
    assert name(chosen(SOS, minimise="latency")) == "parallel"
    assert name(chosen(SOS, max_dsp=0)) == "multiplierless"
    assert name(chosen(SOS, clock_hz=1e8, rate_hz=1e6)) == "serial"
    paced = chosen(SOS, clock_hz=9e7, rate_hz=3e7)
    assert paced.architecture == {"name": "parallel", "interval": 3}
    (few,) = (o for o in chosen(SOS, minimise="dsp").options if o.architecture.get("loop"))
    assert 0 < few.cost.dsps < choose(SOS, Hardware(target="ecp5")).options[0].cost.dsps


@pytest.mark.parametrize("target", ["generic", "ecp5", "ice40", "xc7"])
def test_what_is_chosen_for_sections_is_what_its_cost_says(target):
    for hardware in ({"minimise": "luts"}, {"max_dsp": 2}):
        choice = choose(SOS, Hardware(target=target, **hardware))
        core = rtl.build(SOS, choice.architecture, target=target)
        assert choice.options[0].cost == cost_of(core, target)
        assert choice.options[0].timing == core.timing


@pytest.mark.parametrize(
    ("clocks", "multipliers", "one_less"),
    [
        (40, 1, ""),
        (39, 2, "; 1 multiplier takes a sample every 40 clocks, not every 39"),
        (15, 3, "; 2 multipliers take a sample every 20 clocks, not every 15"),
    ],
)
def test_as_few_multipliers_as_the_pace_of_sections_asks_for(clocks, multipliers, one_less):
    eight = cases.cascade(*[cases.make("df1")] * 8)
    choice = chosen(eight, clock_hz=clocks * 1e6, rate_hz=1e6)
    assert name(choice) == "serial"
    assert choice.architecture.get("multipliers", 1) == multipliers
    assert choice.reason.partition(";")[2] == one_less.removeprefix(";")
    core = rtl.build(eight, choice.architecture, target="ecp5")
    assert core.timing == choice.options[0].timing
    assert core.timing.interval <= clocks


def test_a_pace_that_no_engine_keeps_is_for_gates_of_each_section():
    eight = cases.cascade(*[cases.make("df1")] * 8)
    choice = chosen(eight, clock_hz=8e6, rate_hz=1e6)
    assert name(choice) == "parallel"
    serial = [o for o in choice.options if o.architecture["name"] == "serial"]
    assert {o.architecture["multipliers"] for o in serial} == {8}
    assert {o.misses for o in serial} == {("one sample every 9 clocks",)}
