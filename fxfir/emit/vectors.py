"""`vectors.json`: integers in, integers out."""

from __future__ import annotations

import json
from typing import Any

from fxfir.emit.source import CoreSource

__all__ = ["lanes_of", "vectors_text"]


def vectors_text(source: CoreSource) -> str:
    """Return the file's text: one lane per line, named parts of the stimulus first."""
    stimuli = ",\n".join(f"    {json.dumps(dict(part))}" for part in source.segments)
    fields = [
        '  "schema": 1',
        f'  "stimuli": [\n{stimuli}\n  ]' if stimuli else '  "stimuli": []',
        f'  "input": [\n{_rows(source.stimulus)}\n  ]',
        f'  "output": [\n{_rows(source.expected)}\n  ]',
    ]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def lanes_of(samples: Any) -> list[list[int]]:
    """Return an array of shape (lanes, time) as plain integers."""
    return [[int(v) for v in lane] for lane in samples]


def _rows(samples: Any) -> str:
    return ",\n".join(f"    {json.dumps(lane)}" for lane in lanes_of(samples))
