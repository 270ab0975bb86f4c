"""Speed of cascades on a CUDA device beside the processor, forwards and backwards, in one run.

    python bench/learn_device.py [--samples N] [--rows 1,64,4096]

Wall time with the device idle before and after, best of five. The device's words are compared with
the processor's first: array_equal. Ends with 2 where there is no CUDA device.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from fxfir.design import butter
from fxfir.learn import SOS
from fxfir.learn.device import serves
from fxfir.spec.words import Words

LOW = butter(4, 3000, fs_hz=48000)


def wall_ms(work: Callable[[], Any]) -> float:
    work()
    times = []
    for _ in range(5):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def both_ways(layer: SOS, x: torch.Tensor) -> None:
    layer(x).sum().backward()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=16384)
    parser.add_argument("--rows", default="1,64,4096")
    args = parser.parse_args()
    if not serves(torch.device("cuda" if torch.cuda.is_available() else "cpu")):
        print("no CUDA device that numba finds")
        sys.exit(2)
    print(torch.cuda.get_device_name(), "beside", torch.get_num_threads(), "threads")
    print(f"2 biquads, {args.samples} samples, forwards and backwards, ms")
    print(f"  {'rows':>6s}  {'layer':20s} {'processor':>10s} {'device':>10s} {'ratio':>8s}")
    for rows in map(int, args.rows.split(",")):
        x = torch.rand(rows, 1, args.samples) - 0.5
        for name, words in (
            ("real numbers", None),
            ("exact, df2t", Words(form="df2t")),
            ("exact, df1", Words(form="df1")),
        ):
            here, there = SOS(LOW, words=words), SOS(LOW, words=words).cuda()
            moved = x.cuda()
            if words is not None:
                with torch.no_grad():
                    same = torch.equal(here.eval()(x), there.eval()(moved).cpu())
                if not same:
                    raise SystemExit(f"{name}: the words differ")
                here.train(), there.train()
            near = wall_ms(lambda layer=here, x=x: both_ways(layer, x))
            far = wall_ms(lambda layer=there, x=moved: both_ways(layer, x))
            print(f"  {rows:6d}  {name:20s} {near:10.2f} {far:10.2f} {near / far:8.2f}")


if __name__ == "__main__":
    main()
