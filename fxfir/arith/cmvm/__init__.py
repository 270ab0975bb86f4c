"""Constant matrix times vector: common subexpressions of many sums of products."""

from fxfir.arith.cmvm.solve import solve_matrix

__all__ = ["solve_matrix"]
