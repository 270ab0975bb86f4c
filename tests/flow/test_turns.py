"""Different filters for channels that take turns: same words, no certainty lost."""

import subprocess
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fxfir.analysis import cascade_bound
from fxfir.errors import SpecError
from fxfir.filters import Bank, Interleave
from fxfir.flow import compile_spec, generate, verify_folder
from fxfir.flow.choose import choose
from fxfir.flow.turns import made_alike
from fxfir.model import run
from fxfir.quantize import faithful_sos, quantize_sos
from fxfir.rtl import build
from fxfir.rtl.sos import Serial
from fxfir.spec import BankSpec, EqSos, Hardware, Spec, Words
from fxfir.spec.equaliser import EqBand

FS_HZ = 48000


def peaks(*frequencies_hz: float) -> EqSos:
    bands = [EqBand(kind="peak", frequency_hz=f, gain_db=-4.5, q=2) for f in frequencies_hz]
    return EqSos(bands=tuple(bands), preamp_db=-1.5, fs_hz=FS_HZ)


SIDES = (peaks(90, 3100), peaks(210, 950, 7000), peaks(12000))


def rows(side: EqSos) -> list[list[float]]:
    from fxfir.design import design_sos

    return [list(row) for row in design_sos(side).sos]


@pytest.mark.parametrize("form", ["df1", "df2", "df1t", "df2t"])
@pytest.mark.parametrize("error_feedback", [False, True])
def test_any_three_filters_fit_one_engine(form: str, error_feedback: bool) -> None:
    if error_feedback and form != "df1":
        pytest.skip("error feedback is of df1")
    made = [quantize_sos(rows(side), form=form, error_feedback=error_feedback) for side in SIDES]
    alike = made_alike(made)
    assert {len(one.filter.sections) for one in alike} == {3}
    Serial(Interleave(filters=tuple(one.filter for one in alike), channels=3))
    for before, after in zip(made, alike, strict=True):
        old, new = (cascade_bound(one.filter, one.ideal) for one in (before, after))
        # What is proven of a longer cascade is a hair wider.
        # Where sums have bits below the word, a section that passes its input is counted too.
        counted = Fraction(1, 8) if form == "df1t" or error_feedback else 0
        hair = 1 + Fraction(1, 1 << 20)
        assert new.error_lsb <= hair * old.error_lsb + 2 * counted
        assert len(after.sections) == len(after.ideal) == 3


def test_sections_that_pass_through_change_no_sample() -> None:
    made = [quantize_sos(rows(side), form="df1") for side in (SIDES[2], SIDES[1])]
    short, _ = made_alike(made)
    x = np.random.default_rng(4).integers(-(1 << 15), 1 << 15, 3000)
    alone = replace(short.filter, sections=short.filter.sections[-1:])
    assert np.array_equal(run(short.filter, x), run(alone, x))


def test_faithful_stays_faithful() -> None:
    made = made_alike([faithful_sos(rows(side)) for side in SIDES])
    for one in made:
        bound = cascade_bound(one.filter, one.ideal)
        assert bound.error_lsb < Fraction(1)


def test_equal_words_are_left_alone() -> None:
    made = [quantize_sos(rows(side), section_width=20) for side in (SIDES[0], peaks(80, 2000))]
    assert made_alike(made) == tuple(made)


def test_compiled_channels_say_so() -> None:
    spec = Spec(filter=BankSpec(filters=SIDES), words=Words(), channels=3)
    made = compile_spec(spec)
    assert isinstance(made.node, Interleave)
    assert len(made.node.filters) == len(made.lanes) == 3
    assert made.label == "channel"
    assert "channel 2: words inside are as long as the other channels need, 2 passing through" in (
        made.notes
    )


def test_bands_share_one_engine_where_that_is_asked_for() -> None:
    bank = BankSpec(filters=SIDES)
    made = generate(Spec(filter=bank, hardware=Hardware(arch="shared")), name="bands")
    assert made.core.architecture["name"] == "shared"
    assert made.manifest["filter"]["type"] == "Bank"
    plain = generate(Spec(filter=bank), name="bands")
    assert plain.core.architecture["name"] == "bank"
    assert plain.compiled.node != made.compiled.node


@pytest.mark.parametrize(
    ("rate_hz", "wanted"),
    [
        (48e3, "shared (memory"),
        (2e6, "shared (multipliers 2"),
        (4e6, "bank of serial"),
        (50e6, "bank of parallel"),
    ],
)
def test_the_pace_decides_what_a_bank_shares(rate_hz: float, wanted: str) -> None:
    sides = (peaks(900, 3100), peaks(5000, 950), peaks(12000, 400))
    node = Bank(filters=[quantize_sos(rows(s), form="df1", section_width=18).filter for s in sides])
    choice = choose(node, Hardware(target="ecp5", clock_hz=50e6, rate_hz=rate_hz))
    assert choice is not None
    assert choice.options[0].label.startswith(wanted)
    build(node, choice.architecture, target="ecp5")


def test_channels_of_whole_banks() -> None:
    bank = BankSpec(filters=SIDES)
    made = compile_spec(Spec(filter=bank, channels=2, whole_bank=True))
    assert isinstance(made.node, Interleave)
    (inner,) = made.node.filters
    assert isinstance(inner, Bank)
    assert (made.label, len(made.lanes), made.node.n_out) == ("lane", 3, 3)
    shared = Hardware(arch="shared")
    assert compile_spec(Spec(filter=bank, channels=2, hardware=shared)).node == made.node
    each = BankSpec(filters=SIDES[:2])
    own = compile_spec(Spec(filter=each, channels=2, hardware=shared, whole_bank=False)).node
    assert own == compile_spec(Spec(filter=each, channels=2)).node
    assert own.n_out == 1
    with pytest.raises(SpecError, match=r"got 2 for 3 \(whole_bank sends"):
        Spec(filter=bank, channels=2)
    with pytest.raises(SpecError, match="whole_bank needs a bank, got a filter"):
        Spec(filter=SIDES[0], channels=2, whole_bank=True)


@pytest.mark.sim
@pytest.mark.parametrize("architecture", ["serial", "shared"])
def test_several_multipliers_pass_the_bench_of_their_folder(tmp_path, icarus, architecture) -> None:
    pair = BankSpec(filters=(peaks(900, 300), peaks(5000, 950)))
    arch = {"name": architecture, "multipliers": 2}
    made = generate(Spec(filter=pair, hardware=Hardware(arch=arch), channels=2), name="two")
    assert made.core.architecture["multipliers"] == 2
    folder = made.write(tmp_path / "two")
    program = [icarus, "-g2001", "-s", "two_tb", "-o", "tb", "two_tb.v", "two.v"]
    subprocess.run(program, cwd=folder, check=True)
    ran = subprocess.run(["vvp", "-n", "tb"], cwd=folder, capture_output=True, text=True)
    assert ran.stdout.startswith("PASS: two, ")


@pytest.mark.sim
@pytest.mark.parametrize("channels", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_the_text_of_bands_passes_verify(tmp_path, icarus: str, channels: int) -> None:
    bank = BankSpec(filters=(peaks(900), peaks(5000, 950)))
    spec = Spec(filter=bank, hardware=Hardware(arch="shared"), channels=channels)
    made = generate(spec, name="bands")
    folder = made.write(tmp_path / "bands")
    assert verify_folder(folder, engines=["icarus"], samples=200).ok
