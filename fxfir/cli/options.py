"""Options that several commands share, and the specification they add up to."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fxfir.cli.console import note

if TYPE_CHECKING:
    from fxfir.spec import Spec

__all__ = [
    "SOURCES",
    "WORDS",
    "SEARCH",
    "HARDWARE",
    "Request",
    "options",
    "read_request",
    "seed_option",
]

_F = TypeVar("_F", bound=Callable[..., Any])
Option = Callable[[_F], _F]

SOURCES: tuple[Option[Any], ...] = (
    click.argument("spec", required=False, metavar="[SPEC.toml]"),
    click.option(
        "--taps",
        multiple=True,
        metavar="LIST|FILE|-",
        help="Taps: numbers, a file, or - for stdin; several are sets, chosen by tuser.",
    ),
    click.option("--sos", metavar="FILE", help="Second-order sections, rows b0 b1 b2 a0 a1 a2."),
    click.option("--signs", metavar="S", help="Of a1, a2: scipy or negated [by stability]."),
    click.option("--post-shift", type=int, metavar="N", help="postShift of a CMSIS-DSP file."),
    click.option(
        "--eq",
        multiple=True,
        metavar="FILE",
        help="Equaliser of REW, Equalizer APO or AutoEQ; several: one for each channel.",
    ),
    click.option("--eq-channel", metavar="C", help="Channel of --eq, where they differ."),
    click.option("--fs", "fs_hz", type=float, metavar="HZ", help="Sampling rate."),
)
"""What the filter is; exactly one of SPEC.toml, --taps, --sos and --eq."""

WORDS: tuple[Option[Any], ...] = (
    click.option("--input", metavar="FMT", help="Input format [sfix16_En15]."),
    click.option("--output", metavar="FMT", help="Output format [the input's]."),
    click.option("--coeff", metavar="FMT", help="Coefficient format [the best that fits]."),
    click.option("--coeff-width", type=int, metavar="N", help="Coefficient bits [16, SOS 18]."),
    click.option(
        "--scale-taps", is_flag=True, default=None, help="Use all of --coeff; tells gain."
    ),
    click.option("--rounding", metavar="R", help="Rounding of the output [half_even]."),
    click.option("--overflow", metavar="O", help="saturate or wrap [saturate]."),
    click.option("--form", metavar="F", help="SOS: df1, df2, df1t or df2t [df2t]."),
    click.option(
        "--structure",
        metavar="S",
        help="SOS: auto, normal, state_variable, df1_feedback or a --form [df2t].",
    ),
    click.option(
        "--look-ahead", type=int, metavar="M", help="SOS: loops of M clocks, one sample per clock."
    ),
    click.option(
        "--error-feedback/--no-error-feedback", default=None, help="SOS df1: shape rounding noise."
    ),
    click.option("--section-width", type=int, metavar="N", help="SOS: bits of all inner words."),
    click.option("--guard-bits", type=int, metavar="N", help="SOS: inner bits below the output."),
    click.option(
        "--channels", type=int, metavar="C", help="Channels that take turns on the lane [1]."
    ),
    click.option(
        "--whole-bank", is_flag=True, default=None, help="Each channel through a whole [[bank]]."
    ),
    click.option("--norm", metavar="N", help="SOS scaling: l1, linf, l2 or none [linf]."),
    click.option("--accuracy", metavar="A", help="faithful: error < 1 LSB; or noise (SOS)."),
)
"""Word lengths; each overrides the specification's."""

SEARCH: tuple[Option[Any], ...] = (
    click.option(
        "--optimise",
        is_flag=False,
        flag_value="auto",
        metavar="[GOAL]",
        help="Search the words: minimax, stopband, adders or auto [auto].",
    ),
    click.option("--effort", type=int, metavar="N", help="Search: 1 to 10, each doubles it [5]."),
    click.option(
        "--meet-mask",
        is_flag=False,
        flag_value="width",
        metavar="[FIRST]",
        help="Search the fewest bits that meet the mask: width or taps first [width].",
    ),
    click.option(
        "--plot-trade",
        metavar="FILE",
        help="--meet-mask: draw taps against bits (svg, png).",
    ),
    click.option("--prove", is_flag=True, default=None, help="Search: bound what is left to gain."),
)
"""How coefficient words are searched; each overrides the specification's."""

