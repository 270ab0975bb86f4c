"""From a specification to a core folder: the one place where all stages meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fxfir.arith.structure import structure_of
from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir, Interleave, Node, SwitchedFir
from fxfir.flow.ahead import ahead_architecture
from fxfir.flow.choose import Choice, choose
from fxfir.flow.compile import Compiled, CompiledLane, compile_spec, parts
from fxfir.spec.hardware import Hardware
from fxfir.spec.spec import Spec

if TYPE_CHECKING:
    from fxfir.analysis.bound import ErrorBound
    from fxfir.analysis.mask import MaskVerdict
    from fxfir.analysis.sos_bound import CascadeBound
    from fxfir.rtl.core import Core

__all__ = ["Generated", "generate", "generate_filter"]

_CYCLES = 100_000
_TURNS = 6144
"""Samples of all channels together; each has a set of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A core that is complete but not written yet.

    Parameters
    ----------
    name : str
    compiled : Compiled
        The filter and what it was made from.
    core : Core
        The gates.
    bounds : tuple of (ErrorBound or CascadeBound)
        Certified error of each lane.
    verdicts : tuple of (MaskVerdict or None)
        Mask verdict after quantisation of each lane; None where no mask was given.
    manifest : mapping
        As written to `manifest.json`.
    files : mapping of str to str
        File name to text.
    warnings : tuple of str
        What a user should look at.
    choice : Choice or None
        Why the core has this architecture, where costs were compared.
    """

    name: str
    compiled: Compiled
    core: Core
    bounds: tuple[ErrorBound | CascadeBound, ...]
    verdicts: tuple[MaskVerdict | None, ...]
    manifest: Mapping[str, Any]
    files: Mapping[str, str]
    warnings: tuple[str, ...]
    choice: Choice | None = None

    @property
    def mask_met(self) -> bool:
        """Whether every lane that has a mask keeps it."""
        return all(verdict is None or verdict.passed for verdict in self.verdicts)

    @property
    def interrupted(self) -> bool:
        """Whether a search was stopped, so that its words are the best until then."""
        return any(lane.interrupted for lane in self.compiled.lanes)

    def write(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the core folder in one move.

        Parameters
        ----------
        folder : path
        force : bool, optional
            Replace an existing core folder.

        Raises
        ------
        OutputError
            If the folder exists and `force` is false, or cannot be written.
        """
        from fxfir.emit import write_folder

        return write_folder(folder, self.files, force=force)


