"""Random small Amaranth designs, and their outputs in Amaranth and in Icarus."""

import random
import subprocess
from pathlib import Path

from amaranth.hdl import Array, Cat, Const, Elaboratable, Module, Mux, Signal, signed, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

SHAPES = [signed(1), signed(5), unsigned(4), unsigned(1), signed(9), unsigned(7), signed(12)]


class Inner(Elaboratable):
    """A level of hierarchy: one register and a clamp."""

    def __init__(self, value, width):
        self.value = value
        self.y = Signal(signed(width))

    def elaborate(self, platform):
        m = Module()
        held = Signal(self.value.shape(), name="held")
        m.d.sync += held.eq(self.value)
        with m.If(held > 5):
            m.d.comb += self.y.eq(5)
        with m.Else():
            m.d.comb += self.y.eq(held - self.value)
        return m


class RandomDesign(wiring.Component):
    """Operators, mixed signs, muxes, switches, enables, resets, memories, hierarchy."""

    # A second copy is sometimes made for its shapes alone.
    _MustUse__silence = True

    def __init__(self, seed, n_values=14, n_outputs=4):
        self.seed = seed
        self.n_values = n_values
        rng = random.Random(seed)
        self.out_shapes = [rng.choice(SHAPES) for _ in range(n_outputs)]
        members = {f"i{k}": In(s) for k, s in enumerate(SHAPES)}
        members |= {f"o{k}": Out(s) for k, s in enumerate(self.out_shapes)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        self.m = m
        self.rng = rng = random.Random(self.seed + 1)
        self.pool = [getattr(self, f"i{k}") for k in range(len(SHAPES))]
        self.seen = Signal(reset_less=True)
        m.d.sync += self.seen.eq(1)
        makers = [self.operator] * 5 + [self.comb, self.register, self.register, self.part]
        makers += [self.memory, self.inner, self.table]
        for k in range(self.n_values):
            self.pool.append(rng.choice(makers)(k))
        for k in range(len(self.out_shapes)):
            m.d.comb += getattr(self, f"o{k}").eq(self.pick())
        return m

    def pick(self):
        if self.rng.random() < 0.12:
            width = self.rng.randint(1, 8)
            shape = self.rng.choice([signed, unsigned])(width)
            return Const(self.rng.randint(-300, 300), shape)
        # Late values more often than early ones, so that expressions grow deep.
        return self.pool[int(len(self.pool) * self.rng.random() ** 0.6)]

    def shape(self):
        return self.rng.choice(SHAPES)

    def operator(self, k):
        rng, a, b = self.rng, self.pick(), self.pick()
        narrow = b[:3].as_unsigned()
        found = rng.choice([
            lambda: a + b, lambda: a - b, lambda: a * b, lambda: -a, lambda: ~a, lambda: a & b,
            lambda: a | b, lambda: a ^ b, lambda: a == b, lambda: a != b, lambda: a < b,
            lambda: a <= b, lambda: a > b, lambda: a >= b, lambda: a << narrow,
            lambda: a >> narrow, lambda: a.any(), lambda: a.all(), lambda: a.xor(),
            lambda: Mux(self.pick(), a, b), lambda: Cat(a, b), lambda: a.bool(),
            lambda: a >> rng.randint(0, 6), lambda: a.shift_left(rng.randint(0, 4)),
            lambda: Cat(a, Const(0, 8)).bit_select(narrow, 3), lambda: a.as_signed(),
            lambda: a.as_unsigned(), lambda: abs(a), lambda: a.replicate(2), lambda: a + 3,
            lambda: a * -7, lambda: a * 4, lambda: Cat(a, Const(0, 8)).word_select(b[:2], 2),
        ])()  # fmt: skip
        if rng.random() < 0.4:
            name = Signal(self.shape(), name=rng.choice([f"v{k}", "reg", "x", "a__b"]))
            self.m.d.comb += name.eq(found)
            return name
        return found if len(found) < 24 else found[:20]

    def part(self, k):
        value = self.pick()
        low = self.rng.randint(0, len(value) - 1)
        high = self.rng.randint(low + 1, len(value))
        return value[low:high].as_signed() if self.rng.random() < 0.5 else value[low:high]

    def comb(self, k):
        target = Signal(self.shape(), name=f"c{k}", init=self.rng.choice([0, -1]))
        self.statements(self.m.d.comb, target, 3)
        return target

    def register(self, k):
        target = Signal(
            self.shape(),
            name=f"r{k}",
            reset_less=self.rng.random() < 0.5,
            init=self.rng.choice([0, 0, -1]),
        )
        self.pool.append(target)
        self.statements(self.m.d.sync, target, 3)
        return target

    def statements(self, domain, target, depth):
        rng, m = self.rng, self.m
        for _ in range(rng.randint(1, 2)):
            if depth == 0 or rng.random() < 0.4:
                value = self.pick()
                if rng.random() < 0.3 and len(target) > 1:
                    low = rng.randint(0, len(target) - 1)
                    domain += target[low : rng.randint(low + 1, len(target))].eq(value)
                else:
                    domain += target.eq(value)
            elif rng.random() < 0.6:
                with m.If(self.pick().bool()):
                    self.statements(domain, target, depth - 1)
                if rng.random() < 0.5:
                    with m.Elif(self.pick() == self.pick()):
                        self.statements(domain, target, depth - 1)
                if rng.random() < 0.5:
                    with m.Else():
                        self.statements(domain, target, depth - 1)
            else:
                sel = self.pick()
                sel = sel[: min(len(sel), 3)]
                top = (1 << len(sel)) - 1
                with m.Switch(sel):
                    for _ in range(rng.randint(1, 4)):
                        pattern = [rng.choice("01-") for _ in range(len(sel))]
                        label = "".join(pattern) if rng.random() < 0.3 else rng.randint(0, top)
                        with m.Case(label):
                            self.statements(domain, target, depth - 1)
                    if rng.random() < 0.5:
                        with m.Default():
                            self.statements(domain, target, depth - 1)

    def memory(self, k):
        init = [self.rng.randint(0, 255) for _ in range(8)] if self.rng.random() < 0.5 else []
        array = memory.Memory(shape=unsigned(8), depth=8, init=init)
        self.m.submodules[f"mem{k}"] = array
        write = array.write_port(granularity=self.rng.choice([None, 4]))
        if self.rng.random() < 0.3:
            read = array.read_port(domain="comb")
        else:
            transparent = (write,) if self.rng.random() < 0.5 else ()
            read = array.read_port(transparent_for=transparent)
        self.m.d.comb += [
            write.addr.eq(self.pick()),
            write.data.eq(self.pick()),
            write.en.eq(self.pick()),
            read.addr.eq(self.pick()),
        ]
        if read.domain == "comb":
            return read.data
        # Before its first read a port shows 0 in Amaranth and X in Verilog.
        if self.rng.random() < 0.5:
            self.m.d.comb += read.en.eq(self.pick() | ~self.seen)
        return Mux(self.seen, read.data, 0)

    def inner(self, k):
        inner = Inner(self.pick(), self.rng.randint(2, 8))
        self.m.submodules[f"inner{k}"] = inner
        return inner.y

    def table(self, k):
        values = Array([Const(self.rng.randint(-8, 7), signed(4)) for _ in range(8)])
        name = Signal(signed(4), name=f"t{k}")
        self.m.d.comb += name.eq(values[self.pick()[:3].as_unsigned()])
        return name


def stimulus(seed, cycles):
    """Rows of input words, extremes among them."""
    rng = random.Random(seed)
    rows = []
    for _ in range(cycles):
        row = []
        for shape in SHAPES:
            top = (1 << shape.width) - 1
            row.append(rng.choice([0, 1, top, top >> 1, rng.randint(0, top), rng.randint(0, top)]))
        rows.append(row)
    return rows


def run_amaranth(design, rows):
    """Output words after each rising edge, as unsigned integers."""
    out = []

    async def bench(ctx):
        for row in rows:
            for k, word in enumerate(row):
                shape = SHAPES[k]
                sign = shape.signed and word >> (shape.width - 1)
                ctx.set(getattr(design, f"i{k}"), word - (1 << shape.width) if sign else word)
            await ctx.tick()
            words = []
            for k, shape in enumerate(design.out_shapes):
                words.append(ctx.get(getattr(design, f"o{k}")) & ((1 << shape.width) - 1))
            out.append(words)

    sim = Simulator(design)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return out


def run_icarus(iverilog, text, name, design, rows, folder: Path):
    """Output words after each rising edge, from the Verilog text; X stays as text."""
    widths = [s.width for s in SHAPES]
    total = sum(widths)
    lines = ["`timescale 1ns/1ps", "module tb;", "reg clk = 0, rst = 0;"]
    lines += [f"reg [{total - 1}:0] rows [0:{len(rows) - 1}];", "integer n;"]
    ports = [".clk(clk), .rst(rst)"]
    for k, width in enumerate(widths):
        lines.append(f"reg [{width - 1}:0] i{k};")
        ports.append(f".i{k}(i{k})")
    for k, shape in enumerate(design.out_shapes):
        lines.append(f"wire [{shape.width - 1}:0] o{k};")
        ports.append(f".o{k}(o{k})")
    lines.append(f"{name} dut ({', '.join(ports)});")
    inputs = ", ".join(f"i{k}" for k in reversed(range(len(widths))))
    outputs = ", ".join(f"o{k}" for k in range(len(design.out_shapes)))
    form = " ".join("%0d" for _ in design.out_shapes)
    lines += [
        "initial begin",
        f'$readmemh("{folder}/rows.hex", rows);',
        f"for (n = 0; n < {len(rows)}; n = n + 1) begin",
        f'{{{inputs}}} = rows[n]; #5 clk = 1; #1 $display("{form}", {outputs}); #4 clk = 0;',
        "end",
        "$finish;",
        "end",
        "endmodule",
    ]
    (folder / f"{name}.v").write_text(text)
    (folder / "tb.v").write_text("\n".join(lines))
    words = []
    for row in rows:
        word = 0
        for k in reversed(range(len(widths))):
            word = word << widths[k] | row[k]
        words.append(f"{word:x}")
    (folder / "rows.hex").write_text("\n".join(words))
    done = subprocess.run(
        [iverilog, "-Wall", "-g2001", "-o", folder / "tb.vvp", folder / f"{name}.v"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout + done.stderr == "", done.stderr
    subprocess.run(
        [iverilog, "-g2005", "-o", folder / "tb.vvp", folder / "tb.v", folder / f"{name}.v"],
        check=True,
        timeout=60,
    )
    done = subprocess.run(
        ["vvp", "-n", folder / "tb.vvp"], capture_output=True, text=True, check=True
    )
    return [
        [int(w) if w.isdigit() else w for w in line.split()]
        for line in done.stdout.splitlines()
        if line[:1].isdigit() or line[:1] in "xXzZ"
    ]
