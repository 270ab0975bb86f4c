"""Streams: chunks, resets, lanes, batches, dtypes, methods and refusals."""

import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import EngineError, FilterError, FormatError, ToolError
from fxfir.filters import (
    Bank,
    Direct,
    FixedFir,
    FixedSos,
    Interleave,
    Parallel,
    Requantise,
    Series,
)
from fxfir.fixed import SQ, UQ, Cast, Format
from fxfir.model import METHODS, Model, compiled, run, stream
from fxfir.model.fir import FIR_METHODS
from fxfir.model.sos import SOS_METHODS
from tests.filters import strategies
from tests.model import oracle, signals

WORD = SQ(1, 15)
FIR = FixedFir(taps=(3, -2, 5), coeff=SQ(4, 0), input=WORD, output=Cast(to=SQ(4, 12)))
SOS = FixedSos(
    sections=(
        Direct(
            form="df2t",
            b=(3000, 5000, 3000),
            a=(-28000, 13000),
            b_coeff=SQ(2, 14),
            a_coeff=SQ(2, 14),
            state=Cast(to=SQ(2, 20)),
            out=Cast(to=WORD),
        ),
    )
    * 2,
    input=WORD,
    output=Cast(to=WORD),
)
LONG = FixedFir(
    taps=tuple(range(-200, 201)), coeff=SQ(10, 0), input=WORD, output=Cast(to=SQ(12, 4))
)
BANK = Bank(filters=(FIR, SOS, LONG, Requantise(input=WORD, cast=Cast(to=UQ(0, 4)))))
LANES = Parallel(filters=(FIR, SOS))
CHANNELS = Interleave(
    filters=(replace(FIR, output=Cast(to=WORD)), SOS, replace(LONG, output=Cast(to=WORD))),
    channels=3,
)


def cut(x, sizes):
    """Cut [..., time] into blocks; sizes repeat, and zeros among them are empty blocks."""
    start, k = 0, 0
    while start < x.shape[-1]:
        size = sizes[k % len(sizes)]
        yield x[..., start : start + size]
        start, k = start + size, k + 1


@settings(max_examples=100)
@given(st.data())
def test_chunks_of_any_size_are_one_shot(data):
    node = data.draw(strategies.nodes())
    x = np.array(data.draw(signals.lanes(node.inputs, 60)), dtype=object)
    sizes = data.draw(st.lists(st.integers(0, 12), min_size=1).filter(any))
    want = oracle.run(node, x)
    assert np.array_equal(run(node, x), want)
    model = Model(node)
    for _ in range(2):
        got = np.concatenate([model.process(block) for block in cut(x, sizes)], axis=-1)
        assert np.array_equal(got, want)
        model.reset()


@settings(max_examples=40)
@given(st.data())
def test_pushes_are_one_shot(data):
    node = data.draw(strategies.nodes())
    x = data.draw(signals.lanes(node.inputs, 15))
    model = Model(node)
    samples = x if node.n_in == 1 else list(zip(*x, strict=True))
    got = [model.push(sample) for sample in samples]
    want = oracle.run(node, x)
    if node.n_out == 1:
        assert all(type(y) is int for y in got)
        assert got == want.tolist()
    else:
        assert all(isinstance(y, tuple) for y in got)
        assert [list(lane) for lane in zip(*got, strict=True)] == want.tolist()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "node", [FIR, LONG, SOS, BANK, LANES, CHANNELS], ids=lambda n: type(n).__name__
)
def test_chunks_in_every_method(node, method):
    if method in ("numpy", "fft") and node is SOS:
        return  # refused, see below
    x = np.stack([signals.noise(f, 2500, k) for k, f in enumerate(node.inputs)])
    x = x[0] if node.n_in == 1 else x
    want = run(node, x, method="python")
    model = Model(node, method=method)
    assert model.method == method
    got = [model.process(block) for block in cut(x, [1, 700, 0, 3, 1200])]
    assert np.array_equal(np.concatenate(got, axis=-1), want)


