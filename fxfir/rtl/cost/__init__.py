"""Cost of a core, predicted from its gates by a model fitted to measured place and route."""

from __future__ import annotations

from fxfir.rtl.cost.census import census
from fxfir.rtl.cost.counted import Census
from fxfir.rtl.cost.model import Cost, TargetModel, cost_of, model_of

__all__ = ["Census", "Cost", "TargetModel", "census", "cost_of", "model_of"]
