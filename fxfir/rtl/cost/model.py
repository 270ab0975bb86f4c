"""Cost of a core before synthesis: measured coefficients times what stands in the gates."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fxfir.rtl.core import Core
from fxfir.rtl.cost.census import census
from fxfir.rtl.cost.counted import Census, Path
from fxfir.rtl.cost.features import FAMILY_OF_TARGET, family_of, features

__all__ = ["Cost", "Speed", "TargetModel", "cost_of", "model_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a core is predicted to take, alone, without a harness.

    Parameters
    ----------
    luts : int
        Look-up tables; two for each pair of carry bits where a device has them apart.
    ffs : int
    dsps, rams : int
        Multiplier blocks and block memories.
    fmax_mhz : float or None
        None where no open place and route times the target.
    """

    luts: int
    ffs: int
    dsps: int
    rams: int
    fmax_mhz: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain JSON data."""
        return {
            "luts": self.luts,
            "ffs": self.ffs,
            "dsps": self.dsps,
            "rams": self.rams,
            "fmax_mhz": self.fmax_mhz,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Nanoseconds of a path: a sum of what stands on it.

    Parameters
    ----------
    base_ns : float
        Register to register without a gate.
    level_ns, carry_ns, multiply_ns : float
        For each look-up table, bit of carry and inferred multiplication.
    spread_ns, reach_ns : float
        For each doubling of the look-up tables, or of the multiplier blocks, which stand in
        columns of their own: wires get longer.
    """

    base_ns: float
    level_ns: float
    carry_ns: float
    multiply_ns: float
    spread_ns: float
    reach_ns: float

    def path_ns(self, path: Path) -> float:
        """Return the time of one path without long wires."""
        return (
            self.base_ns
            + self.level_ns * path.levels
            + self.carry_ns * path.carry
            + self.multiply_ns * path.multiplies
        )

    def period_ns(self, paths: Sequence[Path], luts: float, dsps: int) -> float:
        """Return the time of the slowest path."""
        slowest = max((self.path_ns(path) for path in paths), default=self.base_ns)
        wires = self.spread_ns * math.log2(max(luts, 1.0)) + self.reach_ns * math.log2(1 + dsps)
        return slowest + wires


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetModel:
    """Coefficients of one target, as `bench/cost_model.py` fits them.

    Parameters
    ----------
    luts : mapping of str to float
        By the name of a feature.
    ff_ratio : float
        Flip-flops for each register bit.
    speed : Speed or None
    """

    luts: Mapping[str, float]
    ff_ratio: float
    speed: Speed | None

    def cost(self, found: Census, target: str) -> Cost:
        """Return what a core with this census costs.

        Parameters
        ----------
        found : Census
        target : str

        Returns
        -------
        Cost
        """
        parts = features(found, family_of(target))
        luts = parts.luts + sum(
            self.luts.get(name, 0.0) * amount for name, amount in parts.fitted.items()
        )
        fmax = None
        if self.speed is not None:
            fmax = round(1000 / self.speed.period_ns(found.paths, luts, parts.dsps), 1)
        return Cost(
            luts=round(luts),
            ffs=round(self.ff_ratio * found.registers) + parts.ffs,
            dsps=parts.dsps,
            rams=parts.rams,
            fmax_mhz=fmax,
        )


def cost_of(core: Core, target: str) -> Cost:
    """Predict what a core takes on a target, without any synthesis tool.

    Parameters
    ----------
    core : Core
        Built for that target.
    target : str

    Returns
    -------
    Cost

    Raises
    ------
    ArchitectureError
        If no costs were measured for the target.
    """
    family_of(target)
    return model_of(target).cost(census(core), target)


@cache
def model_of(target: str) -> TargetModel:
    """Return the coefficients of a target, from `coefficients.json`."""
    text = resources.files("fxfir.rtl.cost").joinpath("coefficients.json").read_text("utf-8")
    data = json.loads(text)["targets"][FAMILY_OF_TARGET[target]]
    speed = None if data["speed"] is None else Speed(**data["speed"])
    return TargetModel(luts=data["luts"], ff_ratio=data["ff_ratio"], speed=speed)
