"""What needs torch is left out where it is missing, and fails in CI (tests/test_layers.py)."""

import os
from importlib.util import find_spec
from pathlib import Path

LEARN = tuple(Path(__file__).parent / folder / "learn" for folder in ("fxfir", "tests"))
MISSING = [name for name in ("torch", "numba") if find_spec(name) is None]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out both folders."""
    if MISSING and os.environ.get("CI") != "true":
        return True if collection_path in LEARN else None
    return None
