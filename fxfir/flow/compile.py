"""From a specification to the numeric contract: design, then quantise, lane by lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from fxfir.errors import FxfirError, SpecError
from fxfir.filters import Bank, Interleave, Node, SwitchedFir
from fxfir.filters.sos import Form
from fxfir.flow.ahead import ahead_notes, compile_ahead
from fxfir.flow.cascade import quantize_cascade
from fxfir.flow.limits import check_magnitude
from fxfir.flow.optimise import Outcome, goal_for, search_fir
from fxfir.flow.optimise_sos import search_sos
from fxfir.flow.sets import shared_words
from fxfir.flow.turns import in_turn
from fxfir.spec.fir import FirSpec
from fxfir.spec.mask import Mask
from fxfir.spec.sos import SosSpec
from fxfir.spec.spec import BankSpec, SetsSpec, Spec
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.design import FirDesign
    from fxfir.quantize import QuantizedFir, QuantizedSos
    from fxfir.quantize.look_ahead import LookAhead

__all__ = ["Compiled", "CompiledLane", "compile_spec", "parts"]

_MOST_EXTRA_TAPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLane:
    """One filter of a specification, in real numbers and in integers.

    Parameters
    ----------
    quantized : QuantizedFir or QuantizedSos
        The contract object with its ideal coefficients, gain, notes and warnings.
    method : str
        Design method or family; "taps" and "rows" for coefficients as given.
    mask : Mask or None
        What the response is judged by.
    outcome : Outcome or None
        What a search came to, if there was one.
    """

    quantized: QuantizedFir | QuantizedSos
    method: str
    mask: Mask | None
    outcome: Outcome | None = None

    @property
    def kind(self) -> str:
        """Return "fir" or "sos"."""
        return "fir" if hasattr(self.quantized.filter, "taps") else "sos"

    @property
    def interrupted(self) -> bool:
        """Whether a search was stopped, so that the words are the best until then."""
        said = getattr(self.quantized, "search", None)
        return said is not None and said.interrupted

    @property
    def gain(self) -> Fraction:
        """What the filter was multiplied by on purpose."""
        return self.quantized.gain

    def to_json(self) -> dict[str, Any]:
        """Return what the integers were made from; `ideal` holds doubles, which JSON keeps."""
        ideal = self.quantized.ideal
        if self.kind == "fir":
            values: Any = [float(v) for v in ideal]  # type: ignore[arg-type]
        else:
            values = [[float(v) for v in row] for row in ideal]  # type: ignore[union-attr]
        plain = {
            "kind": self.kind,
            "method": self.method,
            "ideal": values,
            "gain": str(self.gain),
            "mask": None if self.mask is None else self.mask.to_json(),
        }
        return plain if self.outcome is None else {**plain, "search": self.outcome.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A specification turned into a filter of integers.

    Parameters
    ----------
    spec : Spec or None
        None for a filter that came as integers.
    node : Node
        The filter; a `Bank` where the specification is one, a `SwitchedFir` of its sets, or an
        `Interleave` of channels, each with a filter or the whole bank.
    lanes : tuple of CompiledLane
        One for each output lane, filter of a channel or set of taps; none where nobody knows what
        the integers were made from.
    ahead : LookAhead or None
        A cascade with look-ahead, which has no lanes.
    """

    spec: Spec | None
    node: Node
    lanes: tuple[CompiledLane, ...]
    ahead: LookAhead | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user may want to know, of all lanes."""
        return self._said("notes") if self.ahead is None else ahead_notes(self.ahead)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should look at, of all lanes."""
        return self._said("warnings") if self.ahead is None else self.ahead.warnings

    @property
    def label(self) -> str:
        """What one of several `lanes` is called."""
        if isinstance(self.node, Interleave):
            return "lane" if isinstance(self.node.filters[0], Bank) else "channel"
        return "set" if isinstance(self.node, SwitchedFir) else "lane"

    def _said(self, what: str) -> tuple[str, ...]:
        many = len(self.lanes) > 1
        return tuple(
            f"{self.label} {k}: {text}" if many else text
            for k, lane in enumerate(self.lanes)
            for text in getattr(lane.quantized, what)
        )


