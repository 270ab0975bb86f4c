"""Block memories with the register behind them: the ECP5's DP16KD and its behavioural twin."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Module, Shape, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.rtl.vendor import Vendor

__all__ = ["block_memory"]

_ECP5_DEPTH = 1024
"""Words of 18 bits that one block holds."""

_CHUNK = 18


def block_memory(
    m: Module,
    name: str,
    *,
    shape: Shape,
    depth: int,
    write: Value,
    write_at: Value,
    write_word: Value,
    read_at: Value,
    read: str,
    en: Value,
    target: str,
    platform: Any,
) -> Signal:
    """Build a memory with one write port and one read port of two registers.

    Parameters
    ----------
    m : Module
    name : str
        Of the memory.
    shape : Shape
        Of a word.
    depth : int
        Words, a power of two.
    write, write_at, write_word : Value
        A word is written where `write` is 1.
    read_at : Value
        A word must not be read while it is written: blocks give anything then.
    read : str
        Name of the register that holds what is read.
    en : Value
        One bit: both registers of the read port move.
    target : str
    platform : object
        What `elaborate` was given.

    Returns
    -------
    Signal
        The word of the address two moves ago.
    """
    held = Signal(shape, name=read, reset_less=True)
    if target == "ecp5" and isinstance(platform, Vendor) and depth <= _ECP5_DEPTH:
        m.submodules[name] = platform.instance(
            f"memory{depth}x{shape.width}",
            _ecp5_text(width=shape.width, depth=depth),
            {
                "i_clk": ClockSignal("sync"),
                "i_en": platform.enable(en),
                "i_write": platform.enable(write),
                "i_write_at": write_at,
                "i_write_word": write_word,
                "i_read_at": read_at,
                "o_read_word": held,
            },
        )
        return held
    m.submodules[name] = memory = Memory(
        data=MemoryData(shape=shape, depth=depth, init=[]),
        attrs={"ram_style": "block", "no_rw_check": 1},
    )
    source, sink = memory.read_port(), memory.write_port()
    m.d.comb += [
        source.addr.eq(read_at),
        source.en.eq(en),
        sink.addr.eq(write_at),
        sink.data.eq(write_word),
        sink.en.eq(write),
    ]
    with m.If(en):
        m.d.sync += held.eq(source.data)
    return held


def _ecp5_text(*, width: int, depth: int) -> str:
    """Return the module: blocks under `SYNTHESIS`, plain registers otherwise.

    Notes
    -----
    Yosys 0.70 infers DP16KD without its output register, and 5.6 ns from the clock edge to the data
    bound the design to less than 150 MHz; nextpnr times the registered output at 0.6 ns. Port
    names and parameters follow Lattice's cell as Yosys declares it (lattice/cells_bb_ecp5.v);
    the two low address bits are byte enables at 18 bits (Lattice TN1264).
    """
    bits = (depth - 1).bit_length()
    top = -(-width // _CHUNK) * _CHUNK - 1
    lines = [
        "// Memory on blocks of Lattice ECP5, read through their output register; plain registers",
        "// for simulators.",
        "module $name (",
        "    input  wire clk,",
        "    input  wire en,",
        "    input  wire write,",
        f"    input  wire [{bits - 1}:0] write_at,",
        f"    input  wire [{width - 1}:0] write_word,",
        f"    input  wire [{bits - 1}:0] read_at,",
        f"    output wire [{width - 1}:0] read_word",
        ");",
        "",
        "`ifdef SYNTHESIS",
        f"    wire [9:0] wa = {_zeros(10 - bits)}write_at{'}' * (bits < 10)};",
        f"    wire [9:0] ra = {_zeros(10 - bits)}read_at{'}' * (bits < 10)};",
        f"    wire [{top}:0] d = {_zeros(top + 1 - width)}write_word{'}' * (top + 1 > width)};",
        f"    wire [{top}:0] q;",
        f"    assign read_word = q[{width - 1}:0];",
    ]
    for low in range(0, top, _CHUNK):
        lines += _block(low)
    lines += [
        "`else",
        f"    reg [{width - 1}:0] words [0:{depth - 1}];",
        f"    reg [{width - 1}:0] latch, word;",
        "    integer k;",
        "    initial begin",
        f"        latch = {width}'d0;",
        f"        word = {width}'d0;",
        f"        for (k = 0; k < {depth}; k = k + 1) words[k] = {width}'d0;",
        "    end",
        "    always @(posedge clk) begin",
        "        if (write) words[write_at] <= write_word;",
        "        if (en) begin",
        "            latch <= words[read_at];",
        "            word <= latch;",
        "        end",
        "    end",
        "    assign read_word = word;",
        "`endif",
        "",
        "endmodule",
        "",
    ]
    return "\n".join(lines)


def _zeros(count: int) -> str:
    return f"{{{count}'d0, " if count else ""


def _block(low: int) -> list[str]:
    """Lines of one DP16KD for the word's bits from `low` on."""
    parameters = {
        "DATA_WIDTH_A": "18",
        "DATA_WIDTH_B": "18",
        "REGMODE_A": '"NOREG"',
        "REGMODE_B": '"OUTREG"',
        "RESETMODE": '"SYNC"',
        "ASYNC_RESET_RELEASE": '"SYNC"',
        "CSDECODE_A": '"0b000"',
        "CSDECODE_B": '"0b000"',
        "WRITEMODE_A": '"NORMAL"',
        "WRITEMODE_B": '"NORMAL"',
        "GSR": '"DISABLED"',
    }
    ports: dict[str, str] = {}
    for side, one, en, we in (("A", "1'b1", "1'b1", "write"), ("B", "1'b0", "en", "1'b0")):
        ports |= {f"CLK{side}": "clk", f"CE{side}": en, f"OCE{side}": en, f"WE{side}": we}
        ports |= {f"RST{side}": "1'b0"} | {f"CS{side}{k}": "1'b0" for k in range(3)}
        # Two byte enables, two bits without a meaning at this width, ten of the address.
        low_bits = [one, one, "1'b0", "1'b0"]
        address = "wa" if side == "A" else "ra"
        ports |= {f"AD{side}{k}": bit for k, bit in enumerate(low_bits)}
        ports |= {f"AD{side}{k + 4}": f"{address}[{k}]" for k in range(10)}
        for k in range(_CHUNK):
            ports[f"DI{side}{k}"] = f"d[{low + k}]" if side == "A" else "1'b0"
            ports[f"DO{side}{k}"] = "" if side == "A" else f"q[{low + k}]"
    rows = ["    DP16KD #("]
    rows += [f"        .{key}({value})," for key, value in parameters.items()]
    rows[-1] = rows[-1][:-1]
    rows.append(f"    ) block{low // _CHUNK} (")
    cells = [f".{key}({value})" for key, value in ports.items()]
    rows += ["        " + ", ".join(cells[k : k + 4]) + "," for k in range(0, len(cells), 4)]
    rows[-1] = rows[-1][:-1]
    return [*rows, "    );"]
