"""Xilinx 7 series: the text of modules that hold one DSP48E1 and its behavioural twin.

A module has the ports and the logic that its mode uses and nothing else; the primitive inside has
every port connected. Ports, registers and modes are those of UG479, "7 Series DSP48E1 Slice".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["A_WIDTH", "B_WIDTH", "P_WIDTH", "Dsp48"]

A_WIDTH = 25
"""Bits of the multiplier's wide operand, signed; the pre-adder has as many."""

B_WIDTH = 18
"""Bits of the multiplier's narrow operand, signed."""

P_WIDTH = 48
"""Bits of the accumulator, signed."""

_REGISTERS = (
    *("ACASCREG", "ADREG", "ALUMODEREG", "AREG", "BCASCREG", "BREG", "CARRYINREG"),
    *("CARRYINSELREG", "CREG", "DREG", "INMODEREG", "MREG", "OPMODEREG", "PREG"),
)

_INPUTS = (
    *(("A", 30), ("ACIN", 30), ("ALUMODE", 4), ("B", 18), ("BCIN", 18), ("C", 48)),
    *(("CARRYCASCIN", 1), ("CARRYIN", 1), ("CARRYINSEL", 3), ("CEA1", 1), ("CEA2", 1)),
    *(("CEAD", 1), ("CEALUMODE", 1), ("CEB1", 1), ("CEB2", 1), ("CEC", 1), ("CECARRYIN", 1)),
    *(("CECTRL", 1), ("CED", 1), ("CEINMODE", 1), ("CEM", 1), ("CEP", 1), ("CLK", 1), ("D", 25)),
    *(("INMODE", 5), ("MULTSIGNIN", 1), ("OPMODE", 7), ("PCIN", 48), ("RSTA", 1)),
    *(("RSTALLCARRYIN", 1), ("RSTALUMODE", 1), ("RSTB", 1), ("RSTC", 1), ("RSTCTRL", 1)),
    *(("RSTD", 1), ("RSTINMODE", 1), ("RSTM", 1), ("RSTP", 1)),
)

