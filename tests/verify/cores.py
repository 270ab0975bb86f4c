"""Small filters, and core folders of them without the flow."""

from pathlib import Path

from fxfir import emit, rtl
from fxfir.emit.manifest import manifest_text
from fxfir.emit.vectors import vectors_text
from fxfir.filters import Direct, FixedFir, FixedSos, Node
from fxfir.fixed import SQ, Cast, Format
from fxfir.verify.expected import expected
from fxfir.verify.stimulus import standard

Q7 = SQ(1, 7)


def fir(taps: tuple[int, ...], input: Format = Q7) -> FixedFir:
    coeff = Format(signed=True, width=9, frac=7)
    return FixedFir(taps=taps, coeff=coeff, input=input, output=Cast(to=input))


def biquad(form: str) -> FixedSos:
    section = Direct(
        form=form,  # type: ignore[arg-type]
        b=(300, 600, 300),
        a=(-1200, 700),
        b_coeff=SQ(4, 10),
        a_coeff=SQ(4, 10),
        state=None if form == "df1" else Cast(to=SQ(3, 12)),
        out=Cast(to=SQ(2, 9)),
    )
    return FixedSos(sections=(section, section), input=SQ(1, 9), output=Cast(to=SQ(1, 9)))


def write(
    home: Path, node: Node, architecture: str, interface: str = "axis", backpressure: bool = True
) -> Path:
    core = rtl.build(node, architecture)
    stimuli = standard(node, n=200)
    source = emit.CoreSource(
        node=node,
        core=core,
        name="core",
        stimulus=stimuli.samples,
        expected=expected(node, stimuli.samples),
        segments=tuple(s.to_json() for s in stimuli.segments),
        interface=interface,
        backpressure=backpressure,
    )
    data = emit.manifest(source)
    folder = home / "core"
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest_text(data))
    (folder / "vectors.json").write_text(vectors_text(source))
    text = emit.verilog_text(
        node,
        core,
        name="core",
        interface=interface,
        backpressure=backpressure,
        hash=data["hash"],
    )
    (folder / "core.v").write_text(text)
    return folder
