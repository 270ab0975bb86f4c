"""The shared bench against hand-made cores in plain Python: every broken rule is seen."""

from collections.abc import Callable
from typing import Any

import pytest

from fxfir.verify.bench import UNKNOWN, Bench


def job(**changes: Any) -> dict[str, Any]:
    return {
        "words": list(range(1, 21)),
        "gaps": [],
        "stalls": [],
        "resets": [],
        "reset_clocks": 1,
        "reset_first": True,
        "mask": 0xFF,
        "patience": 20,
        "drain": 6,
        "wait": 3,
    } | changes


class Register:
    """One register with a handshake: latency 1, interval 1."""

    def __init__(self) -> None:
        self.valid = 0
        self.data = 0

    def outputs(self, ready: int) -> tuple[int, int, int]:
        return int(not self.valid or ready), self.valid, self.data

    def clock(self, reset: int, valid: int, data: int, ready: int) -> None:
        if reset:
            self.valid = 0
        elif not self.valid or ready:
            self.valid, self.data = valid, data


def simulate(core: Any, **changes: Any) -> dict[str, Any]:
    bench = Bench(job(**changes))
    going, edges = True, 0
    while going:
        drive = (bench.reset, bench.valid, bench.data, bench.ready)
        going = bench.step(*core.outputs(bench.ready))
        core.clock(*drive)
        edges += 1
        assert edges < 5000
    return bench.result()


def rules(result: dict[str, Any]) -> set[str]:
    return {rule for _, rule in result["faults"]}


def test_a_register_passes_with_latency_1_at_full_rate() -> None:
    result = simulate(Register())
    assert result["outputs"] == list(range(1, 21))
    assert result["accepted_at"] == list(range(20))
    assert result["emitted_at"] == list(range(1, 21))
    assert (result["startup"], result["idle"], result["faults"]) == (0, 0, [])


@pytest.mark.parametrize("gaps", [[], [1, 0], [1, 1, 1, 0, 0]])
@pytest.mark.parametrize("stalls", [[], [0, 1], [1, 1, 1, 1, 0]])
def test_gaps_and_stalls_change_no_sample(gaps: list[int], stalls: list[int]) -> None:
    result = simulate(Register(), gaps=gaps, stalls=stalls)
    assert result["outputs"] == list(range(1, 21))
    assert result["faults"] == []
    for edge in result["emitted_at"]:
        assert not stalls or stalls[edge % len(stalls)] == 0


def test_a_reset_drops_what_is_inside_and_the_offered_sample_stays() -> None:
    result = simulate(Register(), resets=[5], reset_clocks=2)
    # Sample 5 was taken at edge 4 and would have left at edge 5, in reset.
    assert result["outputs"] == [1, 2, 3, 4, *range(6, 21)]
    assert result["accepted_at"][4:6] == [4, 7]
    assert result["faults"] == []


class Broken(Register):
    def __init__(self, change: Callable[["Broken", int], tuple[int, int, int]]) -> None:
        super().__init__()
        self.change = change
        self.edge = 0

    def outputs(self, ready: int) -> tuple[int, int, int]:
        self.edge += 1
        return self.change(self, ready)


def plain(core: Broken, ready: int) -> tuple[int, int, int]:
    return Register.outputs(core, ready)


def dropped_valid(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return r, v & int(core.edge % 7 != 0), d


def moving_payload(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return r, v, d ^ (core.edge & 1)


def unknown_valid(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return r, UNKNOWN if core.edge == 5 else v, d


def unknown_ready(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return UNKNOWN if core.edge == 5 else r, v, d


def unknown_payload(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return r, v, UNKNOWN if core.edge == 5 else d


def never_ready(core: Broken, ready: int) -> tuple[int, int, int]:
    return 0, 0, 0


def always_valid(core: Broken, ready: int) -> tuple[int, int, int]:
    return 1, 1, 0


def shy(core: Broken, ready: int) -> tuple[int, int, int]:
    r, v, d = plain(core, ready)
    return r, v & ready, d


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (shy, "output valid must not wait for ready, got none in 3 edges"),
        (dropped_valid, "output valid must stay until the sample is taken"),
        (moving_payload, "output payload must hold until it is taken"),
        (unknown_valid, "output valid must be 0 or 1, got an unknown bit"),
        (unknown_ready, "input ready must be 0 or 1, got an unknown bit"),
        (unknown_payload, "output payload must be known while valid, got an unknown bit"),
        (never_ready, "a transfer must come within 20 edges"),
        (always_valid, "every output must follow an input"),
        (always_valid, "output valid must be 0 in reset"),
    ],
)
def test_every_broken_rule_is_named(change: Any, rule: str) -> None:
    stalls = [1, 1, 1, 1, 1, 1, 0, 0, 0] if change is shy else [0, 1]
    result = simulate(Broken(change), stalls=stalls, reset_clocks=3)
    assert rule in rules(result)


def test_startup_counts_from_the_first_edge_out_of_reset() -> None:
    def late(core: Broken, ready: int) -> tuple[int, int, int]:
        r, v, d = plain(core, ready)
        # Two edges in reset come first.
        return (r, v, d) if core.edge > 2 + 3 else (0, v, d)

    result = simulate(Broken(late), reset_clocks=2)
    assert result["startup"] == 3
    assert result["accepted_at"][0] == 3


def test_without_a_first_reset_edge_0_is_power_up() -> None:
    bench = Bench(job(reset_first=False))
    assert (bench.edge, bench.reset) == (0, 0)


def test_idle_counts_ready_edges_without_an_output() -> None:
    result = simulate(Register(), gaps=[0, 0, 0, 1])
    assert result["idle"] > 0
