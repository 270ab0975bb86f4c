"""From a specification to float coefficients and the verdict of their mask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fxfir.errors import OutputError
from fxfir.spec.fir import FirSpec
from fxfir.spec.samples.part import write_whole
from fxfir.spec.spec import Spec

if TYPE_CHECKING:
    from fxfir.analysis.mask import MaskVerdict
    from fxfir.design import FirDesign, SosDesign

__all__ = ["Designed", "design", "write_coefficients"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Designed:
    """One filter in floating point.

    Parameters
    ----------
    result : FirDesign or SosDesign
    verdict : MaskVerdict or None
        None where no mask was given.
    """

    result: FirDesign | SosDesign
    verdict: MaskVerdict | None

    @property
    def is_fir(self) -> bool:
        """Whether the coefficients are taps."""
        return hasattr(self.result, "taps")

    @property
    def text(self) -> str:
        """What it is, in a line."""
        result: Any = self.result
        rate = "" if result.fs_hz is None else f", fs {result.fs_hz:g} Hz"
        if self.is_fir:
            return f"{result.n_taps} tap{'s' * (result.n_taps > 1)}, {result.method}{rate}"
        count = result.n_sections
        return f"{count} section{'s' if count > 1 else ''}, {result.family}{rate}"

    @property
    def csv(self) -> str:
        """Coefficients as text that reads back to the same doubles."""
        result: Any = self.result
        if self.is_fir:
            return "".join(f"{value!r}\n" for value in result.taps.tolist())
        return "".join(",".join(map(repr, row)) + "\n" for row in result.sos.tolist())

    def to_json(self) -> dict[str, Any]:
        """Return coefficients and verdict as plain data."""
        result: Any = self.result
        values = {"taps": result.taps.tolist()} if self.is_fir else {"sos": result.sos.tolist()}
        verdict = self.verdict
        return {
            "kind": "fir" if self.is_fir else "sos",
            "method": result.method if self.is_fir else result.family,
            "fs_hz": result.fs_hz,
            **values,
            "mask": None
            if verdict is None
            else {"met": verdict.passed, "margin_db": verdict.margin_db},
        }


def design(spec: Spec) -> tuple[Designed, ...]:
    """Design every filter of a specification, without quantising it.

    Parameters
    ----------
    spec : Spec

    Returns
    -------
    tuple of Designed, shape (n_filters,)

    Raises
    ------
    FxfirError
        Whatever the design refuses.
    """
    from fxfir.analysis import Cascade, judge
    from fxfir.design import design_fir, design_sos

    found = []
    for item, words in zip(spec.lanes, spec.lane_words, strict=True):
        result: Any
        if isinstance(item, FirSpec):
            result = design_fir(item, coeff=words.coeff)
            cascade = Cascade.of_taps(result.taps)
        else:
            result = design_sos(item)
            cascade = Cascade.of_sos(result.sos)
        judged = result.mask is not None and result.mask.has_limits
        verdict = judge(result.mask, cascade) if judged else None
        found.append(Designed(result=result, verdict=verdict))
    return tuple(found)


def write_coefficients(
    path: str | Path, designed: tuple[Designed, ...], *, force: bool = False
) -> None:
    """Write coefficients as CSV, in one move.

    Raises
    ------
    OutputError
        If the file exists and `force` is false, or cannot be written.
    """
    path = Path(path)
    if path.exists() and not force:
        raise OutputError(f"an output file must not exist yet (or use --force), got {path}")
    write_whole(path, "\n".join(item.csv for item in designed).encode())
