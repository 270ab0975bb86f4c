"""Mutants around a core: lost and repeated samples, a later output, a reset that does nothing.

The core's own module stays as it is under another name; a module with the core's name and ports
stands around it and does the damage.
"""

from __future__ import annotations

from collections.abc import Iterator

from fxfir.verify.mutation.mutant import Edit, Mutant, apply_edits
from fxfir.verify.mutation.tokens import read
from fxfir.verify.target import Pins, Target

__all__ = ["wrapper_mutants"]


def wrapper_mutants(target: Target, text: str, *, samples: int) -> Iterator[Mutant]:
    """Yield the mutants around a core.

    Parameters
    ----------
    target : Target
    text : str
        The emitted Verilog.
    samples : int
        Number of vectors; the last one is dropped too.
    """
    top = str(target.manifest["top"])
    inner = f"{top}_inside"
    tokens = read(text)
    places = [
        t for k, t in enumerate(tokens) if t.text == top and k and tokens[k - 1].text == "module"
    ]
    renamed = apply_edits(text, *(Edit(start=t.start, end=t.end, new=inner) for t in places))
    for kind, where, body, links in _bodies(target.pins, samples):
        module = _module(target, top, inner, body, links)
        yield Mutant(kind=kind, where=where, text=f"{renamed}\n{module}")


def _bodies(pins: Pins, samples: int) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Kind, place, logic and the inner ports that are not passed through."""
    clock, valid = pins.clock, pins.o_valid
    ready = pins.o_ready or "1'b1"
    active = f"{pins.reset}" if pins.reset_active else f"~{pins.reset}"
    never = "1'b0" if pins.reset_active else "1'b1"
    count = (
        "    reg [31:0] count;\n    initial count = 0;\n"
        f"    always @(posedge {clock}) if ({active}) count <= 0;\n"
    )
    for index in dict.fromkeys((5, samples - 1)):
        body = (
            f"{count}    else if (inside_valid & inside_ready) count <= count + 1;\n"
            f"    wire hit = count == {index};\n"
            f"    assign {valid} = inside_valid & ~hit;\n"
            f"    wire inside_ready = {ready} | hit;\n"
        )
        links = {valid: "inside_valid", pins.o_ready or "": "inside_ready"}
        if pins.o_ready is not None:
            yield "sample dropped", f"output sample {index} is lost", body, links
            body = (
                f"{count}    else if (inside_valid & {ready}) count <= count + 1;\n"
                f"    wire inside_ready = {ready} & (count != {index});\n"
                f"    assign {valid} = inside_valid;\n"
            )
            yield "sample repeated", f"output sample {index} comes twice", body, links
        else:
            body = (
                f"{count}    else if (inside_valid) count <= count + 1;\n"
                f"    assign {valid} = inside_valid & (count != {index});\n"
            )
            yield "sample dropped", f"output sample {index} is lost", body, {valid: "inside_valid"}
    high = pins.o_width - 1
    later = (
        f"    reg held;\n    reg [{high}:0] word;\n    initial begin held = 0; word = 0; end\n"
        f"    wire inside_ready = {ready} | ~held;\n"
        f"    always @(posedge {clock}) if ({active}) held <= 0;\n"
        "    else if (inside_ready) begin held <= inside_valid; word <= inside_data; end\n"
        f"    assign {valid} = held;\n    assign {pins.o_data} = word;\n"
    )
    links = {valid: "inside_valid", pins.o_data: "inside_data"}
    links |= {pins.o_ready: "inside_ready"} if pins.o_ready else {}
    yield "output register added", "every output comes one edge later", later, links
    dead = f"    wire inside_reset = {never};\n"
    yield "reset ignored", "the reset does nothing", dead, {pins.reset: "inside_reset"}
    if pins.o_ready is not None:
        shy = f"    assign {valid} = inside_valid & {ready};\n"
        yield "valid waits for ready", "valid waits for ready", shy, {valid: "inside_valid"}
        moves = (
            f"    reg stalled;\n    initial stalled = 0;\n"
            f"    always @(posedge {clock}) stalled <= {valid} & ~{ready};\n"
            f"    assign {pins.o_data} = inside_data ^ stalled;\n"
        )
        yield (
            "payload moves in a stall",
            "the payload changes in a stall",
            moves,
            {pins.o_data: "inside_data"},
        )


def _module(target: Target, top: str, inner: str, body: str, links: dict[str, str]) -> str:
    """A module with the core's ports around the inner one."""
    ports, wires, pairs = [], [], []
    for port in target.manifest["ports"]:
        name, width = str(port["name"]), int(port["width"])
        span = f"[{width - 1}:0] " if width > 1 else ""
        ports.append(f"    {port['dir']}put wire {span}{name}")
        link = links.get(name, name)
        if link != name and link != "inside_reset":
            wires.append(f"    wire {span}{link};\n")
        pairs.append(f".{name}({link})")
    # A wire that the body declares with a value is not declared again.
    declared = "".join(w for w in wires if f"wire {w.split()[-1][:-1]} =" not in body)
    joined = ",\n".join(ports)
    return (
        f"module {top} (\n{joined}\n);\n{declared}{body}"
        f"    {inner} inside ({', '.join(pairs)});\nendmodule\n"
    )
