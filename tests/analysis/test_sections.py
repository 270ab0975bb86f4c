"""What is known of each section of a cascade."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from fxfir.analysis import real_sos
from fxfir.flow import Analysis, analyze_spec, draw
from fxfir.spec import RowsSos, Spec, Words


def analysis(rows: object, **words) -> Analysis:
    spec = Spec(filter=RowsSos(rows=rows, fs_hz=48000.0), words=Words(**words))
    return analyze_spec(spec)[0]


ROWS = signal.ellip(4, 0.5, 50, 0.1, output="sos")


def test_sections_and_noise() -> None:
    found = analysis(ROWS, form="df1", norm="l1", guard_bits=4, output="sfix18_En15")
    assert len(found.sections) == 2
    rows = real_sos(found.source.filter)
    impulse = signal.sosfilt(rows[:1], [1.0] + [0.0] * 4000)
    first, second = found.sections
    assert first.worst == pytest.approx(np.sum(np.abs(impulse)), rel=1e-3)
    assert second.peak == pytest.approx(1, abs=0.01)
    assert first.guard_bits == second.guard_bits == 4
    assert first.error_lsb + second.error_lsb == found.bound.inner_lsb[1]
    budget = found.roundoff.budget
    assert first.noise_lsb**2 + second.noise_lsb**2 == pytest.approx(
        sum(s.power for s in budget.sources if s.section is not None)
    )
    assert found.roundoff.rms_lsb == pytest.approx(budget.rms_lsb, rel=0.1)
    assert all(section.limit.searched for section in found.sections)


def test_short_words_are_said_to_hold_the_output() -> None:
    found = analysis(ROWS, form="df2t", norm="l1", guard_bits=0, output="sfix18_En15")
    assert not found.bound.settles
    assert any(section.limit.amplitude for section in found.sections)


def test_the_picture_has_the_noise(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "all.svg"
    draw((analysis(ROWS),), target)
    assert target.stat().st_size > 20_000