@pytest.mark.parametrize("node", [FIR, LONG, SOS, LANES, CHANNELS], ids=lambda n: type(n).__name__)
def test_chunks_longer_than_the_inner_ones(monkeypatch, node):
    monkeypatch.setattr(stream, "_CHUNK", 100)
    x = np.stack([signals.noise(f, 5000, k) for k, f in enumerate(node.inputs)])
    x = x[0] if node.n_in == 1 else x
    got = run(node, x)
    monkeypatch.undo()
    assert np.array_equal(got, run(node, x, method="python"))


def test_methods_may_change_between_blocks(monkeypatch):
    """Auto picks by size: the history must not depend on who ran before."""
    x = signals.noise(WORD, 6000, 1)
    monkeypatch.setattr("fxfir.model.sos._NUMBA_STEPS", 2000)
    monkeypatch.setattr("fxfir.model.fir._NUMBA_SAMPLES", 1500)
    monkeypatch.setattr(compiled, "warm", lambda kind: False)
    for node in (FIR, LONG, SOS):
        model = Model(node)
        got = [model.process(block) for block in cut(x, [5, 2000, 1, 300, 1100])]
        assert np.array_equal(np.concatenate(got), run(node, x, method="python"))


def test_reset_forgets_everything():
    x = signals.noise(WORD, 500, 2)
    for node in (FIR, SOS, BANK):
        model = Model(node)
        first = model.process(x)
        assert not np.array_equal(model.process(x), first)
        model.reset()
        assert np.array_equal(model.process(x), first)


def test_shapes():
    x = signals.noise(WORD, 30, 3)
    assert run(FIR, x).shape == (30,)
    assert run(BANK, x).shape == (4, 30)
    assert run(LANES, np.stack([x, x])).shape == (2, 30)
    assert run(FIR, x[:0]).shape == (0,)
    assert run(BANK, []).shape == (4, 0)
    assert run(LANES, [[], []]).shape == (2, 0)


def test_batches_are_independent_signals():
    x = np.stack([signals.noise(WORD, 300, k) for k in range(6)]).reshape(2, 3, 300)
    for node in (FIR, LONG, SOS):
        y = run(node, x)
        assert y.shape == (2, 3, 300)
        for i in np.ndindex(2, 3):
            assert np.array_equal(y[i], run(node, x[i]))
    y = run(BANK, x)
    assert y.shape == (2, 3, 4, 300)
    assert np.array_equal(y[1, 2], run(BANK, x[1, 2]))
    y = run(LANES, x[:, :2])
    assert y.shape == (2, 2, 300)
    assert np.array_equal(y[1], run(LANES, x[1, :2]))
    assert run(FIR, x[:0]).shape == (0, 3, 300)


@pytest.mark.parametrize("method", ["python", "numba"])
def test_batches_in_chunks(method):
    x = np.stack([signals.noise(WORD, 200, k) for k in range(3)])
    for node in (FIR, SOS):
        model = Model(node, method=method)
        got = np.concatenate([model.process(b) for b in cut(x, [30, 0, 7])], axis=-1)
        assert np.array_equal(got, np.stack([run(node, row) for row in x]))


def test_the_batch_stays_until_a_reset():
    model = Model(FIR)
    model.process(np.zeros((2, 5), dtype=int))
    with pytest.raises(FormatError, match=r"batch axes must stay \[2\] until a reset, got \[3\]"):
        model.process(np.zeros((3, 5), dtype=int))
    with pytest.raises(FormatError, match=r"batch axes must stay \[2\] until a reset, got \[\]"):
        model.push(0)
    model.reset()
    assert model.push(0) == 0


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint64])
def test_any_integer_dtype_is_read(dtype):
    x = np.array([0, 1, 100, 5, 127], dtype=dtype)
    for node in (FIR, SOS):
        y = run(node, x)
        assert y.dtype == np.int64
        assert np.array_equal(y, run(node, x.tolist()))