def generate(
    spec: Spec,
    *,
    name: str,
    seed: int = 1,
    spec_text: str | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Generated:
    """Design, quantise, build, prove what is static and make all files of a core.

    Parameters
    ----------
    spec : Spec
    name : str
        Name of the core and of its Verilog module.
    seed : int, optional
        Of the random part of the vectors.
    spec_text : str, optional
        Text of the SPEC.toml, kept in the folder as `spec.toml`.
    report : callable, optional
        `report(done, total)` while words are searched.

    Returns
    -------
    Generated

    Raises
    ------
    FxfirError
        Whatever a stage refuses; nothing is written by this function.
    """
    from fxfir import emit

    emit.check_name(name)
    compiled = compile_spec(spec, report=report)
    return _assembled(
        compiled, spec.hardware, spec.fs_hz, name=name, seed=seed, spec_text=spec_text
    )


def generate_filter(
    node: Node,
    *,
    name: str,
    lanes: Sequence[CompiledLane] = (),
    hardware: Hardware | None = None,
    fs_hz: float | None = None,
    seed: int = 1,
) -> Generated:
    """Build a core of a filter that is made of integers already, and make all its files.

    Parameters
    ----------
    node : Node
    name : str
        Name of the core and of its Verilog module.
    lanes : sequence of CompiledLane, optional
        What each output lane was made from, where `node` is one filter or a bank of filters; the
        certified errors are computed from it. Without it there is none.
    hardware : Hardware, optional
    fs_hz : float or None, optional
        Sampling rate in Hz.
    seed : int, optional
        Of the random part of the vectors.

    Returns
    -------
    Generated

    Raises
    ------
    FxfirError
        Whatever a stage refuses; nothing is written by this function.
    """
    from fxfir import emit

    emit.check_name(name)
    compiled = Compiled(spec=None, node=node, lanes=tuple(lanes))
    return _assembled(compiled, hardware or Hardware(), fs_hz, name=name, seed=seed, spec_text=None)


def _assembled(
    compiled: Compiled,
    hardware: Hardware,
    fs_hz: float | None,
    *,
    name: str,
    seed: int,
    spec_text: str | None,
) -> Generated:
    from fxfir import emit, rtl
    from fxfir.verify import stimulus
    from fxfir.verify.expected import expected

    node = compiled.node
    choice = choose(node, hardware) if compiled.ahead is None else None
    arch = hardware.arch if choice is None else choice.architecture
    if compiled.ahead is not None:
        arch = ahead_architecture(compiled.ahead.filter, arch)
    channels = node.channels if isinstance(node, Interleave) else 1
    clocks = hardware.clocks
    # Each channel has the rate, so there are so many transfers for each of its samples.
    clocks = None if clocks is None else max(1, clocks // channels)
    if choice is not None:
        # The architecture says all.
        clocks = None
    core = rtl.build(node, arch, target=hardware.target, clocks=clocks)
    _check_rate(core, hardware, channels)
    bounds = tuple(_bound(compiled, k) for k in range(len(compiled.lanes)))
    verdicts = tuple(_verdict(compiled, k) for k in range(len(compiled.lanes)))
    n = stimulus.budget(core.timing.interval, edges=_CYCLES)
    # A core that is not slow leaves the number to the stimuli: long filters need more.
    fast = n == stimulus.budget(1, edges=_CYCLES)
    if channels > 1:
        fast = False
        n = stimulus.budget(core.timing.interval, edges=2 * _CYCLES, most=_TURNS)
    stimuli = stimulus.standard(
        node,
        seed=seed,
        n=None if fast else n,
        inner=core.inner_sums(),
        closest=_worst(compiled.spec, bounds) if node.n_in == 1 else (),
    )
    source = emit.CoreSource(
        node=node,
        core=core,
        name=name,
        interface=hardware.interface,
        backpressure=hardware.backpressure,
        target=hardware.target,
        stimulus=stimuli.samples,
        segments=tuple(segment.to_json() for segment in stimuli.segments),
        expected=expected(node, stimuli.samples),
        bounds=_bounds_json(compiled, bounds),
        extra=_extra(compiled, hardware, fs_hz),
    )
    files = dict(emit.core_files(source))
    if spec_text is not None:
        files["spec.toml"] = spec_text
    warnings = [*compiled.warnings, *_mask_warnings(verdicts, compiled.label)]
    return Generated(
        name=name,
        compiled=compiled,
        core=core,
        bounds=bounds,
        verdicts=verdicts,
        manifest=emit.manifest(source),
        files=files,
        warnings=tuple(warnings),
        choice=choice,
    )


def _check_rate(core: Core, hardware: Hardware, channels: int) -> None:
    clocks = hardware.clocks
    if clocks is None or channels * core.timing.interval <= clocks:
        return
    if channels > 1:
        raise ArchitectureError(
            f"architecture {core.architecture['name']!r} must take a sample of each of {channels} "
            f"channels every {clocks} clocks at {hardware.clock_hz:g} / {hardware.rate_hz:g} Hz, "
            f"got one every {channels * core.timing.interval}"
        )
    enough = getattr(core, "multipliers_for", None)
    hint = f"; {enough(clocks)} multipliers would do" if enough is not None else ""
    raise ArchitectureError(
        f"architecture {core.architecture['name']!r} must take a sample every {clocks} clocks at "
        f"{hardware.clock_hz:g} / {hardware.rate_hz:g} Hz, got one every "
        f"{core.timing.interval}{hint}"
    )


def _bound(compiled: Compiled, k: int) -> ErrorBound | CascadeBound:
    from fxfir.analysis import cascade_bound, error_bound

    lane = compiled.lanes[k]
    quantized: Any = lane.quantized
    if lane.kind == "fir":
        return error_bound(quantized.filter, quantized.ideal, quantized.gain)
    return cascade_bound(quantized.filter, quantized.ideal, quantized.gain)


def _worst(spec: Spec | None, bounds: Sequence[Any]) -> list[Sequence[int]]:
    """Return the inputs that come closest to the bounds of filters that are faithful by them."""
    if spec is None or not bounds:
        return []
    pairs = zip(spec.lane_words, bounds, strict=True)
    rows = (getattr(b, "worst_input", None) for w, b in pairs if w.accuracy == "faithful")
    return [row for row in rows if row]


def _verdict(compiled: Compiled, k: int) -> MaskVerdict | None:
    from fxfir.analysis import judge_filter

    lane = compiled.lanes[k]
    if lane.mask is None or not lane.mask.has_limits:
        return None
    return judge_filter(lane.mask, lane.quantized.filter, gain=float(lane.gain))


def _mask_warnings(verdicts: tuple[MaskVerdict | None, ...], label: str) -> list[str]:
    found = []
    for k, verdict in enumerate(verdicts):
        if verdict is not None and not verdict.passed:
            lane = f"{label} {k}: " if len(verdicts) > 1 else ""
            found.append(
                f"{lane}the mask is missed by {-verdict.margin_db:.3f} dB after quantisation"
            )
    return found


def _bounds_json(
    compiled: Compiled, bounds: tuple[ErrorBound | CascadeBound, ...]
) -> dict[str, Any]:
    """Return the manifest's bounds: of the filter, or of a bank or sets and each of them."""
    node = compiled.node
    if compiled.ahead is not None:
        return {"acc_range": None, "error_lsb": _upper(compiled.ahead.error_lsb)}
    if not bounds:
        reason = "no bound is computed for compositions that came without their ideal coefficients"
        return {"acc_range": None, "error_lsb": None, "error_reason": reason}
    lanes = [_lane_bounds(item, bound) for item, bound in zip(parts(node), bounds, strict=True)]
    if len(lanes) == 1 and not isinstance(node, Bank):
        return lanes[0]
    errors = [lane["error_lsb"] for lane in lanes]
    return {
        "acc_range": list(node.acc_range) if isinstance(node, SwitchedFir) else None,
        "error_lsb": None if None in errors else max(errors),
        "sets" if isinstance(node, SwitchedFir) else "lanes": lanes,
    }


def _lane_bounds(node: Node, bound: ErrorBound | CascadeBound) -> dict[str, Any]:
    found: dict[str, Any] = {
        "acc_range": list(node.acc_range) if isinstance(node, FixedFir) else None,
        "error_lsb": None if bound.error_lsb is None else _upper(bound.error_lsb),
    }
    if bound.error_lsb is None:
        found["error_reason"] = bound.reason or ""
        linear: Fraction | None = getattr(bound, "linear_lsb", None)
        if linear is not None:
            found["linear_lsb"] = _upper(linear)
    return found


def _upper(bound: Fraction) -> float:
    """Return the least double that is not below a bound: a rounded proof must stay one."""
    value = float(bound)
    return value if Fraction(value) >= bound else math.nextafter(value, math.inf)


def _extra(compiled: Compiled, hardware: Hardware, fs_hz: float | None) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if compiled.lanes:
        lanes = [lane.to_json() for lane in compiled.lanes]
        extra["source"] = {"fs_hz": fs_hz, "lanes": lanes}
    if isinstance(compiled.node, FixedFir):
        extra["structure"] = str(structure_of(compiled.node.taps))
    if hardware.clock_hz is not None:
        extra["clock_hz"] = hardware.clock_hz
    if hardware.rate_hz is not None:
        extra["rate_hz"] = hardware.rate_hz
    return extra
