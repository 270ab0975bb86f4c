"""Mutants of a core written by hand, its own plain bench, and the report."""

from pathlib import Path

import pytest

from fxfir.errors import EngineError, ToolError
from fxfir.filters import to_json
from fxfir.verify.mutation import mutate
from fxfir.verify.mutation.contract import contract_changes
from fxfir.verify.mutation.influence import steers
from fxfir.verify.mutation.report import MutationReport, Result, Verdict
from fxfir.verify.mutation.runner import BenchRunner, Outcome
from fxfir.verify.mutation.text import TEXT_MUTATORS, text_mutants
from fxfir.verify.mutation.tokens import statements
from fxfir.verify.mutation.wrapper import wrapper_mutants
from fxfir.verify.target import Target


def by_kind(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for m in text_mutants(text):
        found.setdefault(m.kind, []).append(m.where)
    return found


def test_every_coefficient_limit_and_enable_is_broken_once(target: Target) -> None:
    text = target.verilog.read_text()
    found = by_kind(text)
    assert len(found["coefficient bit"]) == 8
    # Two saturation limits of 7 bits and valid in reset; x1 in reset is wrong as a whole.
    assert len(found["constant bit"]) == 7 + 7 + 1
    assert len(found["reset value"]) == 1
    assert len(found["condition"]) == 9
    assert "line 30: if (rst) becomes if (1'b0)" in found["condition"]
    assert sum("keeps its value" in w for w in found["assignment left out"]) == 5
    assert {w.split(": ")[1] for w in found["power-up value"]} == {
        "x1 starts with 6'sh15", "y starts with 7'sh55", "m_axis_tvalid starts with 1'h1",
    }  # fmt: skip
    assert "line 21: | becomes &" in found["operator"]
    assert any("aresetn becomes" in w for w in found["inverted term"])


def test_no_mutant_comes_twice_or_is_the_original(target: Target) -> None:
    text = target.verilog.read_text()
    texts = [m.text for m in text_mutants(text)]
    assert len(set(texts)) == len(texts)
    assert text not in texts
    assert all(m.diff(text) for m in text_mutants(text))


def test_every_mutator_finds_something(target: Target) -> None:
    text = target.verilog.read_text()
    parsed = statements(text)
    for name, mutator in TEXT_MUTATORS.items():
        assert list(mutator(text, parsed)), name


def test_contract_changes_reach_every_bit_and_cast(target: Target) -> None:
    changes = list(contract_changes(to_json(target.node)))
    kinds = [kind for kind, _, _ in changes]
    assert kinds.count("tap bit") == 2 * 3
    assert (kinds.count("rounding"), kinds.count("overflow")) == (6, 1)
    assert ("tap bit", "taps[1]: -2 becomes -1") in [(k, w) for k, w, _ in changes]


@pytest.mark.sim
def test_the_bench_passes_on_the_core_and_fails_on_broken_ones(icarus: str, target: Target) -> None:
    runner = BenchRunner(target)
    text = target.verilog.read_text()
    assert runner.run(text) == (Outcome.PASSED, "PASS 120 samples")
    assert runner.run(text.replace("8'sd2", "8'sd3"))[0] is Outcome.FAILED
    assert runner.run(text.replace("endmodule", "endmodul"))[0] is Outcome.INVALID
    spin = "reg s; initial s = 0; always @(posedge aclk) while (1) s = ~s;\nendmodule"
    hung = BenchRunner(target, limit_s=2)
    assert hung.run(text.replace("endmodule", spin))[0] is Outcome.HUNG


@pytest.mark.sim
def test_an_index_beyond_a_vector_is_noticed_by_the_compiler(icarus: str, target: Target) -> None:
    text = target.verilog.read_text()
    beyond = text.replace("endmodule", "wire beyond = x1[6];\nendmodule")
    outcome, said = BenchRunner(target).run(beyond)
    assert outcome is Outcome.FAILED
    assert "warning: Constant bit select [6] is after vector x1[5:0]" in said
    # Not where the unchanged core has a warning of its own.
    target.verilog.write_text(beyond)
    assert BenchRunner(target).run(beyond)[0] is Outcome.PASSED


@pytest.mark.sim
def test_a_bench_that_fails_on_the_core_gives_no_score(icarus: str, target: Target) -> None:
    path = target.verilog
    path.write_text(path.read_text().replace("8'sd2", "8'sd3"))
    with pytest.raises(ToolError, match=r"tiny_tb\.v must pass on the unchanged core, got failed"):
        BenchRunner(target)


@pytest.mark.sim
def test_a_missing_bench_is_one_sentence(icarus: str, folder: Path, target: Target) -> None:
    (folder / "tiny_tb.v").unlink()
    with pytest.raises(ToolError, match=r"a mutation run needs the bench tiny_tb\.v, got none"):
        BenchRunner(target)


@pytest.mark.sim
def test_the_score_tells_a_weak_bench(icarus: str, folder: Path) -> None:
    sample = mutate(folder, levels=["text"], most=16, seed=3)
    assert len(sample.results) == 16 < sample.n_possible
    assert sample.killed
    assert sample.score > 0.8
    bench = folder / "tiny_tb.v"
    # A bench that looks at no sample lets nearly everything pass.
    weak = bench.read_text().replace("if (m_data !== y[got]) fail;", "")
    bench.write_text(weak.replace("m_data !== was_data", "0"))
    blind = mutate(folder, levels=["text"], most=16, seed=3)
    assert blind.score < sample.score
    assert "survived, " in blind.text
    assert "@@" in blind.text


@pytest.mark.sim
def test_the_stream_level_breaks_the_handshake(icarus: str, target: Target) -> None:
    runner = BenchRunner(target)
    found = {
        m.where: runner.run(m.text)[0]
        for m in wrapper_mutants(target, target.verilog.read_text(), samples=120)
    }
    # The hand-written bench knows nothing of samples past the last one, nor of shy valids.
    missed = {"output sample 119 comes twice", "valid waits for ready"}
    assert {w for w, o in found.items() if o is Outcome.PASSED} == missed
    assert all(o is Outcome.FAILED for w, o in found.items() if w not in missed)


@pytest.mark.sim
def test_an_unseen_power_up_value_is_argued_not_counted(icarus: str, folder: Path) -> None:
    found = mutate(folder, levels=["text"])
    equal = {r.where.split(": ")[1] for r in found.equivalent if r.kind == "power-up value"}
    assert equal == {"y starts with 7'sh55"}
    killed = {r.where.split(": ")[1] for r in found.killed if r.kind == "power-up value"}
    assert killed == {"x1 starts with 6'sh15", "m_axis_tvalid starts with 1'h1"}


def test_what_steers_a_condition_is_known(target: Target) -> None:
    text = target.verilog.read_text()
    names = steers(statements(text))
    assert {"ce", "rst", "accept", "m_axis_tvalid", "s_axis_tvalid"} <= names
    assert not {"x1", "y", "acc", "over"} & names


def test_the_report_counts_and_lists() -> None:
    def result(verdict: Verdict) -> Result:
        return Result(kind="k", where="w", verdict=verdict, reason="r", diff="d")

    some = [Verdict.KILLED, Verdict.KILLED, Verdict.KILLED, Verdict.SURVIVED]
    report = MutationReport(
        name="n",
        results=tuple(map(result, [*some, Verdict.EQUIVALENT, Verdict.INVALID])),
        n_possible=9,
    )
    assert report.score == 0.75
    assert report.text.splitlines()[0] == (
        "n: 6 of 9 mutants, 3 killed, 1 survived, 1 equivalent, 1 did not compile, score 75.0 %"
    )
    assert len(report.to_json()["not_killed"]) == 3
    assert MutationReport(name="n", results=(), n_possible=0).score == 0.0


def test_an_unknown_level_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(EngineError, match="level must be one of text, stream, contract, got 'bit'"):
        mutate(folder, levels=["bit"])
