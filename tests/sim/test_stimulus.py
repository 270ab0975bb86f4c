"""The bench's own samples reach what they are made for."""

from random import Random

import pytest

from sim import expected, stimulus
from sim.words import parse_format
from tests.sim import nodes


def fir(taps, **output):
    return {
        "type": "FixedFir",
        "taps": taps,
        "coeff": "sfix8_En7",
        "input": "sfix8_En7",
        "output": {"to": "sfix32_En14", **output},
    }


def played(node):
    frames = stimulus.directed(node, expected.make(node).inputs)
    return expected.run(node, [list(lane) for lane in zip(*frames, strict=True)])


@pytest.mark.parametrize("taps", [[1], [5, -3, 0, 7, -128], [-1, -2, -3]])
def test_signs_drive_a_sum_to_both_bounds(taps):
    (y,) = played(fir(taps))
    assert max(y) == sum(max(tap * -128, tap * 127) for tap in taps)
    assert min(y) == sum(min(tap * -128, tap * 127) for tap in taps)


def test_lanes_beside_each_other_reach_their_bounds_together():
    node = {"type": "Parallel", "filters": [fir([5, -3, 9]), fir([-7, 1])]}
    first, second = played(node)
    assert max(first) == 14 * 127 + 3 * 128
    assert max(second) == 7 * 128 + 127


def test_both_filters_of_a_bank_reach_their_bounds():
    first, second = played({"type": "Bank", "filters": [fir([5, -3, 9]), fir([-7, 1])]})
    assert max(first) == 14 * 127 + 3 * 128
    assert max(second) == 7 * 128 + 127


def test_every_channel_reaches_its_bounds():
    node = {"type": "Interleave", "channels": 2, "filters": [fir([5, -3, 9])]}
    (y,) = played(node)
    for own in (y[::2], y[1::2]):
        assert max(own) == 14 * 127 + 3 * 128
        assert min(own) == -14 * 128 - 3 * 127


@pytest.mark.parametrize("kept", nodes.ROUNDINGS)
def test_ties_tell_all_roundings_apart(kept):
    low = {"to": "sfix9_En7"}
    taps = [3, -70, 0, 101, 0, 55, -128]
    want = played(fir(taps, **low, rounding=kept))
    for other in set(nodes.ROUNDINGS) - {kept}:
        assert played(fir(taps, **low, rounding=other)) != want, other


def test_ties_need_a_word_that_fits():
    # 14 bits are dropped: 4 times 2**11 is half an LSB, 64 times 2**7, -128 times 2**6.
    assert stimulus.ties(fir([4, 64, -128], to="sfix8_En0")) == [[64], [-64]]
    assert stimulus.ties(fir([4, 64], to="sfix8_En0")) == []


@pytest.mark.parametrize("kind", ["fir", "sos", "requantise", "nested", "interleave"])
def test_every_word_fits(kind, seed):
    rng = Random(f"{kind} {seed}")
    for _ in range(10):
        node = getattr(nodes, kind)(rng)
        formats = expected.make(node).inputs
        frames = stimulus.directed(node, formats) + stimulus.noise(formats, 40, rng)
        for frame in frames:
            assert len(frame) == len(formats)
            assert all(fmt.lo <= x <= fmt.hi for fmt, x in zip(formats, frame, strict=True))


def test_noise_meets_both_ends_and_small_words():
    fmt = parse_format("sfix16_En15")
    words = [frame[0] for frame in stimulus.noise([fmt], 400, Random(1))]
    assert {fmt.lo, fmt.hi} <= set(words)
    assert sum(abs(word) < 256 for word in words) > 20
