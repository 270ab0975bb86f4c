"""Seeds that are printed and can be set, and the rule for missing simulators."""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("fxfir", deadline=None, print_blob=True)
settings.load_profile("fxfir")

_SEED = int(os.environ.get("FXFIR_SEED", "1"))


def pytest_report_header() -> str:
    return f"fxfir seed: {_SEED} (set FXFIR_SEED to change it)"


@pytest.fixture
def seed() -> int:
    """Seed of a random test, from the environment variable FXFIR_SEED."""
    return _SEED


@pytest.fixture
def icarus() -> str:
    """Path of iverilog: a missing simulator skips locally and fails in CI."""
    path = shutil.which("iverilog")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("iverilog is missing, and CI=true")
        pytest.skip("iverilog is not installed")
    return path
