"""The certified error of a cascade: how far its integers can be from the ideal output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith import Block
from fxfir.arith.carry import Carry, carries, rounding_range
from fxfir.arith.difference import difference_gain
from fxfir.arith.flow import SectionFlow, section_flow
from fxfir.arith.reach import Reach, SectionReach, linear_reach
from fxfir.errors import FilterError
from fxfir.filters import FixedSos
from fxfir.fixed import Cast, Format, Overflow

__all__ = ["CascadeBound", "RoundingPoint", "cascade_bound", "coefficient_range"]

Range = tuple[Fraction, Fraction]

_MOST_TERMS = 1 << 18
_ABSOLUTE_LSB = Fraction(1, 1 << 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingPoint:
    """One cast inside a cascade and what its rounding adds to the output.

    Parameters
    ----------
    section : int
    name : str
        Word that the cast makes, as in `Form`: y, w, s1, ...
    cast : Cast
    dropped_bits : int
        Fraction bits that it rounds away; 0 for an exact cast.
    carry : Carry
        What an error here is worth at the output.
    error_lsb : tuple of Fraction
        Ends of its part of the output's error, in output LSB.
    """

    section: int
    name: str
    cast: Cast
    dropped_bits: int
    carry: Carry
    error_lsb: Range

    @property
    def share_lsb(self) -> Fraction:
        """Largest magnitude of the part."""
        return max(-self.error_lsb[0], self.error_lsb[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeBound:
    """How far the hardware's output can be from the ideal one, in output LSB.

    The ideal output is that of the rows as given, in real numbers, on the quantised input from zero
    history, clamped to the range of the output format, never rounded.

    Parameters
    ----------
    error_lsb : Fraction or None
        No input whatever exceeds it. None where a cast inside can overflow, or the output wrap.
    linear_lsb : Fraction or None
        The same for all inputs that make no cast inside overflow; None where a section is unstable
        or the output can wrap.
    coefficient_lsb : tuple of Fraction
        Ends of what the rounding of coefficients contributes.
    points : tuple of RoundingPoint
        Every cast inside, in the order of the sections; without the last one where nothing is fed
        back from it and the output drops no further bits: that is the output rounding.
    output_lsb : tuple of Fraction
        Ends of what the output rounding contributes.
    reason : str or None
        Why there is no `error_lsb`.
    """

    error_lsb: Fraction | None
    linear_lsb: Fraction | None
    coefficient_lsb: Range
    points: tuple[RoundingPoint, ...]
    output_lsb: Range
    reason: str | None = None

    @property
    def inner_lsb(self) -> Range:
        """Ends of what all casts inside contribute together."""
        low = sum((p.error_lsb[0] for p in self.points), Fraction(0))
        return low, sum((p.error_lsb[1] for p in self.points), Fraction(0))

    @property
    def is_faithful(self) -> bool:
        """Whether the output is within one LSB of the ideal one for every input."""
        return self.error_lsb is not None and self.error_lsb < 1

    @property
    def settles(self) -> bool:
        """Whether the output is sure to become exactly 0 after the input has.

        All that the casts inside keep alive is then less than half an LSB at the output, which a
        rounding to nearest removes; with every other rounding nothing is promised.
        """
        half = Fraction(1, 2)
        low, high = self.inner_lsb
        nearest = self.output_lsb[0] >= -half and self.output_lsb[1] <= half
        return self.error_lsb is not None and nearest and -half < low and high < half


def cascade_bound(
    filter: FixedSos, ideal: Sequence[Sequence[Fraction]], gain: Fraction | int = 1
) -> CascadeBound:
    """Bound |hardware - ideal| over every input of the format, from any number of samples.

    Parameters
    ----------
    filter : FixedSos
    ideal : sequence of rows of 6 Fraction, shape (n_sections, 6)
        As given, in any order, a0 = 1.
    gain : Fraction, optional
        What they were multiplied by on purpose.

    Returns
    -------
    CascadeBound

    Raises
    ------
    FilterError
        If a row has not six entries with a0 = 1.
    StabilityError
        If a section is unstable, before or after quantisation.

    Notes
    -----
    While no cast inside overflows, the output is the quantised cascade's, exact, plus each cast's
    error through its own transfer function to the output; `arith.reach` certifies that none does.
    The exact outputs of the quantised and of the ideal cascade differ by the input through the
    difference of both responses, whose L1 norm is summed directly, so that coefficient errors which
    cancel count as little as they do. Clamping both outputs to one range cannot enlarge their
    distance.

    References
    ----------
    .. [1] A. Volkova, M. Istoan, F. de Dinechin, T. Hilaire, "Towards hardware IIR filters
       computing just right", IEEE Trans. Computers 68, 2019, section 3.
    """
    pairs = list(zip(filter.sections, filter.section_inputs, strict=True))
    flows = [section_flow(section, source.frac) for section, source in pairs]
    to = filter.output.to
    off = coefficient_range(flows, ideal, gain, filter.input, to)
    points = _points(flows, to)
    outer = rounding_range(filter.output.rounding, filter.sections[-1].out.to.frac - to.frac)
    if not any(outer) and not _is_fed_back(flows[-1], "y"):
        final = next(p for p in reversed(points) if p.name == "y")
        outer = final.error_lsb
        points = tuple(p for p in points if p is not final)
    low = off[0] + outer[0] + sum((p.error_lsb[0] for p in points), Fraction(0))
    high = off[1] + outer[1] + sum((p.error_lsb[1] for p in points), Fraction(0))
    wraps = _wraps(filter)
    linear = None if wraps else min(max(-low, high), Fraction(to.hi - to.lo))
    reason = wraps or _overflows(filter, flows)
    return CascadeBound(
        error_lsb=None if reason else linear,
        linear_lsb=linear,
        coefficient_lsb=off,
        points=points,
        output_lsb=outer,
        reason=reason,
    )


def coefficient_range(
    flows: Sequence[SectionFlow],
    ideal: Sequence[Sequence[Fraction]],
    gain: Fraction | int,
    source: Format,
    to: Format,
) -> Range:
    """Bound the distance of the exact quantised output from the ideal one, in LSB of `to`.

    Parameters
    ----------
    flows : sequence of SectionFlow
        Of the quantised sections.
    ideal : sequence of rows of 6 Fraction
        In any order.
    gain : Fraction
    source : Format
        Of the input.
    to : Format
        Of the output.
    """
    rows = [tuple(Fraction(v) for v in row) for row in ideal]
    for k, row in enumerate(rows):
        if len(row) != 6 or row[3] != 1:
            raise FilterError(f"ideal rows must be b0 b1 b2 1 a1 a2, got row {k} = {ideal[k]!r}")
    rows[0] = (*(v * gain for v in rows[0][:3]), *rows[0][3:])
    wanted = [Block(b=row[:3], a=row[4:]) for row in rows]
    made = [Block(b=flow.b, a=flow.a) for flow in flows]
    low, high = (end * source.step / to.step for end in (source.lo, source.hi))
    largest = max(-low, high)
    norm = difference_gain(
        made, wanted, absolute=_ABSOLUTE_LSB / (largest or 1), max_terms=_MOST_TERMS
    ).upper
    steady = _steady(made) - _steady(wanted)
    return Carry(gain=max(norm, abs(steady)), steady=steady).range(low, high)


def _steady(blocks: Sequence[Block]) -> Fraction:
    found = Fraction(1)
    for block in blocks:
        found *= Fraction(sum(block.b), 1 + sum(block.a))
    return found


def _points(flows: Sequence[SectionFlow], to: Format) -> tuple[RoundingPoint, ...]:
    points = []
    for k, (flow, entry) in enumerate(zip(flows, carries(flows), strict=True)):
        for name, cast in flow.casts.items():
            dropped = max(0, flow.fracs[name] - cast.to.frac)
            unit = cast.to.step / to.step
            low, high = rounding_range(cast.rounding, dropped)
            points.append(
                RoundingPoint(
                    section=k,
                    name=name,
                    cast=cast,
                    dropped_bits=dropped,
                    carry=entry[name],
                    error_lsb=entry[name].range(low * unit, high * unit),
                )
            )
    return tuple(points)


def _overflows(filter: FixedSos, flows: Sequence[SectionFlow]) -> str | None:
    """Say which cast inside may overflow, or None if none can."""
    found = _overflow(filter, flows, linear_reach(filter))
    if found is not None:
        # A response longer than reaches usually look at is bounded by its tail, which may be wide.
        found = _overflow(filter, flows, linear_reach(filter, max_terms=_MOST_TERMS))
    return found


def _overflow(
    filter: FixedSos, flows: Sequence[SectionFlow], reaches: Sequence[SectionReach]
) -> str | None:
    final = len(filter.sections) - 1
    for k, reach in enumerate(reaches):
        for name, found in reach.items():
            if not found.fits and not (k == final and _is_final_clamp(filter, flows[k], name)):
                return (
                    f"{name} of section {k} can {found.cast.overflow.value}: it reaches "
                    f"[{found.words[0]}, {found.words[1]}], {found.cast.to} holds "
                    f"[{found.cast.to.lo}, {found.cast.to.hi}]"
                )
    return None


def _is_final_clamp(filter: FixedSos, flow: SectionFlow, name: str) -> bool:
    """Tell whether a saturating cast of the last section acts as the output's own clamp."""
    cast, to = filter.sections[-1].out, filter.output.to
    inside = cast.to.lo * cast.to.step <= to.lo * to.step
    inside &= cast.to.hi * cast.to.step >= to.hi * to.step
    return (
        name == "y"
        and not _is_fed_back(flow, "y")
        and cast.overflow is Overflow.SATURATE
        and inside
    )


def _wraps(filter: FixedSos) -> str | None:
    """Say why the output can wrap, or None if it cannot, as long as nothing inside overflows."""
    if filter.output.overflow is not Overflow.WRAP:
        return None
    reaches = linear_reach(filter)
    if len(reaches) < len(filter.sections):
        return "the output can wrap after an overflow inside"
    y = reaches[-1]["y"]
    inner = y.cast.to.frac
    ends = Reach(lo=y.words[0], hi=y.words[1], frac=inner, cast=filter.output)
    if ends.fits:
        return None
    to = filter.output.to
    return (
        f"the output can wrap: it reaches [{ends.words[0]}, {ends.words[1]}], "
        f"{to} holds [{to.lo}, {to.hi}]"
    )


def _is_fed_back(flow: SectionFlow, name: str) -> bool:
    return any(any(sum_.get(name, ())) for sum_ in flow.sums.values())
