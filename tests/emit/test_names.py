"""Which names a core may have."""

import pytest

from fxfir.emit.names import NameTable, check_name, identifier, natural
from fxfir.errors import NameRuleError


@pytest.mark.parametrize("name", ["lp", "_x", "Lp_2", "a" * 200])
def test_plain_identifiers_pass(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "2lp", "a-b", "a/b", "../lp", "a b", "lp\n", "é", "a.b", "a$"]
)
def test_anything_else_is_refused(name):
    with pytest.raises(NameRuleError, match="a core name must be a Verilog identifier"):
        check_name(name)


@pytest.mark.parametrize("name", ["module", "reg", "logic", "always_ff", "uwire", "endmodule"])
def test_reserved_words_are_refused(name):
    with pytest.raises(NameRuleError, match="must not be a reserved word"):
        check_name(name)


def test_ports_names_are_refused():
    with pytest.raises(NameRuleError, match="must differ from its ports' names, got 'aclk'"):
        check_name("aclk", taken=["aclk"])


def test_overlong_names_are_refused():
    with pytest.raises(NameRuleError, match="at most 200 letters, got 201"):
        check_name("a" * 201)


def test_a_table_gives_each_name_once():
    table = NameTable(["clk"])
    assert [table.take("x"), table.take("x", "core.x"), table.take("x", "core.x")] == [
        "x",
        "core_x",
        "core_x_2",
    ]
    assert table.take("clk") == "clk_2"


def test_numbers_sort_by_value():
    assert sorted(["x10", "x2", "a"], key=natural) == ["a", "x2", "x10"]
    assert identifier("9$") == "n9"
