"""The layer rule of pyproject.toml holds, and notices when it is broken."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import missing

ROOT = Path(__file__).parents[1]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--config", "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and its configuration that may be broken."""
    shutil.copytree(ROOT / "fxfir", tmp_path / "fxfir")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_layers_hold() -> None:
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("fixed/format.py", "import fxfir.filters.fir"),
        ("rtl/timing.py", "import fxfir.model"),
        ("model/__init__.py", "import fxfir.rtl"),
        ("filters/node.py", "import amaranth"),
        ("emit/__init__.py", "import scipy.signal"),
        ("flow/__init__.py", "import torch"),
        ("flow/__init__.py", "import fxfir.learn"),
    ],
)
def test_a_broken_layer_is_seen(copy: Path, module: str, line: str) -> None:
    path = copy / "fxfir" / module
    path.write_text(path.read_text() + f"\n{line}\n")
    found = _lint(copy)
    assert found.returncode == 1, found.stdout
    assert "BROKEN" in found.stdout


def test_learn_is_tested() -> None:
    if find_spec("torch") is None:
        missing("torch is not installed: tests/learn is left out")


def test_nothing_but_learn_imports_torch() -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "for path in Path('fxfir').rglob('*.py'):\n"
        "    parts = path.with_suffix('').parts\n"
        "    if not {'learn', '__main__', 'templates'} & set(parts):\n"
        "        __import__('.'.join(parts).removesuffix('.__init__'))\n"
        "print('torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == "False\n"


def test_sim_never_imports_fxfir() -> None:
    for path in (ROOT / "sim").rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            assert not (words[:1] in (["import"], ["from"]) and words[1].startswith("fxfir")), path


def test_importing_fxfir_is_light() -> None:
    program = (
        "import sys, fxfir; "
        "print([m for m in ('numpy', 'scipy', 'amaranth', 'click', 'rich') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom fxfir.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('numpy', 'scipy', 'amaranth', 'rich', 'matplotlib', 'numba')\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stderr == "[]\n"
