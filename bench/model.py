"""Speed of the integer model: milliseconds and ratios to scipy, all measured in one run.

    python bench/model.py [--samples N] [--quick]

16-bit samples, 16-bit coefficients, every sum kept in full, half-even, saturate to 16 bits; every
row's words are compared with the Python reference before its time counts. Times are CPU time, best
of several, since a busy machine disturbs them least; the ratios of compiled cascades are medians of
pairs, each measured right after the other. BLAS runs on one thread.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.signal

from fxfir.filters import Direct, FixedFir, FixedSos, Form
from fxfir.fixed import SQ, Cast
from fxfir.model import FloatModel, Model, run

WORD = SQ(1, 15)
SIZES = (16, 64, 256, 1024)
CHECKED = 2000  # samples of each row held against Python integers


def best_ms(work: Callable[[], Any], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def row(name: str, ms: float, yardstick: float) -> None:
    print(f"  {name:34s} {ms:10.2f} ms   {ms / yardstick:8.2f} x")


def check(name: str, got: Any, want: Any) -> None:
    if not np.array_equal(np.asarray(got)[: len(want)], want):
        raise SystemExit(f"{name}: the words differ from the Python reference")


def low_pass(n_taps: int) -> FixedFir:
    taps = scipy.signal.firwin(n_taps, 0.2) if n_taps > 16 else scipy.signal.firwin(n_taps, 0.4)
    words = tuple(int(v) for v in np.rint(taps * 2**15))
    return FixedFir(taps=words, coeff=WORD, input=WORD, output=Cast(to=WORD))


def fir_table(x: np.ndarray, repeats: int) -> None:
    floats = x.astype(np.float64)
    for n_taps in SIZES:
        fir = low_pass(n_taps)
        taps = np.array(fir.taps, dtype=np.float64)
        want = run(fir, x[:CHECKED], method="python")
        yardstick = best_ms(lambda t=taps: scipy.signal.lfilter(t, 1.0, floats), repeats)
        print(f"\nFIR, {n_taps} taps, {len(x)} samples; ratios to scipy.signal.lfilter, float64")
        row("lfilter float64, no rounding", yardstick, yardstick)
        for method in ("auto", "numpy", "fft", "numba"):
            model = Model(fir, method=method)
            check(method, model.process(x), want)
            row(f"fxfir {method}", best_ms(lambda m=model: m.process(x), repeats), yardstick)
        twin = FloatModel(fir)
        check("twin", twin.process(x), want)
        row("fxfir float64 twin", best_ms(lambda m=twin: m.process(x), repeats), yardstick)
        part = x[: max(1, len(x) // (20 * n_taps))]
        scale = len(x) / len(part)
        python = Model(fir, method="python")
        ms = scale * best_ms(lambda m=python, p=part: m.process(p), 2)
        row("fxfir python (scaled)", ms, yardstick)
        witnesses(fir, x, want, yardstick)


def witnesses(fir: FixedFir, x: np.ndarray, want: np.ndarray, yardstick: float) -> None:
    import apytypes
    import fxpmath

    part = x[: len(x) // 10]
    ints = [int(v) for v in part]
    signal = apytypes.APyFixedArray(ints, int_bits=1, frac_bits=15)
    taps = apytypes.APyFixedArray(list(fir.taps), int_bits=1, frac_bits=15)

    def apy() -> Any:
        return apytypes.convolve(signal, taps).cast(
            int_bits=1,
            frac_bits=15,
            quantization=apytypes.QuantizationMode.RND_CONV,
            overflow=apytypes.OverflowMode.SAT,
        )

    words = np.array(apy().to_bits())[: len(want)]
    check("apytypes", np.where(words >= 1 << 15, words - (1 << 16), words), want)
    row("apytypes convolve + cast (scaled)", 10 * best_ms(apy, 2), yardstick)

    short = x[: max(200, 640_000 // (fir.n_taps * 20))]
    fx = {"signed": True, "n_word": 16, "n_frac": 15}
    signal_fx = fxpmath.Fxp(short.astype(np.float64) / 2**15, **fx)
    taps_fx = fxpmath.Fxp(np.array(fir.taps) / 2**15, **fx)

    def fxp() -> Any:
        total = np.convolve(signal_fx, taps_fx)
        return fxpmath.Fxp(total, rounding="around", overflow="saturate", **fx)

    row("fxpmath convolve + cast (scaled)", len(x) / len(short) * best_ms(fxp, 1), yardstick)


def cascade(form: Form, section_words: np.ndarray) -> FixedSos:
    coeff = SQ(2, 14)
    state = None if form is Form.DF1 else Cast(to=SQ(3, 15))
    sections = tuple(
        Direct(
            form=form,
            b=tuple(int(v) for v in r[:3]),
            a=tuple(int(v) for v in r[4:]),
            b_coeff=coeff,
            a_coeff=coeff,
            state=state,
            out=Cast(to=WORD),
        )
        for r in section_words
    )
    return FixedSos(sections=sections, input=WORD, output=Cast(to=WORD))


def ratio_row(name: str, work: Callable[[], Any], other: Callable[[], Any], repeats: int) -> None:
    """Print the median of the ratios of neighbouring runs, which meet the same machine."""
    pairs = [(best_ms(work, 1), best_ms(other, 1)) for _ in range(3 * repeats)]
    ratio = float(np.median([ours / theirs for ours, theirs in pairs]))
    print(f"  {name:34s} {min(ours for ours, _ in pairs):10.2f} ms   {ratio:8.2f} x")


def low_pass_sections() -> np.ndarray:
    sos = scipy.signal.butter(8, 0.2, output="sos")
    # Every section has gain 0.7 at DC: no section saturates all the time.
    sos[:, :3] *= (0.7 * sos[:, 3:].sum(axis=1) / sos[:, :3].sum(axis=1))[:, None]
    return sos


def channels_table(x: np.ndarray, repeats: int) -> None:
    sos = low_pass_sections()
    signals = x[: len(x) // 10 * 8].reshape(8, -1)
    floats = signals.astype(np.float64)
    print(f"\nSOS, 4 sections, 8 signals of {signals.shape[1]} samples; ratios to sosfilt, float64")
    for form in Form:
        node = cascade(form, np.rint(sos * 2**14))
        numba = Model(node, method="numba")
        want = run(node, signals[:, :CHECKED], method="python")
        check("numba", run(node, signals[:, :CHECKED], method="numba").ravel(), want.ravel())
        ratio_row(
            f"fxfir {form.value} numba",
            lambda m=numba: m.process(signals),
            lambda: scipy.signal.sosfilt(sos, floats),
            repeats,
        )


def sos_table(x: np.ndarray, repeats: int) -> None:
    sos = low_pass_sections()
    section_words = np.rint(sos * 2**14)
    floats = x.astype(np.float64)
    yardstick = best_ms(lambda: scipy.signal.sosfilt(sos, floats), repeats)
    print(f"\nSOS, 4 sections, {len(x)} samples; ratios to scipy.signal.sosfilt, float64")
    row("sosfilt float64, no rounding", yardstick, yardstick)
    part = x[: len(x) // 20]
    for form in Form:
        node = cascade(form, section_words)
        want = run(node, x[:CHECKED], method="python")
        numba = Model(node, method="numba")
        check("numba", numba.process(x), want)
        ratio_row(
            f"fxfir {form.value} numba",
            lambda m=numba: m.process(x),
            lambda: scipy.signal.sosfilt(sos, floats),
            repeats,
        )
        python = Model(node, method="python")
        ms = 20 * best_ms(lambda m=python: m.process(part), 2)
        row(f"fxfir {form.value} python (scaled)", ms, yardstick)
    apytypes_sos(x[: len(x) // 500], section_words, 500, yardstick)


def apytypes_sos(x: np.ndarray, section_words: np.ndarray, scale: int, yardstick: float) -> None:
    import apytypes

    def word(v: Any, int_bits: int) -> Any:
        return apytypes.APyFixed(int(v), int_bits=int_bits, frac_bits=16 - int_bits)

    rows = [[word(v, 2) for v in r] for r in section_words]
    mode = {
        "quantization": apytypes.QuantizationMode.RND_CONV,
        "overflow": apytypes.OverflowMode.SAT,
    }

    def work() -> list[int]:
        out = []
        held = [[word(0, 1)] * 4 for _ in rows]
        for v in x:
            y = word(v, 1)
            for (b0, b1, b2, _, a1, a2), s in zip(rows, held, strict=True):
                total = b0 * y + b1 * s[0] + b2 * s[1] - a1 * s[2] - a2 * s[3]
                s[1], s[0] = s[0], y
                y = total.cast(int_bits=1, frac_bits=15, **mode)
                s[3], s[2] = s[2], y
            bits = y.to_bits()
            out.append(bits - (1 << 16) if bits >> 15 else bits)
        return out

    check("apytypes", work(), run(cascade(Form.DF1, section_words), x, method="python"))
    row("apytypes scalars, df1 (scaled)", scale * best_ms(work, 1), yardstick)


def push_table(repeats: int) -> None:
    print("\none sample at a time, microseconds per push")
    for n_taps in SIZES:
        model = Model(low_pass(n_taps))
        ms = best_ms(lambda m=model: [m.push(k) for k in range(1000)], repeats)
        print(f"  FIR {n_taps:5d} taps {ms:8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    args = parser.parse_args()
    repeats = 3 if args.quick else 9
    x = np.random.default_rng(1).integers(WORD.lo, WORD.hi + 1, args.samples)
    fir_table(x, repeats)
    sos_table(x, repeats)
    channels_table(x, repeats)
    push_table(repeats)


if __name__ == "__main__":
    main()
