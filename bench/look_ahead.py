"""One Butterworth section with look-ahead on ECP5: what each sample of it buys and costs.

usage: python bench/look_ahead.py [--ahead 1,4,6,8] [--arch transposed] [--seeds 1,2,3] [--path]

The second-order low-pass of bench/biquad_loop.py at 16-bit samples, one sample per clock, on an
ecp5-25k; coefficients of 16 bits, half-even. `--ahead 1` is the plain parallel core. The error is
what is certified for every input, in output LSB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from fxfir.flow import generate
from fxfir.spec import parse_spec
from fxfir.synth import synth_folder

SPEC = """
fs_hz = 2
[words]
coeff_width = 16
{words}
[hardware]
target = "ecp5"
arch = "{arch}"
[sos]
family = "butter"
kind = "lowpass"
order = 2
cutoff_hz = 0.2
"""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ahead", default="1,2,3,4,5,6,7,8")
    parser.add_argument("--arch", default="transposed", help="of the FIR filters")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--path", action="store_true", help="print each critical path")
    given = parser.parse_args()
    seeds = tuple(int(seed) for seed in given.seeds.split(","))
    print(f"{'look-ahead':>10}{'MULT18':>8}{'LUT sites':>11}{'FF':>6}{'MHz':>8}{'error LSB':>11}")
    for ahead in map(int, given.ahead.split(",")):
        plain = ahead == 1
        words = 'form = "df1"' if plain else f"look_ahead = {ahead}\nguard_bits = 1"
        text = SPEC.format(words=words, arch="parallel" if plain else given.arch)
        made = generate(parse_spec(text), name="low")
        with tempfile.TemporaryDirectory(prefix="fxfir-ahead-") as name:
            folder = made.write(Path(name) / "low")
            report = synth_folder(folder, target="ecp5", device="ecp5-25k", seeds=seeds)
        found = dict(report.resources)
        error = made.manifest["bounds"]["error_lsb"]
        print(
            f"{ahead:>10}{found.get('dsp', 0):>8}{found.get('comb', 0):>11}{found.get('ff', 0):>6}"
            f"{report.fmax_mhz or 0:>8.1f}{error if error is not None else float('nan'):>11.2f}",
            flush=True,
        )
        if given.path and report.path is not None:
            hops = [f"{h.cell} {h.logic_ns:.2f} + {h.routing_ns:.2f}" for h in report.path.hops]
            print(f"    ns in cells + wires: {', '.join(hops)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
