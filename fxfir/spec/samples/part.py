"""A file that is written beside its place and moved there when it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fxfir.errors import OutputError, ReadError

__all__ = ["PartFile", "open_for_reading", "write_whole"]


def open_for_reading(path: str | Path) -> BinaryIO:
    """Return a binary file, or say why it cannot be read.

    Raises
    ------
    ReadError
        If it does not exist, is a directory, or may not be read.
    """
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise ReadError(f"a file must exist to be read, got {path}") from None
    except IsADirectoryError:
        raise ReadError(f"a file is needed, got the directory {path}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(f"a file must be readable, got {path}: {reason}") from None


class PartFile:
    """A temporary file in the folder of `path`.

    Parameters
    ----------
    path : str or Path
        Where the file goes once it is whole; what was there is replaced.

    Raises
    ------
    OutputError
        If no file can be made there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise OutputError(f"an output file is needed, got the directory {path}")
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as error:
            raise OutputError(
                f"an output file must be writable, got {path}: {error.strerror}"
            ) from None
        self._part = Path(name)
        self.file: BinaryIO = os.fdopen(handle, "w+b")

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what the system says into an OutputError and leave nothing behind."""
        try:
            yield
        except OSError as error:
            self.discard()
            raise OutputError(
                f"an output file must be writable, got {self.path}: {error.strerror}"
            ) from None

    def keep(self) -> None:
        """Close the file and move it into place."""
        with self.guard():
            self.file.close()
            # mkstemp makes private files; an ordinary one follows the umask.
            mask = os.umask(0)
            os.umask(mask)
            self._part.chmod(0o666 & ~mask)
            self._part.replace(self.path)

    def discard(self) -> None:
        """Close the file and remove it."""
        with suppress(OSError):
            self.file.close()
        self._part.unlink(missing_ok=True)


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file in one move: a failed or interrupted run leaves the old one, or none.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    part = PartFile(path)
    try:
        with part.guard():
            part.file.write(data)
    except BaseException:
        part.discard()
        raise
    part.keep()