_OUTPUTS = (
    *("ACOUT", "BCOUT", "CARRYCASCOUT", "CARRYOUT", "MULTSIGNOUT", "OVERFLOW", "P"),
    *("PATTERNBDETECT", "PATTERNDETECT", "PCOUT", "UNDERFLOW"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsp48:
    """One way to use a DSP48E1: p <= (a, d, d + a or d - a) * b, plus pcin or c, in registers.

    The registers of the product, of d and of the pre-adder move with ``ce``, those of a with
    ``ce_a1`` and ``ce_a2``, that of the sum with ``ce_p``. None is reset; all start at 0.

    Parameters
    ----------
    adds : str
        What is added to the product: "pcin", the sum of the block before; "c", a constant word
        of the fabric; "" for nothing.
    a_from : str
        "a", the fabric; "acin", the block before; "" where d alone is multiplied.
    a_regs : int
        Registers of a: 1, moved by ``ce_a2``, or 2.
    d : bool
        Whether there is a pre-adder, so that a register for d and one for the sum precede the
        product.
    minus : bool
        The pre-adder subtracts a from d.
    idle_a : bool
        a only passes through to ``acout``.
    b_reg : bool
        Whether b is registered; a constant needs no register.
    feeds : bool
        Whether the last register of a is output as ``acout``.
    last : bool
        The sum goes to the fabric as ``p`` and not to the next block as ``pcout``.
    """

    adds: str
    a_from: str
    a_regs: int = 1
    d: bool = False
    minus: bool = False
    idle_a: bool = False
    b_reg: bool = False
    feeds: bool = False
    last: bool = False

    @property
    def kind(self) -> str:
        """Name of the mode, different for any two."""
        parts = ["dsp", self.adds or "mult"]
        if self.a_from:
            parts.append(f"{self.a_from}{self.a_regs}")
        if self.d:
            parts.append("only_d" if self.idle_a or not self.a_from else "d")
        parts += [
            word
            for word, said in (
                ("minus", self.minus),
                ("b_reg", self.b_reg),
                ("acout", self.feeds),
                ("p", self.last),
            )
            if said
        ]
        return "_".join(parts)

    def text(self) -> str:
        """Return the module, ``$name`` standing for its name."""
        ports = ",\n".join(f"    {port}" for port in self._ports())
        return f"""\
// DSP48E1 of Xilinx 7 series: {self._formula()}; behaviour for simulators.
module $name (
{ports}
);

`ifdef SYNTHESIS
{self._primitive()}
`else
{self._twin()}
`endif

endmodule
"""

    def _formula(self) -> str:
        sample = "" if self.idle_a else self.a_from
        if self.d:
            sample = f"(d {'-' if self.minus else '+'} {sample})" if sample else "d"
        return f"{sample} * b" + (f" + {self.adds}" if self.adds else "")

    def _ports(self) -> list[str]:
        found = ["input  wire        clk", "input  wire        ce"]
        if self.a_from and self.a_regs == 2:
            found.append("input  wire        ce_a1")
        if self.a_from:
            found.append("input  wire        ce_a2")
        found.append("input  wire        ce_p")
        if self.a_from:
            found.append(f"input  wire [29:0] {self.a_from}")
        found.append("input  wire [17:0] b")
        if self.d:
            found.append("input  wire [24:0] d")
        if self.adds:
            found.append(f"input  wire [47:0] {self.adds}")
        if self.feeds:
            found.append("output wire [29:0] acout")
        found.append(f"output wire [47:0] {'p' if self.last else 'pcout'}")
        return found

    def _primitive(self) -> str:
        used = {
            *(("MREG", "PREG", "DREG", "ADREG") if self.d else ("MREG", "PREG")),
            *(("BREG", "BCASCREG") if self.b_reg else ()),
        }
        values = {name: str(int(name in used)) for name in _REGISTERS}
        if self.a_from:
            values["AREG"] = values["ACASCREG"] = str(self.a_regs)
        values |= {
            "A_INPUT": '"CASCADE"' if self.a_from == "acin" else '"DIRECT"',
            "B_INPUT": '"DIRECT"',
            "USE_DPORT": '"TRUE"' if self.d else '"FALSE"',
            "USE_MULT": '"MULTIPLY"',
            "USE_SIMD": '"ONE48"',
            "USE_PATTERN_DETECT": '"NO_PATDET"',
            "AUTORESET_PATDET": '"NO_RESET"',
        }
        idle = self.idle_a or not self.a_from
        inmode = f"0{int(self.minus)}{int(self.d)}{int(idle)}0"
        z = {"": "000", "pcin": "001", "c": "011"}[self.adds]
        nets = {
            "CLK": "clk",
            "B": "b",
            "INMODE": f"5'b{inmode}",
            "OPMODE": f"7'b{z}0101",
            "CEM": "ce",
            "CEP": "ce_p",
        }
        if self.a_from:
            nets[self.a_from.upper()] = self.a_from
            nets["CEA1"] = "ce_a1" if self.a_regs == 2 else "1'b0"
            nets["CEA2"] = "ce_a2"
        if self.d:
            nets |= {"D": "d", "CED": "ce", "CEAD": "ce"}
        if self.b_reg:
            nets["CEB2"] = "ce"
        if self.adds:
            nets[self.adds.upper()] = self.adds
        outputs = {("P" if self.last else "PCOUT"): "p" if self.last else "pcout"}
        if self.feeds:
            outputs["ACOUT"] = "acout"
        joined = [f".{port}({nets.get(port, _zero(width))})" for port, width in _INPUTS]
        joined += [f".{port}({outputs.get(port, '')})" for port in _OUTPUTS]
        return (
            f"    DSP48E1 #(\n{_rows([f'.{name}({value})' for name, value in values.items()])}\n"
            f"    ) dsp (\n{_rows(joined)}\n    );"
        )

    def _twin(self) -> str:
        words: dict[str, int] = {}
        moves: dict[str, list[str]] = {"ce": [], "ce_a1": [], "ce_a2": [], "ce_p": []}
        wires: list[str] = []
        a_q = ""
        if self.a_from:
            source, a_q = self.a_from, "a2_q"
            if self.a_regs == 2:
                words["a1_q"] = 30
                moves["ce_a1"].append(f"a1_q <= {source};")
                source = "a1_q"
            words[a_q] = 30
            moves["ce_a2"].append(f"a2_q <= {source};")
        b = "b"
        if self.b_reg:
            b = "b_q"
            words["b_q"] = 18
            moves["ce"].append("b_q <= b;")
        if self.d:
            words |= {"d_q": 25, "ad_q": 25}
            moves["ce"].append("d_q <= d;")
            pre = "d_q"
            if a_q and not self.idle_a:
                pre += f" {'-' if self.minus else '+'} {a_q}[24:0]"
            moves["ce"].append(f"ad_q <= {pre};")
            factor = "ad_q"
        else:
            factor = a_q
        wires += [
            f"wire [42:0] a_wide = {{{{18{{{factor}[24]}}}}, {factor}[24:0]}};",
            f"wire [42:0] b_wide = {{{{25{{{b}[17]}}}}, {b}}};",
        ]
        words |= {"m_q": 43, "p_q": 48}
        moves["ce"].append("m_q <= a_wide * b_wide;")
        total = "{{5{m_q[42]}}, m_q}" + (f" + {self.adds}" if self.adds else "")
        moves["ce_p"].append(f"p_q <= {total};")
        outputs = [f"assign {'p' if self.last else 'pcout'} = p_q;"]
        if self.feeds:
            outputs.append(f"assign acout = {a_q};")
        lines = [f"reg [{width - 1}:0] {name};" for name, width in words.items()]
        lines += ["", "initial begin"]
        lines += [f"    {name} = {width}'d0;" for name, width in words.items()]
        lines += ["end", "", *wires, "", "always @(posedge clk) begin"]
        for enable, body in moves.items():
            if body:
                lines += [f"    if ({enable}) begin", *(f"        {x}" for x in body), "    end"]
        lines += ["end", "", *outputs]
        return "\n".join(f"    {line}" if line else "" for line in lines)


def _zero(width: int) -> str:
    return f"{width}'d0" if width > 1 else "1'b0"


def _rows(items: list[str], width: int = 92) -> str:
    """Join items with commas in lines of limited width."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > width:
            lines.append("")
        lines[-1] += (", " if lines[-1] else "") + item
    return ",\n".join(f"        {line}" for line in lines)
