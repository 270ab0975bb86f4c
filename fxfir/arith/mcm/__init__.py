"""Multiple constant multiplication: one input times many constants in few adders."""

from fxfir.arith.mcm.solve import Solution, fundamentals, least_depth, solve

__all__ = ["Solution", "fundamentals", "least_depth", "solve"]
