import struct
import tracemalloc
import wave
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxfir.errors import OutputError, ReadError
from fxfir.fixed import Format
from fxfir.spec.samples import SUFFIXES, create_samples, open_samples, read_wav_info
from fxfir.spec.samples.pcm import decode, encode

S16 = Format.parse("sfix16_En15")
FORMATS = ["sfix16_En15", "sfix24_En23", "sfix32_En31", "ufix8_En0", "sfix5_En2", "sfix64_En0"]


CASES = [(s, f) for s in SUFFIXES for f in FORMATS[: 3 if s == ".wav" else None]]


def _noise(fmt, lanes, n, seed):
    rng = np.random.default_rng(seed)
    block = rng.integers(fmt.lo, fmt.hi, (lanes, n), endpoint=True)
    block[0, :2] = fmt.lo, fmt.hi
    return block


def _read(path, lanes, fmt, size=1 << 16):
    with open_samples(path, lanes=lanes, fmt=fmt) as reader:
        blocks = [np.zeros((lanes, 0), dtype=np.int64), *reader.blocks(size)]
    assert all(block.shape[1] <= size for block in blocks)
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize(("suffix", "text"), CASES)
def test_what_is_written_in_blocks_is_read_in_others(tmp_path, seed, suffix, text, lanes):
    fmt = Format.parse(text)
    data = _noise(fmt, lanes, 1000, seed)
    path = tmp_path / f"x{suffix}"
    with create_samples(path, lanes=lanes, fmt=fmt, fs_hz=8000) as writer:
        for start in (0, 1, 700):
            writer.write(data[:, start : {0: 1, 1: 700, 700: 1000}[start]])
    read = _read(path, lanes, fmt, size=33)
    assert read.dtype == np.int64
    assert np.array_equal(read, data)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_words_past_63_bits_stay_exact(tmp_path):
    fmt = Format.parse("ufix70_En0")
    data = np.array([[0, 1 << 69, fmt.hi]], dtype=object)
    for suffix in (".raw", ".csv"):
        with create_samples(tmp_path / f"x{suffix}", lanes=1, fmt=fmt) as writer:
            writer.write(data)
        assert np.array_equal(_read(tmp_path / f"x{suffix}", 1, fmt), data)
    with pytest.raises(OutputError, match="words of at most 64 bits, got ufix70_En0"):
        create_samples(tmp_path / "x.npy", lanes=1, fmt=fmt)


