"""The integer model: the golden reference of every filter, and its float64 twin."""

from fxfir.model.stream import METHODS, Model, run
from fxfir.model.twin import FloatModel

__all__ = ["METHODS", "FloatModel", "Model", "run"]
