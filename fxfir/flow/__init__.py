"""The only place that chains stages: specification to core folder, folder to verdict."""

from fxfir.flow.analyze import Analysis, LaneSource, analyze_folder, analyze_spec
from fxfir.flow.check import verify_folder
from fxfir.flow.choose import Choice, Option, choose
from fxfir.flow.compile import Compiled, CompiledLane, compile_spec
from fxfir.flow.data import Proposals, propose_formats, read_signal
from fxfir.flow.design import Designed, design, write_coefficients
from fxfir.flow.generate import Generated, generate, generate_filter
from fxfir.flow.picture import draw
from fxfir.flow.sections import Roundoff, SectionAnalysis
from fxfir.flow.simulate import Simulated, simulate

__all__ = [
    "Analysis",
    "Choice",
    "Compiled",
    "CompiledLane",
    "Designed",
    "Generated",
    "LaneSource",
    "Option",
    "Roundoff",
    "SectionAnalysis",
    "Proposals",
    "Simulated",
    "analyze_folder",
    "analyze_spec",
    "choose",
    "compile_spec",
    "design",
    "draw",
    "generate",
    "propose_formats",
    "read_signal",
    "generate_filter",
    "simulate",
    "verify_folder",
    "write_coefficients",
]
