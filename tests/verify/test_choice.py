"""What runs where the user leaves it open."""

from typing import Any

import pytest

from fxfir.errors import ToolError
from fxfir.verify import choice
from fxfir.verify.choice import CROSSOVER, Part, plan, text_engine

LONG = CROSSOVER + 1


@pytest.fixture
def installed(monkeypatch: Any):
    """`installed("icarus")`: only these simulators can be found."""

    def only(*names: str) -> None:
        def need(name: str) -> Any:
            if name not in names:
                raise ToolError(f"no {name} here")

        monkeypatch.setattr(choice.icarus, "need_tools", lambda: need("icarus"))
        monkeypatch.setattr(choice, "find_tools", lambda: need("verilator"))

    return only


def test_the_simulator_that_is_sooner_done(installed: Any) -> None:
    installed("icarus", "verilator")
    assert (text_engine(CROSSOVER), text_engine(LONG)) == ("icarus", "verilator")


@pytest.mark.parametrize("name", ["icarus", "verilator"])
def test_the_simulator_that_is_there(name: str, installed: Any) -> None:
    installed(name)
    assert (text_engine(10), text_engine(LONG)) == (name, name)


def test_no_simulator_names_the_better_one(installed: Any) -> None:
    installed()
    with pytest.raises(ToolError, match="no icarus here"):
        text_engine(10)
    with pytest.raises(ToolError, match="no verilator here"):
        text_engine(LONG)


def test_named_engines_run_all_that_was_asked_for(installed: Any) -> None:
    installed()
    assert plan(["icarus", "model"], edges=LONG) == (Part(engine="icarus"), Part(engine="model"))


@pytest.mark.parametrize("edges", [0, CROSSOVER])
def test_nothing_named_and_nothing_long(edges: int, installed: Any) -> None:
    installed()
    assert plan(None, edges=edges) == (Part(engine="amaranth"), Part(engine="icarus"))


@pytest.mark.parametrize("engines", [None, ["auto"], ["auto", "auto"]])
def test_a_long_run_is_for_verilator(engines: Any, installed: Any) -> None:
    installed("icarus", "verilator")
    assert plan(engines, edges=LONG) == (
        Part(engine="amaranth", whole=False),
        Part(engine="icarus", whole=False),
        Part(engine="verilator"),
    )


def test_a_long_run_with_one_simulator(installed: Any) -> None:
    installed("icarus")
    assert plan(None, edges=LONG) == (Part(engine="amaranth", whole=False), Part(engine="icarus"))
    installed("verilator")
    assert plan(None, edges=LONG) == (
        Part(engine="amaranth", whole=False),
        Part(engine="verilator"),
    )


def test_auto_beside_a_named_engine(installed: Any) -> None:
    installed("icarus", "verilator")
    assert plan(["auto", "verilator"], edges=0) == (
        Part(engine="amaranth"),
        Part(engine="icarus"),
        Part(engine="verilator"),
    )
    found = plan(["icarus", "auto"], edges=LONG)
    assert found[0] == Part(engine="icarus")
    assert found[-1] == Part(engine="verilator")
