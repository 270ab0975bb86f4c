"""Speed of the layers: milliseconds forwards and backwards, and ratios, all measured in one run.

    python bench/learn.py [--samples N] [--repeats N]

One signal, coefficients and input both with gradients, one thread, CPU time, best of several. Every
exact row is compared with the integer model first. torchlpc stands beside if it is installed.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from fxfir.design import butter, lowpass
from fxfir.learn import FIR, SOS, ParametricEQ
from fxfir.learn.fit import fit
from fxfir.learn.objective import Magnitude
from fxfir.learn.polish import polish
from fxfir.model import run
from fxfir.spec.equaliser import EqBand
from fxfir.spec.words import Words

LOW = butter(4, 3000, fs_hz=48000)


def best_ms(work: Callable[[], Any], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def row(name: str, ms: float, yardstick: float) -> None:
    print(f"  {name:44s} {ms:10.3f} ms   {yardstick / ms:8.2f} x")


def checked(layer: Any, x: torch.Tensor) -> Any:
    """Return a layer whose words are the model's."""
    node = layer.eval().to_filter()
    words = np.clip(np.rint(x.detach()[0, 0].double().numpy() * 2**15), -(2**15), 2**15 - 1)
    with torch.no_grad():
        got = layer(x)[0, 0].double().numpy() * 2.0 ** node.outputs[0].frac
    if not np.array_equal(got, run(node, words.astype(np.int64))):
        raise SystemExit(f"{type(layer).__name__}: the words differ from the model's")
    return layer.train()


def both_ways(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> None:
    layer(x).sum().backward()


def python_loop(x: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Direct form I, sample by sample: what the published snippets do."""
    for b0, b1, b2, a1, a2 in rows:
        x1 = x2 = y1 = y2 = torch.zeros(())
        out = []
        for v in x[0, 0]:
            y = b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x2, x1, y2, y1 = x1, v, y1, y
            out.append(y)
        x = torch.stack(out)[None, None]
    return x


def torchlpc_cascade(x: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    from torchlpc import sample_wise_lpc

    y = x[0]
    for k in range(rows.shape[0]):
        padded = torch.nn.functional.pad(y, (2, 0))
        taps = rows[k, :3].flip(0)[None, None]
        y = torch.nn.functional.conv1d(padded[None], taps)[0]
        a = rows[k, 3:].expand(1, y.shape[-1], 2)
        y = sample_wise_lpc(y, a.contiguous())
    return y[None]


def cascades(x: torch.Tensor, repeats: int) -> None:
    layer = SOS(LOW)
    rows = layer.coefficients().detach()[0].float().requires_grad_()
    print(f"\n2 biquads, {x.shape[-1]} samples, forwards and backwards; speed-up over the loop")
    loop = best_ms(lambda: both_ways(lambda v: python_loop(v, rows), x), 1)
    row("Python loop over samples", loop, loop)
    if importlib.util.find_spec("torchlpc"):
        lpc = best_ms(lambda: both_ways(lambda v: torchlpc_cascade(v, rows), x), repeats)
        row("torchlpc, conv1d before it", lpc, loop)
    row("fxfir, real numbers", best_ms(lambda: both_ways(layer, x), repeats), loop)
    for form in ("df2t", "df1"):
        exact = checked(SOS(LOW, words=Words(form=form)), x)
        row(
            f"fxfir, exact integers, {form}",
            best_ms(lambda e=exact: both_ways(e, x), repeats),
            loop,
        )


def filters(x: torch.Tensor, n_taps: int, repeats: int) -> None:
    torch.manual_seed(1)
    layer = FIR(n_taps=n_taps)
    taps = layer.taps.detach().clone().requires_grad_()
    past = (n_taps - 1, 0)

    def conv1d(v: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv1d(torch.nn.functional.pad(v, past), w)

    exact = checked(FIR(taps.detach(), words=Words()), x)
    double = x.detach().double().requires_grad_()
    wide = taps.detach().double().requires_grad_()
    print(f"\nFIR, {n_taps} taps, {x.shape[-1]} samples; speed-up over conv1d in float32")

    def table(name: str, run_it: Callable[[Any, torch.Tensor], None]) -> None:
        yardstick = best_ms(lambda: run_it(lambda v: conv1d(v, taps), x), repeats)
        row(f"conv1d, float32, {name}", yardstick, yardstick)
        row(f"fxfir, float32, {name}", best_ms(lambda: run_it(layer, x), repeats), yardstick)
        row(f"fxfir, exact, {name}", best_ms(lambda: run_it(exact, x), repeats), yardstick)
        ms = best_ms(lambda: run_it(lambda v: conv1d(v, wide), double), repeats)
        row(f"conv1d, float64, {name}", ms, yardstick)

    table("forwards", _forwards)
    table("forwards and backwards", both_ways)


def _forwards(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> None:
    with torch.no_grad():
        layer(x)


def training() -> None:
    bands = [
        EqBand(kind="low_shelf", frequency_hz=200, gain_db=0, q=0.7),
        EqBand(kind="peak", frequency_hz=1000, gain_db=0, q=1),
        EqBand(kind="high_shelf", frequency_hz=6000, gain_db=0, q=0.7),
    ]
    x = 0.5 * (torch.rand(1, 1, 48000) - 0.5)
    layer = ParametricEQ(bands, fs_hz=48000, words=Words(output="sfix18_En15"))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    start = time.process_time()
    for _ in range(200):
        loss = layer(x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds = time.process_time() - start
    print(f"\nThree-band EQ, exact integers, 200 steps on 1 s at 48 kHz: {seconds:.2f} s")


def words_of_a_mask() -> None:
    """Peak error of a 31-tap low-pass: rounded, trained through the rounding, searched."""
    goal = Magnitude([(0, 1), (1000, 1), (1600, 0), (4000, 0)], fs_hz=8000, log=False)
    design = lowpass(30, 1300, fs_hz=8000)
    print("\n31-tap low-pass, mean square error of the magnitude in dB")
    print("  bits    rounded    trained    rounded + searched    trained + searched")
    for bits in (6, 8, 10, 12):
        found = []
        for steps in (0, 300):
            layer = FIR(design, words=Words(coeff_width=bits), dtype=torch.float64)
            fitted = fit(layer, goal, steps=steps, rate=0.002, patience=300)
            found += [fitted.best, polish(layer, goal, most=6000).after]
        rounded, searched, trained, both = (10 * np.log10(v) for v in found)
        print(f"  {bits:4d} {rounded:10.2f} {trained:10.2f} {searched:21.2f} {both:21.2f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=16384)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = (torch.rand(1, 1, options.samples) - 0.5).requires_grad_()
    cascades(x, options.repeats)
    filters(x, 64, options.repeats)
    filters(x, 512, options.repeats)
    training()
    words_of_a_mask()


if __name__ == "__main__":
    main()
