"""Stimuli reach what they promise: ranges, both ends of the sum, ties, limits."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fxfir.errors import FilterError
from fxfir.filters import Bank, Direct, FixedFir, FixedSos, Parallel, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast, Format, Rounding, round_shift
from fxfir.model import run
from fxfir.verify.probe import trial
from fxfir.verify.response import memory, responses
from fxfir.verify.stimulus import STIMULI, budget, make, standard, user
from fxfir.verify.windows import limit_sums, step_sums, window

Q7 = SQ(1, 7)
ONE_BIT = Format(signed=False, width=1, frac=0)
formats = st.builds(
    Format,
    signed=st.booleans(),
    width=st.integers(1, 70),
    frac=st.integers(-9, 80),
)


def fir(
    taps: tuple[int, ...], *, input: Format = Q7, output: Format | None = None, frac: int = 7
) -> FixedFir:
    coeff = Format(signed=True, width=12, frac=frac)
    cast = Cast(to=output or input)
    return FixedFir(taps=taps, coeff=coeff, input=input, output=cast)


def section(form: str, *, feedback: tuple[int, int] | None = None) -> Direct:
    coeff = SQ(4, 10)
    state = None if form == "df1" else Cast(to=SQ(3, 12))
    return Direct(
        form=form,  # type: ignore[arg-type]
        b=(300, 600, 300),
        a=(-1200, 700),
        b_coeff=coeff,
        a_coeff=coeff,
        state=state,
        out=Cast(to=SQ(2, 9)),
        feedback=feedback,
    )


def sos(form: str, *, feedback: tuple[int, int] | None = None) -> FixedSos:
    s = section(form, feedback=feedback)
    return FixedSos(sections=(s, s), input=SQ(1, 9), output=Cast(to=SQ(1, 9)))


NODES = {
    "fir": fir((3, -20, 111, 0, -20, 3)),
    "one tap": fir((0, 0, 5)),
    "unsigned": fir((9, 60, -9), input=UQ(0, 8), output=UQ(0, 8)),
    "one bit": fir((1, 1, 1), input=ONE_BIT, output=UQ(2, 0), frac=0),
    "wide": fir((5, 7, -300), input=Format(signed=False, width=70, frac=80)),
    "df1": sos("df1", feedback=(-2, 1)),
    "df2": sos("df2"),
    "df1t": sos("df1t"),
    "df2t": sos("df2t"),
    "cast": Requantise(input=SQ(2, 9), cast=Cast(to=UQ(1, 3))),
    "bank": Bank(filters=(fir((1, 2)), fir((-30, 9, 100)))),
    "lanes": Parallel(filters=(fir((1, 2, 9)), fir((9, 60, -9), input=UQ(0, 8)))),
    "series": Series(
        stages=(
            fir((64, -64, 9), output=SQ(2, 9)),
            Requantise(input=SQ(2, 9), cast=Cast(to=SQ(1, 4))),
        )
    ),
}


def sums(node: FixedFir, samples: np.ndarray) -> list[int]:
    x = [int(v) for v in samples[0]]
    return [sum(c * x[n - k] for k, c in enumerate(node.taps) if n >= k) for n in range(len(x))]


@pytest.mark.parametrize("name", STIMULI)
@pytest.mark.parametrize("kind", NODES)
def test_every_stimulus_fits_every_filter(name: str, kind: str) -> None:
    node = NODES[kind]
    samples = make(name, node, length=20, seed=4)
    assert samples.shape[0] == node.n_in
    assert np.array_equal(user(node, samples), samples)
    assert np.array_equal(make(name, node, length=20, seed=4), samples)


@settings(max_examples=40)
@given(fmt=formats, length=st.integers(1, 60))
def test_full_scale_means_the_ends_of_any_format(fmt: Format, length: int) -> None:
    node = Requantise(input=fmt, cast=Cast(to=fmt))
    for name in ("step", "high", "impulse"):
        assert max(make(name, node, length=length)[0]) == fmt.hi
    assert make("low", node, length=length)[0].tolist() == [fmt.lo] * length
    ramp = make("ramp", node, length=length + 1)[0].tolist()
    assert (ramp[0], ramp[-1]) == (fmt.lo, fmt.hi)
    assert ramp == sorted(ramp)
    assert all(fmt.contains(int(v)) for v in make("chirp", node, length=length)[0])


def test_a_chirp_is_a_sine_to_its_promised_error() -> None:
    node = Requantise(input=SQ(1, 15), cast=Cast(to=SQ(1, 15)))
    got = make("chirp", node, length=500)[0] / 32767
    # Phases are whole 65536ths of a turn.
    n = np.arange(500)
    phase = (65536 * n * n // 2000) / 65536
    assert np.max(np.abs(got - np.sin(2 * np.pi * phase))) < 0.0018


@settings(max_examples=60)
@given(
    taps=st.lists(st.integers(-2000, 2000), min_size=1, max_size=9).filter(any),
    fmt=formats,
)
def test_the_sign_pattern_attains_both_ends_of_the_sum(taps: list[int], fmt: Format) -> None:
    node = fir(tuple(taps), input=fmt)
    reached = sums(node, make("sign_pattern", node))
    assert max(reached[node.n_taps - 1 :]) == node.acc_range[1]
    assert min(reached[node.n_taps - 1 :]) == node.acc_range[0]


def test_one_wrong_word_of_the_pattern_misses_the_end() -> None:
    node = fir((3, 20, 111))
    pattern = make("sign_pattern", node)
    pattern[0, 1] -= 1
    assert max(sums(node, pattern)) < node.acc_range[1]


def test_the_pattern_drives_every_output_of_a_bank_and_lanes_together() -> None:
    bank = NODES["bank"]
    assert isinstance(bank, Bank)
    pattern = make("sign_pattern", bank)
    assert pattern.shape == (1, 2 * 2 + 2 * 3)
    for f in bank.filters:
        assert isinstance(f, FixedFir)
        assert (min(sums(f, pattern)), max(sums(f, pattern))) == f.acc_range
    lanes = NODES["lanes"]
    assert isinstance(lanes, Parallel)
    both = make("sign_pattern", lanes)
    assert both.shape == (2, 6)
    for f, row in zip(lanes.filters, both, strict=True):
        assert isinstance(f, FixedFir)
        reached = sums(f, row[None, :])[f.n_taps - 1 :]
        assert (min(reached), max(reached)) == f.acc_range


def test_a_recursive_response_is_the_filters() -> None:
    (h,) = responses(sos("df2"))[0]
    b, a = (300 / 1024, 600 / 1024, 300 / 1024), (-1200 / 1024, 700 / 1024)
    x = np.zeros(len(h))
    x[0] = 1
    for _ in range(2):
        y = np.zeros(len(h))
        for n in range(len(h)):
            y[n] = sum(b[k] * x[n - k] for k in range(3) if n >= k)
            y[n] -= sum(a[k] * y[n - 1 - k] for k in range(2) if n > k)
        x = y
    assert np.max(np.abs(np.array(h, dtype=float) / 2.0**64 - x)) < 1e-12
    assert memory(sos("df2")) == len(h)


def test_memory_counts_the_samples_that_still_matter() -> None:
    assert memory(fir((1, 2, 3))) == 3
    chained = Series(stages=(fir((1, 2, 3)), fir((1, 2))))
    assert memory(chained) == 4
    assert memory(NODES["bank"]) == 3


@settings(max_examples=30)
@given(
    taps=st.lists(st.integers(-2000, 2000), min_size=2, max_size=40).filter(any),
    share=st.integers(1, 99),
)
def test_a_window_comes_within_the_smallest_tap(taps: list[int], share: int) -> None:
    node = fir(tuple(taps), input=SQ(1, 15))
    low, high = node.acc_range
    target = low + (high - low) * share // 100
    x = window(node, target)
    reached = sum(c * v for c, v in zip(node.taps, reversed(x), strict=True))
    assert abs(reached - target) < min(abs(c) for c in node.taps if c)


@pytest.mark.parametrize("rounding", Rounding)
def test_limit_sums_lie_on_both_sides_of_the_limits(rounding: Rounding) -> None:
    to = Format(signed=True, width=6, frac=5)
    node = FixedFir(
        taps=(200, -7, 1),
        coeff=Format(signed=True, width=12, frac=7),
        input=SQ(1, 7),
        output=Cast(to=to, rounding=rounding),
    )
    shift = node.acc.frac - to.frac
    last, over, first, under = limit_sums(node)
    rounded = [round_shift(v, shift, rounding) for v in (last, over, first, under)]
    assert rounded == [to.hi, to.hi + 1, to.lo, to.lo - 1]
    assert (over, under) == (last + 1, first - 1)
    steps = step_sums(node)
    assert [round_shift(v, shift, rounding) for v in steps] == [to.hi, to.hi + 2, to.lo, to.lo - 2]
    inward = (steps[0] - 1, steps[1] - 1, steps[2] + 1, steps[3] + 1)
    rounded = [round_shift(v, shift, rounding) for v in inward]
    assert rounded == [to.hi - 1, to.hi + 1, to.lo + 1, to.lo - 1]
    reached = sums(node, make("limit", node))
    assert {last, over, first, under, *steps} <= set(reached)


def without_gaps(taps: list[int]) -> bool:
    """Whether the smaller taps, with 8-bit samples, reach across one step of each larger one."""
    used = sorted(abs(c) for c in taps if c)
    return bool(used) and all(c <= 255 * sum(used[:k]) + used[0] for k, c in enumerate(used))


@settings(max_examples=40)
@example(taps=[0, 1, 238])
@example(taps=[0, 2, 300, -299])
@given(taps=st.lists(st.integers(-300, 300), min_size=3, max_size=12).filter(without_gaps))
def test_the_windows_lie_on_both_sides_of_each_limit(taps: list[int]) -> None:
    node = fir(tuple(taps), output=SQ(1, 5))
    targets = limit_sums(node)
    reached = sums(node, make("limit", node))[node.n_taps - 1 :: node.n_taps]
    assert len(reached) == len(targets) + len(step_sums(node))
    least = min(abs(c) for c in taps if c)
    for k, (target, got) in enumerate(zip(targets, reached, strict=False)):
        outward = (got - target) * (1 if target > 0 else -1)
        inside = abs(target) <= max(abs(v) for v in node.acc_range) - 2 * least
        if k % 2 and inside:
            assert 0 <= outward < 2 * least
        elif k % 2 == 0:
            assert -least < outward <= 0


def test_limits_that_no_input_reaches_are_left_out() -> None:
    assert limit_sums(fir((1, 1))) == ()
    assert make("limit", fir((1, 1))).shape == (1, 0)


@pytest.mark.parametrize("width", [4, 8, 16, 24])
def test_ties_are_hit_exactly(width: int) -> None:
    node = fir((11, -20, 111), input=SQ(1, width - 1))
    shift = node.acc.frac - node.output.to.frac
    residues = [v % (1 << shift) for v in sums(node, make("tie", node, length=60))]
    half = 1 << (shift - 1)
    for residue in (half, half - 1, half + 1, 0, 1, (1 << shift) - 1):
        assert residues.count(residue) >= (3 if width > 7 else 1)


@pytest.mark.parametrize("form", ["df1", "df2", "df1t", "df2t"])
def test_recursive_filters_meet_ties_in_every_cast(form: str) -> None:
    node = sos(form)
    samples = standard(node).samples
    path = trial(node)
    hits: dict[int, int] = {}
    for x in samples[0]:
        _, probes = path.look([int(x)])
        path.take(0)
        for k, p in enumerate(probes):
            if p.shift > 0:
                hits.setdefault(k, 0)
                hits[k] += p.sums % (1 << p.shift) == 1 << (p.shift - 1)
    assert hits
    assert all(hits.values()), hits


@pytest.mark.parametrize("form", ["df1", "df2", "df1t", "df2t"])
@pytest.mark.parametrize("coeff", [Format(signed=True, width=w, frac=w - 3) for w in (40, 64)])
def test_candidates_side_by_side_stay_exact_past_int64(form: str, coeff: Format) -> None:
    word = Cast(to=Format(signed=True, width=40, frac=36))
    wide = Direct(
        form=form,  # type: ignore[arg-type]
        b=(coeff.hi, coeff.lo, coeff.hi // 3),
        a=(coeff.lo // 3, coeff.hi // 9),
        b_coeff=coeff,
        a_coeff=coeff,
        state=None if form == "df1" else word,
        out=word,
        feedback=(-2, 1) if form == "df1" else None,
    )
    node = FixedSos(sections=(wide, wide), input=SQ(1, 15), output=word)
    signals = np.array([[32767, -32768, 0, 9, -32768], [-1, 5, 32767, 0, 0], [0, 1, 0, 1, 0]])
    path = trial(node)
    given = []
    for candidates in signals.T:
        given.append(path.look([candidates])[0][0])
        path.take(None)
    assert np.array_equal(np.array(given).T, run(node, signals, method="python"))


def test_the_standard_set_covers_itself_and_is_the_same_for_a_seed() -> None:
    for node in NODES.values():
        first = standard(node, seed=5)
        assert np.array_equal(first.samples, standard(node, seed=5).samples)
        assert first.samples.shape[0] == node.n_in
        position = 0
        for segment in first.segments:
            assert segment.start == position
            position += segment.length
        assert position == first.samples.shape[1]
        names = [s.name for s in first.segments]
        assert names[0] == "tie"
        assert {"tie", "sign_pattern", "noise"} <= set(names)
    assert not np.array_equal(standard(node, seed=5).samples, standard(node, seed=6).samples)


def test_the_standard_set_keeps_to_its_length() -> None:
    node = fir(tuple(range(1, 65)))
    assert standard(node).samples.shape == (1, 1024)
    assert standard(node, n=300).samples.shape == (1, 300)
    # The sign pattern, the ties and some noise are never left out.
    short = standard(node, n=10)
    assert [s.name for s in short.segments] == ["tie", "sign_pattern", "noise"]


def test_any_single_coefficient_bit_shows_in_the_standard_set() -> None:
    node = fir((3, -20, 111, 0, -20, 3), input=SQ(1, 11), frac=11)
    x = standard(node).samples
    shift = node.acc.frac - node.output.to.frac

    def outputs(taps: tuple[int, ...]) -> list[int]:
        changed = FixedFir(taps=taps, coeff=node.coeff, input=node.input, output=node.output)
        return [
            min(max(round_shift(v, shift, node.output.rounding), -2048), 2047)
            for v in sums(changed, x)
        ]

    right = outputs(node.taps)
    for k, tap in enumerate(node.taps):
        for bit in range(node.coeff.width):
            word = (tap ^ (1 << bit)) & 0xFFF
            flipped = word - 4096 if word > 2047 else word
            taps = (*node.taps[:k], flipped, *node.taps[k + 1 :])
            assert outputs(taps) != right, (k, bit)


@pytest.mark.parametrize(
    ("samples", "text"),
    [
        ([1.5, 2.0], "samples must be integers, got float64"),
        ([[1, 2], [3, 4]], r"samples must have shape \(1, time\), got \(2, 2\)"),
        ([0, 1, 128], r"samples must fit sfix8_En7 \[-128, 127\], got 128 at sample 2, lane 0"),
        (np.array([1, None], dtype=object), "samples must be integers, got lane 0 with other"),
    ],
)
def test_user_samples_are_checked(samples: object, text: str) -> None:
    with pytest.raises(FilterError, match=text):
        user(fir((1, 2)), samples)


def test_an_unknown_stimulus_lists_the_known_ones() -> None:
    with pytest.raises(FilterError, match=r"stimulus must be one of impulse, .*, got 'saw'"):
        make("saw", fir((1, 2)))


def test_the_budget_keeps_slow_cores_short() -> None:
    assert budget(1) == 1024
    assert budget(1000) == 100
    assert budget(10**9) == 1