def test_views_and_lists_and_objects_are_read():
    x = signals.noise(WORD, 100, 4)
    want = run(SOS, x[::2])
    assert np.array_equal(run(SOS, x[::2].tolist()), want)
    assert np.array_equal(run(SOS, x[::2].astype(object)), want)
    wide = np.stack([x, x], axis=-1)[::2, 0]
    assert np.array_equal(run(SOS, wide), want)


def test_the_samples_are_not_changed():
    x = signals.noise(WORD, 1000, 5)
    kept = x.copy()
    for method in METHODS:
        run(BANK, x, method=method)
    assert np.array_equal(x, kept)


def test_results_are_the_caller_s():
    """What one block gave must not change when the next one is computed."""
    x = signals.noise(WORD, 1000, 6)
    for node in (FIR, SOS, LONG):
        for method in ("auto", *METHODS):
            if node is SOS and method in ("numpy", "fft"):
                continue
            model = Model(node, method=method)
            first = model.process(x)
            kept = first.copy()
            model.process(x[::-1])
            assert np.array_equal(first, kept)


@pytest.mark.parametrize(
    ("node", "x", "message"),
    [
        (FIR, [0, 1, 40000], r"samples must fit sfix16_En15 \[-32768, 32767\], got x\[2\] = 40000"),
        (FIR, [[0], [-32769]], r"samples must fit sfix16_En15 .*, got x\[1, 0\] = -32769"),
        (LANES, [[0, 0], [0, 2**70]], r"samples must fit sfix16_En15 .*, got x\[1, 1\] = 11805"),
        (FIR, np.array([2**64 - 1], dtype=np.uint64), r"got x\[0\] = 18446744073709551615"),
        (FIR, [0.5], r"samples must be integers, got x\[0\] = 0\.5"),
        (FIR, [1, True], r"samples must be integers, got x\[1\] = True"),
        (FIR, [1, "2"], r"samples must be integers, got x\[1\] = '2'"),
        (FIR, [1, None], r"samples must be integers, got x\[1\] = None"),
        (FIR, np.zeros(3), "samples must be integers, got dtype float64"),
        (FIR, np.zeros(3, dtype=bool), "samples must be integers, got dtype bool"),
        (FIR, np.zeros(3, dtype=complex), "samples must be integers, got dtype complex128"),
        (FIR, 7, "samples must have a time axis, got the scalar 7"),
        (FIR, np.int64(7), "samples must have a time axis, got the scalar 7"),
        (FIR, [[1, 2], [3]], r"samples must be integers, got x\[0\] = \[1, 2\]"),
        (
            FIR,
            [np.ones((2, 2), dtype=int), np.ones((2, 3), dtype=int)],
            "samples must be rectangular, got rows of different lengths",
        ),
        (LANES, [1, 2], r"samples must have the shape \[..., 2, time\], got \[2\]"),
        (LANES, [[1], [2], [3]], r"samples must have the shape \[..., 2, time\], got \[3, 1\]"),
    ],
)
def test_refused_samples(node, x, message):
    with pytest.raises(FormatError, match=message):
        run(node, x)


def test_an_unsigned_input_refuses_negative_words():
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=UQ(8, 0), output=Cast(to=UQ(8, 0)))
    assert run(fir, [255, 0]).tolist() == [255, 0]
    with pytest.raises(
        FormatError, match=r"samples must fit ufix8_En0 \[0, 255\], got x\[1\] = -1"
    ):
        run(fir, [3, -1])


def test_a_refused_block_changes_nothing():
    x = signals.noise(WORD, 50, 7).tolist()
    for node in (FIR, SOS):
        model, other = Model(node), Model(node)
        assert np.array_equal(model.process(x), other.process(x))
        with pytest.raises(FormatError):
            model.process([*x, 10**6])
        assert np.array_equal(model.process(x), other.process(x))


