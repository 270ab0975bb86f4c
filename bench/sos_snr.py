"""Recursive filters in integers against floats: signal to noise, and what the words cost.

usage: python bench/sos_snr.py [--samples 100000]

White noise, uniform over the whole range (seed 1), through Butterworth low-passes on samples of 18
bits. The reference is scipy in doubles on the same samples, its output clamped like the hardware's.
Costs are those of `rtl.cost` for one sample per clock on ECP5. The first row of each filter is what
scipy's rows give as they come: in one coefficient format, in words of 18 bits.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import FxfirError
from fxfir.filters import Direct, FixedSos, StateSpace
from fxfir.fixed import SQ, Cast, Format
from fxfir.flow import compile_spec
from fxfir.model import run
from fxfir.rtl.cost import cost_of
from fxfir.rtl.sos import Parallel
from fxfir.spec import RowsSos, Spec, Words

WORD = SQ(1, 17)
SHORT = {"coeff": "sfix18_En16"}
"""At most 16 fraction bits in coefficients."""

WAYS: dict[str, Mapping[str, Any]] = {
    "df1, words of 18": {**SHORT, "structure": "df1", "section_width": 18},
    "df1_feedback, words of 18": {**SHORT, "structure": "df1_feedback", "section_width": 18},
    "df1": {**SHORT, "structure": "df1"},
    "df2t": {**SHORT, "structure": "df2t"},
    "auto": {**SHORT, "structure": "auto"},
}
LONG: dict[str, Mapping[str, Any]] = {
    "normal, coefficients of 18": {"structure": "normal"},
    "df1_feedback, coefficients of 24": {"coeff_width": 24, "structure": "df1_feedback"},
    "the same, output of 22 bits": {
        "coeff_width": 24,
        "structure": "df1_feedback",
        "output": "sfix22_En21",
    },
    "auto, coefficients 26, output 22": {
        "coeff_width": 26,
        "structure": "auto",
        "output": "sfix22_En21",
    },
}
"""For the lowest corner. An 18-bit output alone leaves 88.3 dB there: the signal is 25 dB down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One filter and what is asked of it."""

    order: int
    cutoff: float
    goal_db: float
    ways: Mapping[str, Mapping[str, Any]]


CASES = (
    Case(order=8, cutoff=0.2, goal_db=65.5, ways=WAYS),
    Case(order=6, cutoff=0.05, goal_db=46, ways=WAYS),
    Case(order=8, cutoff=0.4, goal_db=74, ways=WAYS),
    Case(order=4, cutoff=0.01, goal_db=90, ways={**WAYS, **LONG}),
)


def as_it_comes(rows: np.ndarray) -> FixedSos:
    """Return scipy's rows in one coefficient format, all words those of the samples."""
    coeff = SQ(3, 16)
    word = Cast(to=WORD)
    words = np.round(rows * 2**16).astype(int)
    return FixedSos(
        sections=tuple(
            Direct(
                form="df1",
                b=tuple(map(int, row[:3])),
                a=tuple(map(int, row[4:])),
                b_coeff=coeff,
                a_coeff=coeff,
                state=None,
                out=word,
            )
            for row in words
        ),
        input=WORD,
        output=word,
    )


def snr_db(filter: FixedSos, x: np.ndarray, reference: np.ndarray) -> float:
    """Return the power of the reference over that of the difference."""
    to: Format = filter.output.to
    y = np.asarray(run(filter, x), dtype=float) * float(to.step)
    wanted = np.clip(reference, to.lo * float(to.step), to.hi * float(to.step))
    error = float(np.sum((y - wanted) ** 2))
    return 10 * math.log10(float(np.sum(wanted**2)) / error) if error else math.inf


def structures(filter: FixedSos) -> str:
    """Return form, word and feedback of each section in short."""
    texts = []
    for section in filter.sections:
        fed = "+e" if isinstance(section, Direct) and any(section.feedback or ()) else ""
        state = f"{section.state.to.width}:" if isinstance(section, StateSpace) else ""
        texts.append(f"{section.kind}{fed}/{state}{section.out.to.width}")
    return " ".join(texts)


def main() -> int:
    """Print the table; return 1 if a goal is not reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000)
    given = parser.parse_args()
    from scipy.signal import butter, sosfilt

    x = np.random.default_rng(1).integers(WORD.lo, WORD.hi + 1, given.samples)
    head = f"{'words':<34}{'dB':>7}{'MULT18':>8}{'LUT':>6}{'FF':>6}  form/word of each section"
    failed = False
    for case in CASES:
        rows = butter(case.order, case.cutoff, output="sos")
        reference = sosfilt(rows, x * float(WORD.step))
        print(f"butter{case.order} at {case.cutoff}, goal {case.goal_db} dB\n{head}")
        best = -math.inf
        made = {"scipy's rows as they come": as_it_comes(rows)}
        for label, words in case.ways.items():
            spec = Spec(filter=RowsSos(rows=rows), words=Words(**{"input": WORD, **words}))
            try:
                made[label] = compile_spec(spec).node
            except FxfirError as error:
                print(f"{label:<34} {error}")
        for label, filter in made.items():
            found = snr_db(filter, x, reference)
            best = max(best, found)
            cost = cost_of(Parallel(filter), "ecp5")
            print(
                f"{label:<34}{found:>7.1f}{cost.dsps:>8}{cost.luts:>6}{cost.ffs:>6}"
                f"  {structures(filter)}",
                flush=True,
            )
        failed = failed or best < case.goal_db
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