def compile_spec(
    spec: Spec, *, report: Callable[[int, int], None] = lambda done, total: None
) -> Compiled:
    """Design and quantise everything that a specification asks for.

    Parameters
    ----------
    spec : Spec
    report : callable, optional
        `report(done, total)` while words are searched.

    Returns
    -------
    Compiled
        A search stopped by KeyboardInterrupt leaves the best so far, and says so.

    Raises
    ------
    FxfirError
        Whatever design and quantisation refuse; the message names a bank's lane.
    """
    if any(words.look_ahead is not None for words in spec.lane_words):
        made = compile_ahead(spec)
        return Compiled(spec=spec, node=made.filter, lanes=(), ahead=made)
    if not isinstance(spec.filter, BankSpec):
        lane = _lane(spec.filter, spec.words, spec, report)
        node: Node = lane.quantized.filter
        if spec.channels > 1:
            node = Interleave(filters=(node,), channels=spec.channels)
        return Compiled(spec=spec, node=node, lanes=(lane,))
    lanes = _lanes(spec, spec.lane_words, report)
    if isinstance(spec.filter, SetsSpec):
        words = shared_words(spec.words, [lane.quantized.filter for lane in lanes])
        if words is not None:
            lanes = _lanes(spec, [words] * len(lanes), report)
        sets: Any = [lane.quantized.filter for lane in lanes]
        return Compiled(spec=spec, node=SwitchedFir.of_filters(sets), lanes=tuple(lanes))
    if spec.channels > 1 or spec.hardware.arch_name == "shared":
        lanes = in_turn(lanes, spec.lane_words)
    filters = tuple(lane.quantized.filter for lane in lanes)
    if spec.channels == 1 or spec.has_whole_banks:
        bank: Node = Bank(filters=filters)
        if spec.channels > 1:
            bank = Interleave(filters=(bank,), channels=spec.channels)
        return Compiled(spec=spec, node=bank, lanes=tuple(lanes))
    turns = Interleave(filters=filters, channels=spec.channels)
    # Filters that came out equal are one.
    return Compiled(spec=spec, node=turns, lanes=tuple(lanes[: len(turns.filters)]))


def _lanes(
    spec: Spec, own: Sequence[Words], report: Callable[[int, int], None]
) -> list[CompiledLane]:
    lanes, what = [], "set" if isinstance(spec.filter, SetsSpec) else "bank"
    for k, (item, words) in enumerate(zip(spec.lanes, own, strict=True)):
        try:
            lanes.append(_lane(item, words, spec, report))
        except FxfirError as error:
            raise type(error)(f"{what}[{k}]: {error}") from None
    return lanes


def parts(node: Node) -> tuple[Node, ...]:
    """Return the filters that a compiled node has lanes for."""
    if isinstance(node, SwitchedFir):
        return node.sets
    if isinstance(node, Interleave):
        return tuple(inner for part in node.filters for inner in parts(part))
    return node.filters if isinstance(node, Bank) else (node,)


