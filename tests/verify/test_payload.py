"""Streams of payloads against the packing of single ones."""

from typing import Any

import numpy as np
import pytest

from fxfir.fixed import SQ, UQ, Format
from fxfir.verify import words
from fxfir.verify.payload import n_chunks, pack, unpack
from fxfir.verify.target import _lanes, join_words, split_word

FORMATS: dict[str, tuple[Format, ...]] = {
    "one bit": (UQ(1, 0),),
    "padded": (SQ(1, 5), UQ(0, 3), SQ(1, 16)),
    "a whole chunk": (SQ(1, 31),),
    "over two chunks": (UQ(0, 20), SQ(1, 24), UQ(30, 3)),
    "the widest int64": (SQ(1, 63), UQ(0, 63)),
    "beyond int64": (UQ(0, 64), SQ(4, 66), SQ(1, 11)),
    "many chunks": (SQ(1, 299), UQ(7, 0)),
}


def streams(name: str, *, whole_bytes: bool) -> tuple[Any, Any]:
    formats = FORMATS[name]
    rows = [words.noise(f, 40, seed=3, stream=k) for k, f in enumerate(formats)]
    for row, f in zip(rows, formats, strict=True):
        row[:4] = [f.lo, f.hi, f.hi, f.lo]
    return _lanes(formats, whole_bytes=whole_bytes), words.array(rows, formats)


def number(payload: Any) -> int:
    return sum(int(v) << (32 * k) for k, v in enumerate(payload))


@pytest.mark.parametrize("whole_bytes", [True, False])
@pytest.mark.parametrize("name", FORMATS)
def test_packed_as_one_by_one(name: str, whole_bytes: bool) -> None:
    lanes, samples = streams(name, whole_bytes=whole_bytes)
    packed = pack(lanes, samples)
    assert (packed.dtype, packed.shape[1]) == (np.uint32, n_chunks(sum(x.slot for x in lanes)))
    for n, column in enumerate(samples.T.tolist()):
        assert number(packed[n]) == join_words(lanes, column, odd=bool(n & 1)), n


@pytest.mark.parametrize("whole_bytes", [True, False])
@pytest.mark.parametrize("name", FORMATS)
def test_unpacked_as_one_by_one(name: str, whole_bytes: bool) -> None:
    lanes, samples = streams(name, whole_bytes=whole_bytes)
    packed = pack(lanes, samples)
    codes, padded = unpack(lanes, packed)
    assert codes.dtype == samples.dtype
    assert np.array_equal(codes, samples)
    for n in range(len(packed)):
        assert padded[n] == split_word(lanes, number(packed[n]))[1], n
    # Every second payload has wrong padding where there is any.
    assert padded.all() == all(lane.slot == lane.width for lane in lanes)
    assert padded[::2].all()


def test_no_samples() -> None:
    lanes, samples = streams("padded", whole_bytes=True)
    packed = pack(lanes, samples[:, :0])
    codes, padded = unpack(lanes, packed)
    assert (packed.shape, codes.shape, padded.shape) == ((0, 2), (3, 0), (0,))
