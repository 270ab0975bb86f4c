"""Write a folder of files in one move: complete or not at all, and nobody's files lost."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from fxfir.errors import OutputError

__all__ = ["check_folder", "write_folder"]

_FIXED_NAMES = (
    "manifest.json",
    "vectors.json",
    "Makefile",
    "coefficients.csv",
    "README.md",
    "graph.svg",
)
_LEFT_BY_RUNS = (
    "evidence.json",
    "synth.json",
    "results.xml",
    "sim_build",
    "__pycache__",
    ".pytest_cache",
)


def check_folder(folder: str | Path, *, force: bool = False) -> Path:
    """Refuse early what `write_folder` would refuse.

    Parameters
    ----------
    folder : path
    force : bool, optional
        Allow a folder that holds a core, or nothing.

    Returns
    -------
    Path
        The folder, symbolic links resolved.

    Raises
    ------
    OutputError
        If the folder exists without `force`, exists and holds no core, is a file, or lies where
        nothing can be written.
    """
    given = Path(folder)
    try:
        path = given.resolve()
        if path.exists() and not path.is_dir():
            raise OutputError(f"an output folder is needed, got the file {given}")
        if path.exists() and not force:
            raise OutputError(f"an output folder must not exist yet (or use --force), got {given}")
        if path.exists() and any(path.iterdir()) and not (path / "manifest.json").is_file():
            raise OutputError(
                f"--force replaces core folders only, got {given}, which has no manifest.json"
            )
    except OutputError:
        raise
    except (OSError, RuntimeError) as error:
        raise _unwritable(given, error) from None
    nearest = next(p for p in path.parents if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"an output folder must be writable, got {given}")
    return path


def write_folder(folder: str | Path, files: Mapping[str, str], *, force: bool = False) -> Path:
    """Write files into a new folder beside its place and move it there when it is whole.

    Parameters
    ----------
    folder : path
        Missing parents are made.
    files : mapping of str to str
        File name to text, written as UTF-8 with LF line ends.
    force : bool, optional
        Replace an existing core folder. Files in it that fxfir did not write are kept.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If the folder exists without `force`, holds a file of the user's under a name that would
        be written, or cannot be written; nothing is left behind then.
    """
    path = check_folder(folder, force=force)
    _refuse_clashes(path, files)
    made: list[Path] = []
    part: Path | None = None
    try:
        made = _make_parents(path.parent)
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        for name, text in files.items():
            with (part / name).open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                # A full disk may show only here, while the folder can still be refused.
                file.flush()
                os.fsync(file.fileno())
        # mkdtemp makes private folders; an ordinary one follows the umask.
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o777 & ~mask)
        _move(part, path, owned=_owned(path), force=force)
    except OutputError:
        _undo(part, made)
        raise
    except OSError as error:
        _undo(part, made)
        raise _unwritable(Path(folder), error) from None
    except BaseException:
        _undo(part, made)
        raise
    return path


def _refuse_clashes(path: Path, files: Mapping[str, str]) -> None:
    """Refuse to write over a file that is nobody's but the user's."""
    if not path.is_dir():
        return
    # A specification in the folder is the one the core was made from: it goes with the core.
    owned = _owned(path) | {"spec.toml"}
    for entry in sorted(path.iterdir()):
        if entry.name in files and entry.name not in owned:
            raise OutputError(
                f"--force must not replace a file that fxfir did not write, got {entry}"
            )


def _move(part: Path, path: Path, *, owned: set[str], force: bool) -> None:
    """Put the complete folder `part` in its place."""
    if not path.exists():
        part.rename(path)
        return
    if not force:
        raise OutputError(f"an output folder must not exist yet (or use --force), got {path}")
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    old.rmdir()
    path.rename(old)
    try:
        part.rename(path)
    except BaseException:
        old.rename(path)
        raise
    for entry in old.iterdir():
        if entry.name not in owned and not (path / entry.name).exists():
            entry.rename(path / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _owned(path: Path) -> set[str]:
    """Names in an existing core folder that fxfir or a run of its benches wrote."""
    owned = {*_FIXED_NAMES, *_LEFT_BY_RUNS}
    with suppress(OSError, ValueError, TypeError, KeyError):
        name = json.loads((path / "manifest.json").read_text(encoding="utf-8"))["name"]
        owned |= {f"{name}.v", f"{name}_tb.v", f"test_{name}.py", f"{name}.core"}
    return owned


def _make_parents(parent: Path) -> list[Path]:
    """Make missing parents; return those made, innermost first."""
    missing = []
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
    return missing


def _undo(part: Path | None, made: list[Path]) -> None:
    if part is not None:
        shutil.rmtree(part, ignore_errors=True)
    for folder in made:
        with suppress(OSError):
            folder.rmdir()


def _unwritable(path: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"an output folder must be writable, got {path}: {reason}")
