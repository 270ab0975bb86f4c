"""Every command, output and program in README and docs/ runs, and prints what the page says.

In a page, ```console blocks hold `$ command` lines followed by their whole output; ```python blocks
with `>>>` are doctests, others are run; a ```toml block whose first line is `# file: NAME` is
written beside the commands. All blocks of a page share one folder, in order.

`python tests/test_docs.py PAGE...` puts what the commands say now into the pages; read the
difference before you commit it.
"""

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    return [
        Block(m.group(1), m.group(2), page.count("\n", 0, m.start()) + 2)
        for m in FENCE.finditer(page)
    ]


def run_console(text: str, cwd: Path) -> str:
    """Run the `$ ` commands of a block; return the block as it would read with their output."""
    shown = []
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        done = subprocess.run(
            ["bash", "-c", line[2:]],
            cwd=cwd,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "COLUMNS": "100",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        shown += [line, *done.stdout.splitlines()]
    return "\n".join(shown) + "\n"


def run_page(text: str, cwd: Path, name: str) -> None:
    namespace: dict[str, object] = {"__name__": "docs"}
    for block in blocks(text):
        if block.language == "toml" and block.text.startswith("# file: "):
            (cwd / block.text.split()[2]).write_text(block.text)
        elif block.language == "console":
            assert run_console(block.text, cwd) == block.text, f"{name}:{block.line}"
        elif block.language == "python" and ">>>" in block.text:
            test = doctest.DocTestParser().get_doctest(
                block.text, namespace, name, name, block.line
            )
            runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
            said: list[str] = []
            runner.run(test, out=said.append, clear_globs=False)
            assert runner.summarize(verbose=False).failed == 0, "".join(said)
            namespace = test.globs
        elif block.language == "python":
            exec(compile(block.text, f"{name}:{block.line}", "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page.read_text(), tmp_path, page.name)


def test_a_wrong_output_is_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:2"):
        run_page("```console\n$ echo 1\n2\n```\n", tmp_path, "page.md")


def test_a_wrong_doctest_is_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_page("```python\n>>> 1 + 1\n3\n```\n", tmp_path, "page.md")


def test_the_pages_are_not_empty_of_examples() -> None:
    kinds = {b.language for p in PAGES for b in blocks(p.read_text())}
    assert {"console", "python", "toml"} <= kinds


def updated(text: str, cwd: Path) -> str:
    """Return a page with the outputs that its commands have now."""

    def block(match: re.Match[str]) -> str:
        language, body = match.groups()
        if language == "toml" and body.startswith("# file: "):
            (cwd / body.split()[2]).write_text(body)
        if language != "console":
            return match.group(0)
        return f"```console\n{run_console(body, cwd)}```"

    return FENCE.sub(block, text)


if __name__ == "__main__":
    import tempfile

    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(name)
            page.write_text(updated(page.read_text(), Path(folder)))
