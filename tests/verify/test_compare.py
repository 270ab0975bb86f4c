"""The mismatch report on traces written by hand."""

import numpy as np
import pytest

from fxfir.fixed import SQ, UQ
from fxfir.verify.compare import compare

Q = SQ(1, 7)


def test_equal_streams_have_no_mismatch() -> None:
    assert compare([[1, 2, 3]], [[1, 2, 3]], [Q]) is None
    assert compare(np.zeros((2, 0), dtype=int), np.zeros((2, 0), dtype=int), [Q, Q]) is None


def test_the_first_of_several_differences_is_reported() -> None:
    found = compare([[5, 6, 7, 8]], [[5, -6, 7, 9]], [Q], inputs=[[1, 2, 3, 4]], edges=[2, 3, 5, 8])
    assert found is not None
    assert (found.index, found.lane, found.expected, found.got) == (1, 0, 6, -6)
    assert found.n_different == 2
    assert found.text == (
        "sample 1, lane 0: expected 6 (0x06, 0.046875), got -6 (0xfa, -0.046875); "
        "2 values differ, 4 samples of 4"
    )
    assert found.context[1] == "> sample      1  edge 3  input 2  expected 6  got -6"
    assert found.context[0].startswith("  sample      0")
    assert str(found).splitlines()[0] == found.text
    assert len(str(found).splitlines()) == 5


def test_the_earliest_sample_counts_before_the_lowest_lane() -> None:
    found = compare([[1, 2], [3, 4]], [[1, 9], [8, 4]], [Q, UQ(4, 0)])
    assert found is not None
    assert (found.index, found.lane, found.expected, found.got) == (0, 1, 3, 8)
    assert str(found.format) == "ufix4_En0"
    assert "expected 1 3  got 1 8" in found.context[0]


@pytest.mark.parametrize(
    ("want", "got", "text"),
    [
        ([[1, 2, 3]], [[1, 2]], "sample 2, lane 0 is missing: expected 3 (0x03, 0.0234375)"),
        ([[1, 2]], [[1, 2, 3]], "sample 2, lane 0 is one too many: got 3 (0x03, 0.0234375)"),
        ([[1, 2, 3]], [[2, 3]], "sample 0, lane 0: expected 1 (0x01, 0.0078125), got 2"),
    ],
)
def test_lost_and_extra_samples(want: list[list[int]], got: list[list[int]], text: str) -> None:
    found = compare(want, got, [Q])
    assert found is not None
    assert found.text.startswith(text)
    assert found.to_json()["text"] == found.text


def test_a_prefix_may_end_early_but_not_differ_or_go_on() -> None:
    assert compare([[1, 2, 3]], [[1, 2]], [Q], prefix=True) is None
    assert compare([[1, 2, 3]], [[1, 4]], [Q], prefix=True) is not None
    assert compare([[1]], [[1, 2]], [Q], prefix=True) is not None


def test_words_past_63_bits_compare_exactly() -> None:
    wide = UQ(70, 0)
    want = np.array([[2**69 + 1]], dtype=object)
    got = np.array([[2**69]], dtype=object)
    found = compare(want, got, [wide])
    assert found is not None
    assert (found.expected, found.got) == (2**69 + 1, 2**69)
    assert compare(want, want.copy(), [wide]) is None


def test_lanes_must_agree() -> None:
    with pytest.raises(ValueError, match="both streams must have the same lanes, got 1 and 2"):
        compare([[1]], [[1], [2]], [Q])
