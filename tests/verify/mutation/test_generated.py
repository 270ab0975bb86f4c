"""The mutation score of generated cores, and the honesty of the arguments behind it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fxfir import emit, rtl
from fxfir.filters import Direct, FixedFir, FixedSos, Node
from fxfir.fixed import SQ, Cast, Format
from fxfir.verify.expected import expected
from fxfir.verify.mutation import mutate
from fxfir.verify.mutation.combinational import same_logic
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.mutation.runner import BenchRunner, Outcome
from fxfir.verify.mutation.text import text_mutants
from fxfir.verify.stimulus import standard
from fxfir.verify.target import load

FIR = FixedFir(
    taps=(3, -20, 111, 0, -20, 3),
    coeff=Format(signed=True, width=8, frac=6),
    input=SQ(1, 5),
    output=Cast(to=SQ(1, 4)),
)
MIRRORED = FixedFir(
    taps=(9, -20, 75, -20, 9), coeff=SQ(1, 7), input=SQ(1, 7), output=Cast(to=SQ(1, 7))
)
_SECTION = Direct(
    form="df1",  # type: ignore[arg-type]
    b=(75, 91, 75),
    a=(-139, 63),
    b_coeff=SQ(2, 8),
    a_coeff=SQ(2, 8),
    state=None,
    out=Cast(to=SQ(2, 7)),
)
SOS = FixedSos(sections=(_SECTION, _SECTION), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))


def write(home: Path, node: Node, architecture: str) -> Path:
    stimuli = standard(node, n=400)
    source = emit.CoreSource(
        node=node,
        core=rtl.build(node, architecture),
        name="core",
        stimulus=stimuli.samples,
        expected=expected(node, stimuli.samples),
        segments=tuple(s.to_json() for s in stimuli.segments),
    )
    folder = home / "core"
    folder.mkdir()
    for name, text in emit.core_files(source).items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.sim
def test_a_sample_of_a_generated_cores_mutants_dies(icarus: str, tmp_path: Path) -> None:
    found = mutate(write(tmp_path, FIR, "transposed"), most=8)
    assert len(found.results) > 16
    assert not found.survived, found.text
    assert found.score == 1.0


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize(
    ("node", "architecture"),
    [(FIR, "direct"), (FIR, "transposed"), (MIRRORED, "symmetric")],
    ids=["direct", "transposed", "symmetric"],
)
def test_every_mutant_of_a_parallel_fir_is_killed_or_the_same(
    icarus: str, tmp_path: Path, node: Node, architecture: str
) -> None:
    found = mutate(write(tmp_path, node, architecture))
    assert len(found.results) > 300
    assert not found.survived, found.text


@pytest.mark.sim
@pytest.mark.slow
def test_a_serial_fir_survives_only_where_a_stall_may_cost_its_length(
    icarus: str, tmp_path: Path
) -> None:
    found = mutate(write(tmp_path, FIR, "serial"))
    # A core that waits out a stall while it could go on computing keeps every promise: samples,
    # order, the timing without stalls, and a cost of no more than the stalled edges. In a core of
    # six taps no such stall falls where another `x_live` would be read.
    others = [
        r for r in found.survived if "wire ce = " not in r.diff and "x_live <= full" not in r.diff
    ]
    assert not others, found.text
    assert found.score > 0.99


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize(
    ("node", "architecture"),
    [(FIR, "direct"), (FIR, "serial"), (SOS, "parallel"), (SOS, "serial")],
    ids=["direct", "serial", "sos", "serial sos"],
)
def test_no_argument_excuses_a_mutant_that_the_bench_kills(
    icarus: str, tmp_path: Path, node: Node, architecture: str
) -> None:
    target = load(write(tmp_path, node, architecture))
    text = target.verilog.read_text()
    runner = BenchRunner(target)
    mutants = list(text_mutants(text))
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda m: runner.run(m.text)[0], mutants))
    killed = [m for m, o in zip(mutants, outcomes, strict=True) if o is Outcome.FAILED]
    assert len(killed) > len(mutants) // 2
    excused = [
        m.where for m in killed if same_logic(text, m.text) or same_moves(text, m.text, target.pins)
    ]
    assert not excused
