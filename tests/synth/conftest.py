"""A core of three taps, and the rule for missing synthesis tools."""

import os
from pathlib import Path

import pytest

from fxfir.errors import ToolError
from fxfir.synth.tools import find_tool
from tests.synth import cores


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generic core with one multiplication, left to the tool."""
    return cores.smooth(tmp_path_factory.mktemp("cores") / "smooth")


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A core for the ECP5 that instantiates its multiplier."""
    return cores.five(tmp_path_factory.mktemp("cores") / "five")


def need(*names: str) -> None:
    """Skip where a tool is missing, and fail there in CI."""
    for name in names:
        try:
            find_tool(name)
        except ToolError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{error}, and CI=true")
            pytest.skip(str(error))


@pytest.fixture(scope="session")
def yosys() -> None:
    need("yosys")


@pytest.fixture(scope="session")
def nextpnr() -> None:
    need("yosys", "nextpnr-ecp5", "nextpnr-ice40")
