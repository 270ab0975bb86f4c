"""Windows for inner sums: as far as any samples lead them while the output is inside."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir import rtl
from fxfir.arith.adder import Adder, Term
from fxfir.arith.graph import AdderGraph
from fxfir.filters import Bank, FixedFir, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow
from fxfir.verify.stimulus import standard
from fxfir.verify.top_bits import top_bits

NARROW = FixedFir(taps=(-3, 5, 20, 5, -3), coeff=SQ(6, 0), input=SQ(4, 0), output=Cast(to=SQ(8, 0)))


def met(fir: FixedFir, h: tuple[int, ...], row: list[int]) -> list[bool]:
    """Whether each end of a sum was passed, one bit less than its range, with the output inside.

    Worked out sample by sample from the definitions.
    """
    taps = np.array([*fir.taps, *[0] * (len(h) - len(fir.taps))])
    weights = np.array([*h, *[0] * (len(taps) - len(h))])
    ends = [
        sum(min(w * x for x in (fir.input.lo, 0, fir.input.hi)) for w in h),
        sum(max(w * x for x in (fir.input.lo, 0, fir.input.hi)) for w in h),
    ]
    width = 1
    while not (-(1 << (width - 1)) <= ends[0] and ends[1] < 1 << (width - 1)):
        width += 1
    found = [False, False]
    for n in range(len(row)):
        x = np.array([row[n - k] if n >= k else 0 for k in range(len(taps))])
        if fir.output.to.lo <= int(taps @ x) <= fir.output.to.hi:
            found[0] |= int(weights @ x) < -(1 << (width - 2))
            found[1] |= int(weights @ x) >= 1 << (width - 2)
    return found


@settings(max_examples=60, deadline=None)
@given(
    taps=st.lists(st.integers(-15, 15), min_size=3, max_size=4).filter(any),
    h=st.lists(st.integers(-5, 5), min_size=3, max_size=3).filter(any),
    out=st.integers(5, 8),
)
def test_a_window_goes_as_far_as_any_samples(taps: list[int], h: list[int], out: int) -> None:
    fmt = SQ(3, 0)
    fir = FixedFir(taps=tuple(taps), coeff=SQ(5, 0), input=fmt, output=Cast(to=SQ(out, 0)))
    row = top_bits(fir, [(0, tuple(h))], [0] * 4, most=100)
    weights = np.array([*h, 0][: len(taps)])
    windows = np.array(list(product(range(fmt.lo, fmt.hi + 1), repeat=len(taps))))
    y, v = windows @ np.array(taps), windows @ weights
    inside = (y >= fir.output.to.lo) & (y <= fir.output.to.hi)
    ends = int(v.min()), int(v.max())
    half = 1 << max((-ends[0] - 1).bit_length(), ends[1].bit_length()) >> 1
    # A sample moves in whole steps, so a window may fall short by one step of one sample.
    short = int(np.abs(weights).max())
    assert met(fir, tuple(h), row)[0] or v[inside].min() >= -half - short
    assert met(fir, tuple(h), row)[1] or v[inside].max() < half + short


def test_only_what_is_missing_is_added() -> None:
    sums = [(0, (0, 1, 0, 1, 0)), (0, (-1, 0, 1, 0, -1))]
    row = top_bits(NARROW, sums, [0] * 8, most=100)
    assert all(all(met(NARROW, h, row)) for _, h in sums)
    assert top_bits(NARROW, sums, row, most=100) == []
    assert len(top_bits(NARROW, sums, row[:-5], most=100)) in (5, 10)
    assert top_bits(NARROW, sums, [0] * 8, most=4) == []


def test_a_value_under_a_limit_does_not_count() -> None:
    h = (0, 1, 1, 1, 0)
    worst = [7] * 5 + [-8] * 5
    assert met(NARROW, h, worst) == [False, False]
    row = top_bits(NARROW, [(0, h)], worst, most=100)
    assert met(NARROW, h, row) == [True, True]
    wraps = FixedFir(
        taps=NARROW.taps,
        coeff=NARROW.coeff,
        input=NARROW.input,
        output=Cast(to=SQ(8, 0), overflow=Overflow.WRAP),
    )
    assert top_bits(wraps, [(0, h)], worst, most=100) == []


def test_every_output_counts_for_itself() -> None:
    other = FixedFir(taps=(1, 1), coeff=SQ(6, 0), input=SQ(4, 0), output=Cast(to=SQ(8, 0)))
    h = (1, 1)
    bank = Bank(filters=(NARROW, other))
    row = top_bits(bank, [(1, h)], [0] * 8, most=100)
    assert met(other, h, row) == [True, True]
    assert top_bits(bank, [(2, h)], [0] * 8, most=100) == []
    behind = Series(stages=(other, Requantise(input=SQ(8, 0), cast=Cast(to=SQ(4, 0)))))
    assert top_bits(behind, [(0, h)], [0] * 8, most=100) == row


@pytest.mark.parametrize("fmt", [UQ(4, 0), SQ(40, 0)], ids=str)
def test_unsigned_and_wide_samples(fmt: Format) -> None:
    fir = FixedFir(taps=(1, 1 << 30, 1), coeff=SQ(32, 0), input=fmt, output=Cast(to=SQ(60, 0)))
    row = top_bits(fir, [(0, (1 << 20, 0, 1))], [0] * 8, most=100)
    assert (min(row), max(row)) == (fmt.lo, fmt.hi)


def test_a_graph_tells_what_its_outputs_read() -> None:
    graph = AdderGraph(
        n_inputs=2,
        adders=(
            Adder(left=Term(node=0), right=Term(node=1)),
            Adder(left=Term(node=2, shift=1), right=Term(node=0)),
        ),
        outputs=(Term(node=3), Term(node=2, shift=2), None),
    )
    assert graph.inner_sums([1, 3]) == (
        (0, (0, 1, 0, 1)),
        (1, (0, 1, 0, 1)),
        (0, (0, 3, 0, 2)),
    )


def test_cores_without_multipliers_tell_their_sums() -> None:
    core = rtl.build(NARROW, {"name": "multiplierless", "form": "direct"})
    sums = core.inner_sums()
    assert {(0, NARROW.taps), (0, (0, 1, 0, 1, 0))} <= set(sums)
    assert rtl.build(NARROW, {"name": "multiplierless", "form": "transposed"}).inner_sums() == ()
    assert rtl.build(NARROW, "symmetric").inner_sums() == ()
    bank = Bank(filters=(NARROW, NARROW))
    assert {lane for lane, _ in rtl.build(bank, "multiplierless").inner_sums()} == {0, 1}
    assert {lane for lane, _ in rtl.build(bank, "transposed").inner_sums()} == set()


def test_the_standard_set_has_a_segment_for_them() -> None:
    sums = [(0, (0, 1, 0, 1, 0)), (0, (-4, 1, 4, 1, -4))]
    plain, more = standard(NARROW), standard(NARROW, inner=sums)
    assert [s.name for s in more.segments if s not in plain.segments] == ["inner_sums", "noise"]
    assert all(all(met(NARROW, h, more.samples[0].tolist())) for _, h in sums)
    assert more.samples.shape == plain.samples.shape