@given(st.integers(1, 9), st.booleans(), st.data())
def test_bytes_and_back(n_bytes, signed, data):
    fmt = Format(signed=signed, width=8 * n_bytes, frac=0)
    words = data.draw(st.lists(st.integers(fmt.lo, fmt.hi), min_size=2, max_size=8))
    words = words[: len(words) // 2 * 2]
    block = np.array(words, dtype=object).reshape(-1, 2).T
    raw = encode(block, n_bytes, signed=signed)
    assert raw == b"".join(w.to_bytes(n_bytes, "little", signed=signed) for w in words)
    assert np.array_equal(decode(raw, n_bytes, 2, signed=signed), block)
    if fmt.width <= 63:
        assert encode(block.astype(np.int64), n_bytes, signed=signed) == raw


@pytest.mark.parametrize("width", [16, 24, 32])
def test_the_standard_library_reads_our_wav_and_we_read_its(tmp_path, seed, width):
    fmt = Format(signed=True, width=width, frac=width - 1)
    data = _noise(fmt, 2, 50, seed)
    path = tmp_path / "ours.wav"
    with create_samples(path, lanes=2, fmt=fmt, fs_hz=44100) as writer:
        writer.write(data)
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (2, width // 8, 44100, 50)
        raw = file.readframes(50)
    assert raw == encode(data, width // 8, signed=True)
    with wave.open(str(tmp_path / "its.wav"), "wb") as file:
        file.setparams((2, width // 8, 48000, 0, "NONE", ""))
        file.writeframes(raw)
    info = read_wav_info(tmp_path / "its.wav")
    assert (info.channels, info.width, info.fs_hz, info.n_samples) == (2, width, 48000, 50)
    assert np.array_equal(_read(tmp_path / "its.wav", 2, fmt), data)


def _wav(fmt_chunk, data, *, size=None, extra=b""):
    size = len(data) if size is None else size
    body = b"WAVE" + extra + b"fmt " + struct.pack("<I", len(fmt_chunk)) + fmt_chunk
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _fmt(tag=1, channels=1, rate=8000, width=16):
    align = channels * width // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, width)


def test_extensible_headers_odd_chunks_and_unknown_lengths(tmp_path):
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    extensible = _fmt(tag=0xFFFE) + struct.pack("<HHI", 22, 16, 4) + guid
    path = tmp_path / "x.wav"
    path.write_bytes(_wav(extensible, b"\x01\x00\xff\xff", extra=b"LIST\x03\x00\x00\x00abc\x00"))
    assert np.array_equal(_read(path, 1, S16), [[1, -1]])
    path.write_bytes(_wav(_fmt(), b"\x01\x00\xff\xff\x05", size=0xFFFFFFFF))
    assert read_wav_info(path).n_samples is None
    assert np.array_equal(_read(path, 1, S16), [[1, -1]])


BAD_WAVS = {
    "must start with RIFF, got b'hell'": b"hello, this is no wave",
    "must start with RIFF, got b''": b"",
    "must be RIFF WAVE, got b'RF64": b"RF64\0\0\0\0WAVE",
    "must be RIFF WAVE, got b'RIFF": b"RIFF\0\0\0\0AVI ",
    "must hold fmt and data, got the end of": b"RIFF\0\0\0\0WAVE",
    "must hold fmt before data": b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
    "must have 16 bytes, got 4": _wav(b"\1\0\1\0", b""),
    "must have 16, 24 or 32 bits, got 8": _wav(_fmt(width=8), b"\0"),
    "must hold integer PCM, got floating point": _wav(_fmt(tag=3, width=32), b"\0" * 4),
    "must hold integer PCM, got format 9": _wav(_fmt(tag=9), b""),
    "must have at least 1 channel, got 0": _wav(_fmt(channels=0), b""),
    "must hold the 4 samples its header says, got 2": _wav(_fmt(), b"\0" * 4, size=8),
    "must have 2 bytes, got 4": _wav(_fmt()[:12] + struct.pack("<HH", 4, 16), b""),
}


@pytest.mark.parametrize("sentence", BAD_WAVS)
def test_bad_wavs(tmp_path, sentence):
    path = tmp_path / "x.wav"
    path.write_bytes(BAD_WAVS[sentence])
    with pytest.raises(ReadError, match=sentence) as caught:
        read_wav_info(path)
    assert "x.wav" in str(caught.value)


def test_wavs_of_wrong_width_or_channel_count(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(_wav(_fmt(channels=2), b"\0" * 8))
    with pytest.raises(ReadError, match="must have 1 channels, got 2 in"):
        open_samples(path, lanes=1, fmt=S16)
    for text in ("sfix24_En23", "ufix16_En0"):
        with pytest.raises(ReadError, match=r"signed samples of \d+ bits, got 16 bits in"):
            open_samples(path, lanes=2, fmt=Format.parse(text))


BAD_FILES = {
    "a.csv": ("1\n2,3\n", r"must hold 1 samples, got 2 in .* line 2: '2,3'"),
    "b.csv": ("1\n2.5\n", r"must be an integer, got '2\.5' in .* line 2"),
    "c.csv": ("1\n\n40000\n", r"must fit sfix16_En15 .*, got 40000 at sample 1 of lane 0"),
    "d.csv": ("1\n99999999999999999999999\n", "must fit sfix16_En15"),
    "e.raw": (b"\0\0\0", "must hold whole frames of 2 bytes, got 3 bytes"),
    "f.npy": (b"junk", "must be whole"),
    "g.mp3": (b"", r"must end in \.wav, \.npy, .*, got .*g\.mp3"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_sample_files(tmp_path, name):
    content, sentence = BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ReadError, match=sentence):
        _read(path, 1, S16)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros(4), "samples must be integers, got dtype float64"),
        (np.zeros((2, 4), dtype=int), r"must be of shape \(1, time\), got \(2, 4\)"),
        (np.array([0, 1 << 15]), "got 32768 at sample 1 of lane 0"),
        (np.array([1 << 63], dtype=np.uint64), "got 9223372036854775808 at sample 0"),
    ],
)
def test_bad_arrays(tmp_path, array, sentence):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(ReadError, match=sentence):
        _read(tmp_path / "x.npy", 1, S16)


@pytest.mark.parametrize("suffix", [".wav", ".npy", ".csv", ".raw"])
def test_missing_files_and_directories(tmp_path, suffix):
    with pytest.raises(ReadError, match="must exist to be read"):
        open_samples(tmp_path / f"no{suffix}", lanes=1, fmt=S16)
    (tmp_path / f"d{suffix}").mkdir()
    with pytest.raises(ReadError, match="got the directory"):
        open_samples(tmp_path / f"d{suffix}", lanes=1, fmt=S16)
    with pytest.raises(OutputError, match="got the directory"):
        create_samples(tmp_path / f"d{suffix}", lanes=1, fmt=S16, fs_hz=8000)
    with pytest.raises(OutputError, match=r"must be writable, got .*: No such file"):
        create_samples(tmp_path / "none" / f"x{suffix}", lanes=1, fmt=S16, fs_hz=8000)


@pytest.mark.parametrize("suffix", [".wav", ".npy", ".csv", ".raw"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"old")
    for bad in (np.array([[40000]]), np.zeros((2, 3), dtype=int)):
        with (  # noqa: PT012
            pytest.raises(ReadError),
            create_samples(path, lanes=1, fmt=S16, fs_hz=8000) as writer,
        ):
            writer.write(np.array([1, 2]))
            writer.write(bad)
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        create_samples(path, lanes=1, fmt=S16, fs_hz=8000) as writer,
    ):
        writer.write(np.array([1, 2]))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "text", "fs_hz", "sentence"),
    [
        ("x.wav", "sfix18_En17", 8000, "of 16, 24 or 32 bits, got sfix18_En17"),
        ("x.wav", "ufix16_En0", 8000, "signed samples"),
        ("x.wav", "sfix16_En15", None, "a WAV file needs a sampling rate, got none"),
        ("x.flac", "sfix16_En15", 8000, r"must end in .*, got .*x\.flac"),
    ],
)
def test_files_that_cannot_be_made(tmp_path, name, text, fs_hz, sentence):
    with pytest.raises(OutputError, match=sentence):
        create_samples(tmp_path / name, lanes=1, fmt=Format.parse(text), fs_hz=fs_hz)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".wav", ".raw"])
def test_memory_does_not_grow_with_the_file(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    block = np.zeros(1 << 16, dtype=np.int64)
    tracemalloc.start()
    with create_samples(path, lanes=1, fmt=S16, fs_hz=48000) as writer:
        for _ in range(64):
            writer.write(block)
    with open_samples(path, lanes=1, fmt=S16) as reader:
        assert sum(b.shape[1] for b in reader.blocks()) == 64 << 16
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(SUFFIXES),
    cut=st.integers(0, 80),
    patch=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4),
)
def test_a_damaged_file_is_read_or_refused(tmp_path, suffix, cut, patch):
    path = tmp_path / f"x{suffix}"
    with create_samples(path, lanes=1, fmt=S16, fs_hz=8000) as writer:
        writer.write(np.arange(-8, 8))
    content = bytearray(path.read_bytes())
    for at, value in patch:
        if at < len(content):
            content[at] = value
    path.write_bytes(bytes(content[: len(content) - cut]))
    with suppress(ReadError):
        block = _read(path, 1, S16)
        assert block.shape[0] == 1