def test_refused_pushes():
    with pytest.raises(FormatError, match="push takes one sample of each lane, got \\[1, 2\\]"):
        Model(FIR).push([1, 2])
    with pytest.raises(FormatError, match=r"must have the shape \[..., 2, time\], got \[1, 1\]"):
        Model(LANES).push([1])
    with pytest.raises(FormatError, match=r"samples must be integers, got x\[0\] = 1\.0"):
        Model(FIR).push(1.0)
    with pytest.raises(FormatError, match=r"got x\[1, 0\] = 99999"):
        Model(LANES).push([1, 99999])


def test_the_registry_of_methods_is_complete():
    assert set(METHODS) == {"auto"} | set(FIR_METHODS) | set(SOS_METHODS)
    assert {m for m, kinds in METHODS.items() if FixedFir in kinds} == {"auto", *FIR_METHODS}
    assert {m for m, kinds in METHODS.items() if FixedSos in kinds} == {"auto", *SOS_METHODS}


def test_refused_methods():
    with pytest.raises(EngineError, match=r"method must be one of auto, python, .* got 'cuda'"):
        Model(FIR, method="cuda")
    with pytest.raises(
        EngineError, match="method fft computes FixedFir, SwitchedFir, got FixedSos"
    ):
        Model(SOS, method="fft")
    with pytest.raises(
        EngineError, match="method numba computes FixedFir, SwitchedFir, FixedSos, got Requant"
    ):
        run(Requantise(input=WORD, cast=Cast(to=WORD)), [1], method="numba")


def test_in_a_composition_others_choose_for_themselves():
    x = signals.noise(WORD, 300, 8)
    assert np.array_equal(run(BANK, x, method="fft"), run(BANK, x, method="python"))


def test_an_unknown_node_is_refused():
    class Strange:
        n_in = n_out = 1
        inputs = outputs = (WORD,)

    with pytest.raises(FilterError, match=r"the model runs Bank, .*FixedFir, .* got Strange"):
        Model(Strange())
    with pytest.raises(FilterError, match="got Strange"):
        Model(Bank(filters=(FIR, Strange())))


def test_without_numba(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)
    monkeypatch.setattr("fxfir.model.sos._NUMBA_STEPS", 0)
    monkeypatch.setattr("fxfir.model.fir._NUMBA_SAMPLES", 0)
    x = signals.noise(WORD, 100, 9)
    assert np.array_equal(run(BANK, x), run(BANK, x, method="python"))
    with pytest.raises(ToolError, match=r"method numba needs the numba package \(the extra fxfir"):
        Model(FIR, method="numba")


def test_numba_is_not_imported_for_small_work(tmp_path):
    import subprocess

    code = (
        "import sys; from fxfir.fixed import SQ, Cast; from fxfir.filters import FixedFir; "
        "from fxfir.model import run; "
        "f = FixedFir(taps=(1, 2), coeff=SQ(3, 0), input=SQ(8, 0), output=Cast(to=SQ(8, 0))); "
        "run(f, [1] * 5000); print('numba' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["False", "False"]


def test_memory_is_bounded_by_the_samples():
    """A stream of blocks holds one block; one shot holds the result and a chunk."""
    x = signals.noise(WORD, 1_000_000, 10).astype(np.int16)
    series = Series(stages=(LONG, Requantise(input=SQ(12, 4), cast=Cast(to=WORD))))
    model = Model(series)
    model.process(x[:100_000])
    tracemalloc.start()
    try:
        for block in cut(x, [100_000]):
            model.process(block)
        streamed = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        run(series, x)
        whole = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert streamed < 30e6
    assert whole < 8e6 + 30e6


def test_object_words_of_a_wide_output_are_python_integers():
    output = Cast(to=Format(signed=True, width=90, frac=0))
    fir = FixedFir(taps=(2**40,), coeff=SQ(42, 0), input=SQ(40, 0), output=output)
    y = run(fir, [2**38, -1])
    assert y.dtype == object
    assert y.tolist() == [2**78, -(2**40)]
    assert all(type(v) is int for v in y)
    model = Model(fir)
    assert model.push(2**38) == 2**78