HARDWARE: tuple[Option[Any], ...] = (
    click.option("--arch", metavar="A", help="Architecture [auto]."),
    click.option(
        "--pipeline", metavar="N", help="Multiplierless: auto, full, none or adders per stage."
    ),
    click.option("--multipliers", type=int, metavar="N", help="Serial: how many [1; --rate]."),
    click.option("--memory", metavar="M", help="Serial FIR: distributed, block or auto [auto]."),
    click.option("--fold/--no-fold", default=None, help="Serial FIR: add mirrored samples first."),
    click.option("--loop", metavar="L", help="Parallel SOS: multipliers or adders [multipliers]."),
    click.option(
        "--interval", type=int, metavar="N", help="Parallel SOS: clocks for a sample, 1 to 5."
    ),
    click.option("--minimise", metavar="M", help="--arch auto: luts, dsp or latency [luts]."),
    click.option(
        "--max-dsp", type=int, metavar="N", help="--arch auto: multiplier blocks at most."
    ),
    click.option("--target", metavar="T", help="Device family [generic]."),
    click.option("--clock", "clock_hz", type=float, metavar="HZ", help="Clock; see --rate."),
    click.option(
        "--rate", "rate_hz", type=float, metavar="HZ", help="Sample rate, held against --clock."
    ),
    click.option("--interface", metavar="I", help="axis or stream [axis]."),
    click.option("--no-backpressure", is_flag=True, help="Leave out the output's ready."),
)
"""The core around the filter; each overrides the specification's."""


def seed_option(what: str) -> Option[Any]:
    """Return the option that seeds `what`; generators take no negative seed."""
    return click.option(
        "--seed", type=click.IntRange(min=0), default=1, show_default=True, help=f"Seed of {what}."
    )


def options(*groups: tuple[Option[Any], ...]) -> Option[Any]:
    """Apply groups of options to a command, so that help lists them in the order given."""

    def apply(command: Any) -> Any:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command line asks for.

    Parameters
    ----------
    spec : Spec
        The source with every option applied.
    text : str or None
        Text of the SPEC.toml if it alone says what the core is: without options beside it and
        without a file of coefficients.
    """

    spec: Spec
    text: str | None = None


def read_request(given: dict[str, Any]) -> Request:
    """Return the specification that a command line adds up to.

    Parameters
    ----------
    given : dict
        Values of `SOURCES`, `WORDS` and `HARDWARE`; None where an option was not given.

    Raises
    ------
    click.UsageError
        If not exactly one source is given.
    FxfirError
        If a file or a value cannot be read.
    """
    from fxfir.spec import RowsSos, Spec, parse_spec, read_sections
    from fxfir.spec.readers.source import read_text

    sources = [name for name in _SHOWN if given.get(name) not in (None, ())]
    if len(sources) != 1:
        found = " and ".join(_SHOWN[name] for name in sources) or "none"
        raise click.UsageError(
            f"give exactly one of SPEC.toml, --taps, --sos and --eq, got {found}"
        )
    if given.get("eq_channel") is not None and sources != ["eq"]:
        raise click.UsageError(f"--eq-channel goes with --eq, got {given['eq_channel']!r} without")
    for option in ("signs", "post_shift"):
        if given.get(option) is not None and sources != ["sos"]:
            shown = f"--{option.replace('_', '-')}"
            raise click.UsageError(f"{shown} goes with --sos, got {given[option]!r} without")
    if sources == ["spec"]:
        if given.get("fs_hz") is not None:
            raise click.UsageError("a SPEC.toml states fs_hz itself, got --fs as well")
        # Read once: a pipe holds its text only once, and a file may change in between.
        path = given["spec"]
        text = read_text(path)
        base = parse_spec(text, source=path, folder=Path(path).parent)
        kept = text if _says_all(given) and not _names_a_file(text) else None
        return Request(spec=_override(base, given), text=kept)
    if sources == ["taps"]:
        base = _taps(given)
    elif sources == ["eq"]:
        base = _equaliser(given)
    else:
        read = read_sections(
            given["sos"], signs=given.get("signs"), post_shift=given.get("post_shift")
        )
        rows = RowsSos(rows=read.rows, notes=read.notes, fs_hz=given.get("fs_hz"))
        base = Spec(filter=rows)
    return Request(spec=_override(base, given))


def _taps(given: dict[str, Any]) -> Spec:
    """Return the filter of --taps, or the sets of taps where it was given several times."""
    from fxfir.spec import SetsSpec, Spec, TapsFir, read_taps

    filters = tuple(TapsFir(taps=read_taps(t), fs_hz=given.get("fs_hz")) for t in given["taps"])
    return Spec(filter=filters[0] if len(filters) == 1 else SetsSpec(filters=filters))


def _equaliser(given: dict[str, Any]) -> Spec:
    """Return the equaliser of --eq; what samples it is --fs or, as in a player, --rate.

    Channels with filters of their own come from as many files, or from one that names them.
    """
    from fxfir.spec import BankSpec, EqSos, Spec, read_eq, read_eq_channels

    fs_hz = given.get("fs_hz") or given.get("rate_hz")
    if fs_hz is None:
        raise click.UsageError("--eq needs --rate or --fs, got neither")
    files, count = given["eq"], given.get("channels")
    if len(files) > 1 and count not in (None, len(files)):
        raise click.UsageError(
            f"--eq must be given once or for each of {count} channels, got {len(files)} files"
        )
    if len(files) == 1 and given.get("eq_channel") is None and (count or 1) > 1:
        found = read_eq_channels(files[0])
        if len(found) not in (1, count):
            names = ", ".join(eq.channel for eq in found)
            raise click.UsageError(
                f"--channels must be {len(found)} for channels {names} of {files[0]}, got {count}"
            )
    else:
        found = tuple(read_eq(path, channel=given.get("eq_channel")) for path in files)
    for text in dict.fromkeys(text for eq in found for text in eq.notes):
        note(text)
    filters = tuple(EqSos(bands=eq.bands, preamp_db=eq.preamp_db, fs_hz=fs_hz) for eq in found)
    if len(filters) == 1:
        return Spec(filter=filters[0])
    return Spec(filter=BankSpec(filters=filters), channels=len(filters), whole_bank=False)


def _override(base: Spec, given: dict[str, Any]) -> Spec:
    from fxfir.spec import BankSpec, Optimise

    words = {name: given[name] for name in _WORD_NAMES if given.get(name) is not None}
    # The two exclude each other, so the one given here replaces the one that was there.
    if "coeff" in words and "coeff_width" not in words:
        words["coeff_width"] = None
    if "coeff_width" in words and "coeff" not in words:
        words["coeff"] = None
    hardware = {name: given[name] for name in _HARDWARE_NAMES if given.get(name) is not None}
    if given.get("no_backpressure"):
        hardware["backpressure"] = False
    options = {name: given[name] for name in _ARCH_NAMES if given.get(name) is not None}
    if options:
        hardware["arch"] = _with_options(hardware.get("arch", base.hardware.arch), options)
    result = replace(base, hardware=replace(base.hardware, **hardware))
    search = {
        key: given[name] for name, key in _SEARCH_NAMES.items() if given.get(name) is not None
    }
    if search:
        if base.optimise is None and not {"goal", "meet_mask", "prove"} & set(search):
            raise click.UsageError("--effort goes with --optimise or --meet-mask, got neither")
        result = replace(result, optimise=replace(base.optimise or Optimise(), **search))
    turns = {name: given[name] for name in _TURN_NAMES if given.get(name) is not None}
    if turns:
        result = replace(result, **turns)
    if not words:
        return result
    filters = base.filter
    if isinstance(filters, BankSpec):
        own = tuple(w and replace(w, **words) for w in filters.words)
        filters = replace(filters, words=own)
    return replace(result, filter=filters, words=replace(base.words, **words))


def _with_options(arch: str | Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return an architecture with further options, in every member of a bank."""
    if isinstance(arch, str):
        return {"name": arch, **options}
    if "filters" in arch:
        return {**arch, "filters": [_with_options(part, options) for part in arch["filters"]]}
    return {**arch, **options}


