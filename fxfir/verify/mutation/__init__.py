"""Mutation score: break a core in every way and see whether its own plain bench notices."""

from fxfir.verify.mutation.flow import LEVELS, mutate
from fxfir.verify.mutation.report import MutationReport, Result, Verdict

__all__ = ["LEVELS", "MutationReport", "Result", "Verdict", "mutate"]
