"""Every golden core in the bench that knows nothing of the generator, under random stalls."""

from pathlib import Path

import pytest

from sim.run import check

ROOT = Path(__file__).parents[2]
CORES = sorted(path.parent for path in ROOT.glob("hdl/cores/*/manifest.json"))


def test_there_are_golden_cores():
    assert len(CORES) >= 6, [core.name for core in CORES]


@pytest.mark.sim
@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_a_golden_core_passes(core, seed):
    verdict = check(core, seed=seed, samples=60)
    assert verdict.faults == ()
    # Every golden core comes with vectors and has a past that the directed samples fill.
    assert verdict.compared >= 8 * 60