def _names_a_file(text: str) -> bool:
    """Whether the coefficients stand in a file beside the specification."""
    data = tomllib.loads(text)
    members = [data, *data.get("bank", ()), *data.get("set", ())]
    tables = [member.get(kind, {}) for member in members for kind in ("fir", "sos")]
    return any(key in table for table in tables for key in ("file", "eq"))


def _says_all(given: dict[str, Any]) -> bool:
    """Tell whether no option adds anything to the SPEC.toml."""
    names = (*_WORD_NAMES, *_SEARCH_NAMES, *_HARDWARE_NAMES, *_ARCH_NAMES, *_TURN_NAMES)
    return not given.get("no_backpressure") and all(given.get(name) is None for name in names)


_SHOWN = {"spec": "SPEC.toml", "taps": "--taps", "sos": "--sos", "eq": "--eq"}
_WORD_NAMES = (
    "input",
    "output",
    "coeff",
    "coeff_width",
    "scale_taps",
    "rounding",
    "overflow",
    "form",
    "structure",
    "look_ahead",
    "error_feedback",
    "section_width",
    "guard_bits",
    "norm",
    "accuracy",
)
_SEARCH_NAMES = {
    "optimise": "goal",
    "effort": "effort",
    "meet_mask": "meet_mask",
    "prove": "prove",
}
_TURN_NAMES = ("channels", "whole_bank")
_ARCH_NAMES = ("pipeline", "multipliers", "memory", "fold", "loop", "interval")
_HARDWARE_NAMES = (
    "arch",
    "target",
    "clock_hz",
    "rate_hz",
    "interface",
    "name",
    "minimise",
    "max_dsp",
)
