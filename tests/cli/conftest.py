"""Run the command line in this process."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from fxfir.cli import main


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`run("generate", ...)` inside an empty folder: status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> Ran:
        with pytest.raises(SystemExit) as left:
            main(list(args))
        said = capsys.readouterr()
        return Ran(status=int(left.value.code or 0), out=said.out, err=said.err)

    return call
