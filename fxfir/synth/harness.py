"""The four-pin harness: any core on any package, and the harness is never the slow path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HARNESS", "Port", "harness_text", "stub_text"]

HARNESS = "bench_harness"
"""Module name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of the elaborated core.

    Parameters
    ----------
    name : str
    dir : str
        `input` or `output`.
    width : int
    """

    name: str
    dir: str
    width: int


def harness_text(
    ports: Sequence[Port], *, top: str, clock: str, reset: str, reset_active: int
) -> str:
    """Return Verilog that puts a core between one input and one output pin.

    Every input bit comes from a flip-flop of one long shift register, the reset from a flip-flop of
    its own; every output bit goes into a flip-flop, and these are folded into one by exclusive or,
    four at a time, with a register at each level. So the paths from inputs and to outputs are timed
    like the inner ones. nextpnr's out-of-context mode was not used: it leaves both out.

    Parameters
    ----------
    ports : sequence of Port
        All of them, in the order of the module.
    top : str
        Name of the core's module.
    clock, reset : str
        Ports.
    reset_active : int
        The level that resets.
    """
    wires = [f".{clock}(clk)"]
    n_in = n_out = 0
    for port in ports:
        if port.dir == "output":
            wires.append(f".{port.name}(o[{n_out + port.width - 1}:{n_out}])")
            n_out += port.width
        elif port.name == reset:
            wires.append(f".{port.name}({'' if reset_active else '~'}rst_q)")
        elif port.name != clock:
            wires.append(f".{port.name}(sr[{n_in + port.width - 1}:{n_in}])")
            n_in += port.width
    n_in, n_out = max(n_in, 1), max(n_out, 1)
    lines = [
        f"module {HARNESS}(input clk, input rst, input sin, output reg sout);",
        f"  reg [{n_in - 1}:0] sr;",
        "  reg rst_q;",
        f"  wire [{n_out - 1}:0] o;",
        f"  reg [{n_out - 1}:0] q0;",
        "  always @(posedge clk) begin",
        "    sr <= {sr, sin};" if n_in > 1 else "    sr <= sin;",
        "    rst_q <= rst;",
        "    q0 <= o;",
        "  end",
        f"  {top} dut({', '.join(wires)});",
    ]
    width, level = n_out, 0
    while width > 1:
        narrower = -(-width // 4)
        lines += [f"  reg [{narrower - 1}:0] q{level + 1};", "  always @(posedge clk) begin"]
        for k in range(narrower):
            high = min(4 * k + 3, width - 1)
            lines.append(f"    q{level + 1}[{k}] <= ^q{level}[{high}:{4 * k}];")
        lines.append("  end")
        width, level = narrower, level + 1
    return "\n".join([*lines, f"  always @(posedge clk) sout <= q{level}[0];", "endmodule", ""])


def stub_text(ports: Sequence[Port], *, top: str) -> str:
    """Return a black box with the core's ports, for synthesising the harness alone."""
    pins = ", ".join(f"{port.dir} [{port.width - 1}:0] {port.name}" for port in ports)
    return f"(* blackbox *) module {top}({pins});\nendmodule\n"
