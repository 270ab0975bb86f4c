import subprocess
import sys

import pytest

_CODE = """
import sys
import {module}
heavy = [name for name in ("scipy", "amaranth", "numba", "matplotlib") if name in sys.modules]
raise SystemExit(", ".join(heavy))
"""


@pytest.mark.parametrize("module", ["fxfir.spec", "fxfir.spec.samples", "fxfir.design"])
def test_importing_costs_no_scipy(module):
    code = _CODE.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
    broken = _CODE.format(module="scipy")
    done = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "scipy"
