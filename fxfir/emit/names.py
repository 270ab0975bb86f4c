"""Names: what a core may be called, and plain unique identifiers for the nets inside it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fxfir.errors import NameRuleError

__all__ = ["KEYWORDS", "NameTable", "check_name", "identifier", "natural"]

_WORDS = """
    always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign
    default defparam design disable edge else end endcase endconfig endfunction endgenerate
    endmodule endprimitive endspecify endtable endtask event for force forever fork function
    generate genvar highz0 highz1 if ifnone incdir include initial inout input instance integer
    join large liblist library localparam macromodule medium module nand negedge nmos nor
    noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1
    pulldown pullup pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat
    rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled signed small specify specparam
    strong0 strong1 supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1 triand
    trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor

    accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit
    break byte chandle checker class clocking const constraint context continue cover covergroup
    coverpoint cross dist do endchecker endclass endclocking endgroup endinterface endpackage
    endprogram endproperty endsequence enum eventually expect export extends extern final
    first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies import
    inside int interconnect interface intersect join_any join_none let local logic longint
    matches modport nettype new nexttime null package packed priority program property protected
    pure rand randc randcase randsequence ref reject_on restrict return s_always s_eventually
    s_nexttime s_until s_until_with sequence shortint shortreal soft solve static string strong
    struct super supply sync_accept_on sync_reject_on tagged this throughout timeprecision
    timeunit type typedef union unique unique0 until until_with untyped var virtual void
    wait_order weak wildcard with within
"""
KEYWORDS = frozenset(_WORDS.split())
"""Reserved words of Verilog-2005 and SystemVerilog-2017."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ODD = re.compile(r"[^A-Za-z0-9_]+")
_NUMBER = re.compile(r"(\d+)")
_UNDERSCORES = re.compile(r"__+")


def check_name(name: str, *, taken: Iterable[str] = ()) -> str:
    """Check the name of a core, which becomes its module and its file names.

    Parameters
    ----------
    name : str
    taken : iterable of str, optional
        Names it must differ from: those of the ports.

    Returns
    -------
    str
        The name.

    Raises
    ------
    NameRuleError
        If it is no plain Verilog identifier, is a reserved word, or is a port's name.

    Examples
    --------
    >>> check_name("lp")
    'lp'
    """
    if not isinstance(name, str) or not _PLAIN.fullmatch(name):
        raise NameRuleError(
            f"a core name must be a Verilog identifier (letters, digits, _), got {name!r}"
        )
    if name in KEYWORDS:
        raise NameRuleError(f"a core name must not be a reserved word of Verilog, got {name!r}")
    if len(name) > 200:
        raise NameRuleError(f"a core name must have at most 200 letters, got {len(name)}")
    if name in taken:
        raise NameRuleError(f"a core name must differ from its ports' names, got {name!r}")
    return name


def identifier(text: str) -> str:
    """Turn any text into a plain identifier: `fir.o__payload` becomes `fir_o_payload`.

    >>> identifier("x[0]"), identifier("sum$1"), identifier("reg")
    ('x_0', 'sum_1', 'reg_')
    """
    plain = _UNDERSCORES.sub("_", _ODD.sub("_", text)).strip("_") or "n"
    if plain[0].isdigit():
        plain = f"n{plain}"
    return f"{plain}_" if plain in KEYWORDS else plain


def natural(text: str) -> tuple[str, tuple[int, ...]]:
    """Sort key that puts x2 before x10: the text with numbers taken out, then the numbers."""
    parts = _NUMBER.split(text)
    return "#".join(parts[::2]), tuple(int(p) for p in parts[1::2])


class NameTable:
    """Gives out identifiers, each once.

    Parameters
    ----------
    reserved : iterable of str
        Names in use already: the module's and the ports'.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = set(reserved)

    def take(self, *candidates: str) -> str:
        """Return the first candidate that is free, else the last one with a number."""
        for candidate in candidates:
            name = identifier(candidate)
            if name not in self._taken:
                self._taken.add(name)
                return name
        name = identifier(candidates[-1])
        count = 2
        while f"{name}_{count}" in self._taken:
            count += 1
        self._taken.add(f"{name}_{count}")
        return f"{name}_{count}"
