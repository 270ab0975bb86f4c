"""`fxfir generate --arch auto`: the candidates it prints, and the core it makes."""

import json
from pathlib import Path

TAPS = ("--taps", "0.01,-0.04,0.03,0.25,0.25,0.03,-0.04,0.01")


def test_the_table_and_the_reason(run) -> None:
    ran = run("generate", *TAPS, "--target", "ecp5", "--max-dsp", "2", "-o", "core")
    assert ran.status == 0
    assert ": the only one that fits (2 do not)" in ran.out
    head, *lines = ran.out[ran.out.index("candidate") :].splitlines()
    assert head.split() == ["candidate", "LUT", "FF", "DSP", "RAM", "MHz", "latency"]
    assert lines[0].split()[0] == "multiplierless"
    assert "symmetric" in ran.out
    assert "misses: 3 multiplier blocks" in ran.out
    manifest = json.loads(Path("core/manifest.json").read_text())
    assert manifest["architecture"]["name"] == "multiplierless"
    assert "graph" in manifest["architecture"]


def test_json_has_it_too(run) -> None:
    ran = run(
        "generate", *TAPS, "--target", "ecp5", "--clock", "1e8", "--rate", "1e6", "-o", "core",
        "--json",
    )  # fmt: skip
    found = json.loads(ran.out)
    assert found["architecture"]["name"] == "serial"
    assert found["choice"]["minimise"] == "luts"
    best, *others = found["choice"]["candidates"]
    assert best["cost"]["dsps"] == 1
    assert all(o["least_luts"] or o["cost"]["luts"] >= best["cost"]["luts"] for o in others)


def test_no_choice_where_the_old_rule_holds(run) -> None:
    ran = run("generate", *TAPS, "-o", "core", "--json")
    assert json.loads(ran.out)["choice"] is None
    assert json.loads(ran.out)["architecture"] == {"name": "symmetric"}


def test_nothing_fits_and_nothing_is_written(run) -> None:
    ran = run("generate", *TAPS, "--target", "ecp5", "--clock", "2e9", "-o", "core")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "got none: nearest is " in ran.err
    assert not Path("core").exists()


def test_a_budget_and_an_architecture_exclude_each_other(run) -> None:
    ran = run("generate", *TAPS, "--arch", "direct", "--minimise", "dsp", "-o", "core")
    assert ran.status == 2
    assert "minimise chooses an architecture, so arch must be auto, got 'direct'" in ran.err


def test_the_specification_may_say_it(run) -> None:
    Path("spec.toml").write_text(
        "fir = {taps = [0.1, 0.25, 0.1]}\n"
        '[hardware]\ntarget = "ecp5"\nminimise = "latency"\nmax_dsp = 8\n'
    )
    ran = run("generate", "spec.toml", "-o", "core", "--json")
    assert json.loads(ran.out)["choice"]["minimise"] == "latency"
    assert Path("core/spec.toml").exists()
    again = run("generate", "spec.toml", "--max-dsp", "0", "-o", "none", "--json")
    assert json.loads(again.out)["architecture"]["name"] == "multiplierless"
    assert not Path("none/spec.toml").exists()
