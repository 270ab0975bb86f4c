"""From a layer to Verilog in a simulator, every word compared."""

import json
from pathlib import Path

import numpy as np
import torch

from fxfir.filters import Node
from fxfir.learn import Layer
from fxfir.verify.check import verify_core
from fxfir.verify.expected import expected


def words_of(y: torch.Tensor, formats) -> np.ndarray:
    """What a layer gave, as integer words [..., lanes, time]; nothing lies between words."""
    scale = np.array([2.0**f.frac for f in formats])[:, None]
    words = y.detach().double().numpy() * scale
    assert np.array_equal(words, np.round(words))
    return words.astype(np.int64)


def values_of(words, node: Node) -> torch.Tensor:
    """Input words [..., lanes, time] as the real values they stand for."""
    scale = np.array([2.0**-f.frac for f in node.inputs])[:, None]
    return torch.tensor(np.asarray(words, dtype=np.float64) * scale)


def random_words(node: Node, shape, rng: np.random.Generator) -> np.ndarray:
    """Input words [*shape[:-1], lanes, shape[-1]] over the whole range, its ends often."""
    lanes = []
    for fmt in node.inputs:
        x = rng.integers(fmt.lo, fmt.hi, shape, endpoint=True)
        ends = rng.random(shape)
        x[ends < 0.2] = fmt.lo
        x[ends > 0.8] = fmt.hi
        lanes.append(x)
    return np.stack(lanes, -2)


def check_core(
    layer: Layer, folder: Path, engine: str = "icarus", *, samples: int = 1000, **options
):
    """Export; the core's vectors are the layer's words, and the simulator gives them."""
    layer.eval()
    node = layer.to_filter()
    layer.export(folder, **options)
    vectors = json.loads((folder / "vectors.json").read_text())
    with torch.no_grad():
        y = layer(values_of(vectors["input"], node))
    assert np.array_equal(words_of(y, node.outputs), vectors["output"])
    x = random_words(node, (samples,), np.random.default_rng(7))
    with torch.no_grad():
        y = layer(values_of(x, node))
    evidence = verify_core(folder, [engine], stimulus=x)
    assert evidence.ok, evidence.text
    assert np.array_equal(words_of(y, node.outputs), expected(node, x))
    return node
