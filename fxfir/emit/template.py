"""Fill in the texts that ship in fxfir/emit/templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

__all__ = ["filled"]

_MARK = re.compile(r"@([a-z_]+)@")


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return a template with every ``@key@`` replaced.

    Parameters
    ----------
    template : str
        File name in the package's templates.
    values : mapping of str to object
        A mark without a value is a `KeyError`: a template and its user belong together.
    """
    text = files("fxfir.emit").joinpath("templates", template).read_text(encoding="utf-8")
    return _MARK.sub(lambda found: str(values[found[1]]), text)
