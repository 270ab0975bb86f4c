"""Packages that load names on first use offer all of them and nothing else."""

import importlib
import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["fxfir.analysis", "fxfir.quantize"])
def test_every_name_is_there(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module._HOMES) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_a_bound_on_taps_loads_neither_sections_nor_specifications() -> None:
    program = (
        "import sys; from fxfir.quantize import quantize_fir;"
        "from fxfir.analysis import error_bound;"
        "bad = ['fxfir.quantize.sos', 'fxfir.analysis.mask', 'fxfir.spec', 'scipy'];"
        "assert not any(name in sys.modules for name in bad)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