def _lane(
    item: FirSpec | SosSpec, words: Words, spec: Spec, report: Callable[[int, int], None]
) -> CompiledLane:
    from fxfir.design import design_fir, design_sos

    if isinstance(item, FirSpec):
        if spec.optimise is not None:
            options = goal_for(spec.optimise, spec.hardware, item.mask)

            def design_of(n_taps: int | None) -> FirDesign:
                if n_taps is None:
                    return design_fir(item, coeff=words.coeff)
                return design_fir(replace(item, n_taps=n_taps))  # type: ignore[call-arg]

            def searched(n_taps: int | None) -> CompiledLane:
                found = search_fir(
                    item,
                    lambda n: design_of(n_taps if n is None else n),
                    _quantize_fir,
                    words,
                    options,
                    report=report,
                )
                design = found.design
                return CompiledLane(
                    quantized=found.quantized,
                    method=design.method,
                    mask=design.mask,
                    outcome=found,
                )

            lane = searched(None)
            return lane if options.meet_mask else _with_room(lane, item, searched)

        def rounded(n_taps: int | None) -> CompiledLane:
            open_item = item if n_taps is None else replace(item, n_taps=n_taps)  # type: ignore[call-arg]
            design = design_fir(open_item, coeff=words.coeff)
            return CompiledLane(
                quantized=_quantize_fir(design, words), method=design.method, mask=design.mask
            )

        return _with_room(rounded(None), item, rounded)
    if spec.optimise is not None:
        found = search_sos(item, quantize_cascade, words, spec.optimise, report=report)
        return CompiledLane(
            quantized=found.quantized,
            method=found.design.family,
            mask=found.design.mask,
            outcome=found,
        )
    sections = design_sos(item)
    if words.structure == "auto":
        from fxfir.flow.structure import choose_structures

        quantized = choose_structures(partial(quantize_cascade, sections.sos), words, spec.hardware)
    else:
        quantized = quantize_cascade(sections.sos, words)
    notes = getattr(item, "notes", ())
    if notes:
        quantized = replace(quantized, notes=(*notes, *quantized.notes))
    return CompiledLane(quantized=quantized, method=sections.family, mask=sections.mask)


def _with_room(
    lane: CompiledLane, item: FirSpec, make: Callable[[int | None], CompiledLane]
) -> CompiledLane:
    """Give a filter whose length was left open the taps that its coefficient words cost.

    The smallest float design that meets a mask has no margin left for rounding, so a few more
    taps are tried until the words meet the mask too. Where none of them does, more taps are not
    the cure, and the shortest stays.
    """
    from fxfir.analysis import judge_filter

    mask = lane.mask
    if getattr(item, "n_taps", 0) is not None or mask is None or not mask.has_limits:
        return lane
    if lane.interrupted or judge_filter(mask, lane.quantized.filter, gain=float(lane.gain)).passed:
        return lane
    found: Any = lane.quantized.filter
    for extra in range(1, _MOST_EXTRA_TAPS + 1):
        try:
            tried = make(found.n_taps + extra)
        except FxfirError:  # a parity that the kind of filter cannot have
            continue
        quantized: Any = tried.quantized
        if judge_filter(mask, quantized.filter, gain=float(quantized.gain)).passed:
            text = f"{extra} taps more than the float design needs, so that the words meet the mask"
            noted = replace(quantized, notes=(*quantized.notes, text))
            return replace(tried, quantized=noted)
        if tried.interrupted:
            break
    return lane


def _quantize_fir(design: Any, words: Words) -> QuantizedFir:
    from fxfir.quantize import faithful_fir, fir_from_codes, quantize_fir

    faithful = words.accuracy == "faithful"
    for name in ("form", "norm", "section_width", "guard_bits", "error_feedback", "accuracy"):
        value = getattr(words, name)
        if value is not None and not (faithful and name == "accuracy"):
            shown = value.value if isinstance(value, Form) else value
            raise SpecError(f"a FIR filter has no {name}, got {shown!r}")
    check_magnitude(design.taps)
    common: dict[str, Any] = {
        "input": words.input,
        "output": words.output,
        "rounding": words.rounding,
        "overflow": words.overflow,
    }
    if faithful:
        if words.scale_taps or design.codes is not None:
            what = "scale_taps" if words.scale_taps else "integer codes"
            raise SpecError(f"a faithful filter keeps the taps as they are, got {what}")
        if words.coeff_width is not None:
            common["coeff_width"] = words.coeff_width
        return faithful_fir(design.taps, **common)
    if design.codes is not None:
        if words.scale_taps:
            raise SpecError("scale_taps needs real taps, got integer codes")
        return fir_from_codes(design.codes, words.coeff, **common)  # type: ignore[arg-type]
    return quantize_fir(
        design.taps,
        coeff=words.coeff,
        coeff_width=words.coeff_bits,
        scale_taps=words.scale_taps,
        **common,
    )
