"""The plan of a serial filter, followed on paper: every tap meets its sample once a pass."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.rtl.fir.serial_plan import foldable, plan
from tests.rtl.cases import FIRS, firs


def _oldest_before(todo, k) -> int:
    """Age of the youngest sample that a bank can hold."""
    bank = todo.banks[k]
    return 0 if bank.feed is None else _oldest_before(todo, bank.feed) + todo.banks[bank.feed].span


def _products(todo) -> Counter:
    """Tap values by the age of the sample they are multiplied with."""
    found: Counter = Counter()
    for lane in todo.lanes:
        assert len(lane.taps) == todo.steps
        for step, tap in enumerate(lane.taps):
            near = todo.banks[lane.newer]
            found[_oldest_before(todo, lane.newer) + near.visits[step]] += tap
            if lane.older is not None and step != lane.alone:
                far = todo.banks[lane.older]
                found[_oldest_before(todo, lane.older) + far.visits[step]] += lane.sign * tap
    return Counter({age: tap for age, tap in found.items() if tap})


def _check(todo, taps) -> None:
    assert _products(todo) == {k: tap for k, tap in enumerate(taps) if tap}
    for k, bank in enumerate(todo.banks):
        assert len(bank.visits) == todo.steps
        assert all(0 <= age < bank.span <= bank.depth for age in bank.visits)
        if bank.feed is not None:
            # The sample that moves on is the oldest, read last, or first and then kept.
            before = todo.banks[bank.feed]
            assert bank.feed < k
            assert before.visits[0 if bank.late else -1] == before.span - 1


@pytest.mark.parametrize("copies", [False, True])
@given(filter=firs(), multipliers=st.integers(1, 6), fold=st.booleans(), lead=st.booleans())
def test_every_tap_meets_its_sample(copies, filter, multipliers, fold, lead):
    fold = fold and foldable(filter.taps)
    todo = plan(filter.taps, fold=fold, multipliers=multipliers, copies=copies, lead=lead)
    _check(todo, filter.taps)
    assert not lead or all(lane.taps[0] == 0 for lane in todo.lanes)
    if copies and todo.steps - lead > 1:
        # A block memory may not read the word that is being written.
        assert all(bank.visits[0] > 0 for bank in todo.banks)


@pytest.mark.parametrize("multipliers", [1, 2, 3, 4, 7, 16, 32])
@pytest.mark.parametrize("fold", [False, True])
def test_memories_hold_each_sample_once(multipliers, fold):
    taps = [*range(1, 33), *range(32, 0, -1)]
    todo = plan(taps, fold=fold, multipliers=multipliers, copies=False)
    _check(todo, taps)
    assert sum(bank.span for bank in todo.banks) == 64
    assert len(todo.lanes) == -(-(32 if fold else 64) // todo.steps)


def test_a_wrong_plan_is_caught():
    taps = FIRS["odd"].taps
    todo = plan(taps, fold=True, multipliers=1, copies=False)
    with pytest.raises(AssertionError):
        _check(todo, [*taps[:-1], taps[-1] + 1])
    with pytest.raises(AssertionError):
        _check(todo, [0, *taps])
