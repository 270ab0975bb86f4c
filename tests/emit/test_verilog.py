"""What the Verilog text looks like, and what it refuses."""

import re

import pytest
from amaranth.hdl import Cat, ClockDomain, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from fxfir import rtl
from fxfir.emit.flatten import flatten
from fxfir.emit.rtlil import read
from fxfir.emit.verilog import convert, write
from fxfir.errors import NameRuleError, NetlistError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast


def component(members, body):
    class Design(wiring.Component):
        def __init__(self):
            super().__init__(members)

        def elaborate(self, platform):
            m = Module()
            body(self, m)
            return m

    return Design()


def fir_text(taps, architecture="direct", **options):
    fir = FixedFir(taps=taps, coeff=SQ(1, 15), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    core = rtl.build(fir, architecture)
    ports = [port.name for port in rtl.ports(core, "axis", True)]
    return convert(rtl.wrap(core), name="lp", ports=ports, **options)


def test_ports_stand_in_the_order_of_the_contract():
    names = re.findall(r"(?:input|output)\s.*?(\w+),?\n", fir_text((3, 5, 7)).partition(");")[0])
    assert names == [
        "aclk", "aresetn", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready",
        "m_axis_tdata", "m_axis_tvalid", "m_axis_tready",
    ]  # fmt: skip


def test_header_lines_are_comments_and_nothing_of_the_machine_is_in_the_text():
    text = fir_text((3, 5, 7), header=["first", "second"])
    assert text.startswith("// first\n// second\nmodule lp (")
    for word in ("Generated", "Amaranth", "Yosys", "/", "\\", "$1"):
        assert word not in text.replace("// ", "")


def test_coefficients_and_names_of_the_filter_can_be_read():
    text = fir_text((3001, -5003, 7))
    for word in ("x0", "product0", "acc", "valid1", "3001", "5003"):
        assert re.search(rf"\b{word}\b|sd{word}\b", text), word


def test_registers_under_one_enable_share_a_block():
    text = fir_text(tuple(range(101, 133, 2)))
    # valid bits with reset, delay line, data path: a handful of blocks for dozens of registers.
    assert text.count("always @") < 10
    assert len(re.findall(r"product\d+ <= ", text)) >= 16


def test_reset_comes_first_and_the_enable_after_it():
    def body(self, m):
        held = Signal(4, name="held")
        with m.If(self.en):
            m.d.sync += held.eq(self.a)
        m.d.comb += self.y.eq(held + 1)

    text = convert(component({"a": In(4), "en": In(1), "y": Out(4)}, body), name="t")
    assert "if (rst) begin\n            held <= 4'd0;\n        end else if (en) begin" in text


def test_a_constant_ready_leaves_no_gates():
    def body(self, m):
        ce = Signal()
        held = Signal(4, name="held", reset_less=True)
        m.d.comb += [ce.eq(Const(1) | ~self.a[0]), self.y.eq(held)]
        with m.If(ce):
            m.d.sync += held.eq(self.a)

    text = convert(component({"a": In(4), "y": Out(4)}, body), name="t")
    assert "ce" not in re.findall(r"\w+", text)
    assert "if (" not in text


def test_a_register_that_never_leaves_its_initial_value_is_no_register():
    def body(self, m):
        go = Signal(init=1, name="go")
        m.d.sync += go.eq(go | self.a[0])
        m.d.comb += self.y.eq(self.a & go.replicate(4))

    text = convert(component({"a": In(4), "y": Out(4)}, body), name="t")
    assert "go <= " in text

    def tied(self, m):
        go = Signal(init=1, name="go")
        with m.If(self.a[1]):
            m.d.sync += go.eq(Const(1) | self.a[0])
        m.d.comb += self.y.eq(self.a & go.replicate(4))

    text = convert(component({"a": In(4), "y": Out(4)}, tied), name="t")
    assert "go" not in re.findall(r"\w+", text)
    assert "assign y = a;" in text


def test_keywords_and_odd_names_become_plain_identifiers():
    def body(self, m):
        odd = [Signal(4, name=name) for name in ("reg", "x[0]", "always", "x", "x")]
        for k, signal in enumerate(odd):
            m.d.sync += signal.eq(self.a + k)
        m.d.comb += self.y.eq(Cat(*odd))

    text = convert(component({"a": In(4), "y": Out(20)}, body), name="t")
    names = re.findall(r"^\s+(\S+) <= a", text, flags=re.MULTILINE)
    assert len(set(names)) == 5
    assert {"reg_", "x_0", "always_", "x"} <= set(names)


def test_a_port_named_like_a_keyword_is_refused():
    def body(self, m):
        m.d.comb += self.wire.eq(1)

    with pytest.raises(NameRuleError, match="a port must be a plain identifier, got 'wire'"):
        convert(component({"wire": Out(1)}, body), name="t")


def test_a_module_named_like_one_of_its_ports_is_refused():
    def body(self, m):
        m.d.comb += self.y.eq(1)

    with pytest.raises(NameRuleError, match="must differ from its ports' names, got 'y'"):
        convert(component({"y": Out(1)}, body), name="y")


def test_black_boxes_stay_instances_with_their_parameters():
    def body(self, m):
        found = Signal(6)
        m.submodules.mult = Instance(
            "MULT18",
            p_WIDTH=18,
            p_MODE="fast",
            p_OFFSET=-3,
            i_A=self.a,
            i_CE=self.a[0],
            o_P=found,
        )
        m.d.comb += self.y.eq(found)

    text = convert(
        component({"a": In(4), "y": Out(6)}, body),
        name="t",
        modules=["module MULT18; endmodule\n"],
    )
    assert (
        'MULT18 #(\n        .WIDTH(18),\n        .MODE("fast"),\n        .OFFSET(-32\'sd3)' in text
    )
    assert ") mult (\n        .A(a),\n        .CE(a[0]),\n        .P(found)\n    );" in text
    assert "assign y = found;" in text
    assert text.endswith("endmodule\n\nmodule MULT18; endmodule\n")


def test_a_second_clock_keeps_its_own_blocks():
    def two(self, m):
        fast = ClockDomain("fast", reset_less=True)
        m.domains += fast
        one, other = Signal(2, name="one", reset_less=True), Signal(2, name="two")
        m.d.comb += [fast.clk.eq(self.other), self.y.eq(Cat(one, other))]
        m.d.sync += one.eq(self.a)
        m.d.fast += other.eq(self.a)

    text = convert(component({"other": In(1), "a": In(2), "y": Out(4)}, two), name="t")
    assert "always @(posedge other)" in text
    assert "always @(posedge clk)" in text


def test_a_signed_sum_extends_by_its_names():
    def body(self, m):
        a, b = Signal(signed(8), name="p"), Signal(signed(8), name="q")
        total = Signal(signed(9), name="total")
        m.d.sync += [a.eq(self.a), b.eq(self.b), total.eq(a + b)]
        m.d.comb += self.y.eq(total)

    text = convert(component({"a": In(8), "b": In(8), "y": Out(9)}, body), name="t")
    assert "<= p + q;" in text


RTLIL = """
attribute \\top 1
module \\t
  wire width 1 input 0 \\a
  wire width 1 output 1 \\y
  {body}
end
"""


def from_rtlil(body):
    return write(flatten(read(RTLIL.replace("{body}", body))), name="t")


def test_an_unknown_cell_is_named():
    with pytest.raises(NetlistError, match=r"a cell must have a Verilog form, got \$lut in t"):
        from_rtlil("cell $lut $1\n connect \\A \\a [0]\n connect \\Y \\y\nend")


def test_two_drivers_are_refused():
    cell = "cell $not ${n}\n parameter \\A_SIGNED 0\n connect \\A \\a [0]\n connect \\Y \\y\nend\n"
    with pytest.raises(NetlistError, match="a net must have one driver, got a second one"):
        from_rtlil(cell.replace("{n}", "1") + cell.replace("{n}", "2"))


def test_a_missing_driver_is_named():
    with pytest.raises(NetlistError, match=r"a net must have a driver, loose has none"):
        from_rtlil("wire width 1 \\loose\nconnect \\y \\loose [0]")


def test_text_that_is_no_rtlil_is_refused():
    with pytest.raises(NetlistError, match="an RTLIL module cannot hold the line 'nonsense'"):
        read("module \\t\nnonsense\nend\n")
