"""SPEC.toml: a filter, its words and its hardware in one file.

A low-pass by its mask. With bands alone the filter is an equiripple FIR and the smallest number of
taps that meets them is found; `ripple_db` is the deviation either way around `gain` (default 1),
`attenuation_db` is counted from 1, and `low_hz` and `high_hz` default to 0 and fs_hz / 2::

    name = "lp1k"
    fs_hz = 44100

    [[band]]
    high_hz = 1000
    ripple_db = 0.1

    [[band]]
    low_hz = 3000
    attenuation_db = 60

    [words]
    input = "sfix16_En15"
    output = "sfix18_En17"
    coeff_width = 16
    rounding = "half_even"
    overflow = "saturate"

    [hardware]
    arch = "symmetric"
    target = "ecp5"
    interface = "axis"

Words searched instead of rounded; every key of the table may be left out::

    name = "lp_few_bits"
    fs_hz = 44100
    band = [{ high_hz = 1000, ripple_db = 0.1 }, { low_hz = 3000, attenuation_db = 60 }]

    [optimise]
    goal = "minimax"
    effort = 5
    meet_mask = "width"

A method with its parameters, here by order as classic tools count (order N has N + 1 taps), or by
`n_taps`. The methods are window, least_squares, equiripple, frequency_sampling, half_band,
hilbert, raised_cosine, root_raised_cosine and moving_average; their parameters are the fields of
the classes in `fxfir.spec.fir`. Bands, if given, are what the response is judged by::

    name = "lp50"
    fs_hz = 44100

    [fir]
    method = "window"
    kind = "lowpass"
    order = 50
    cutoff_hz = 1000
    window = "hamming"

Taps as they are, in the file or in one beside it (`file = "taps.csv"`; csv, txt, npy, json, coe,
hex, fcf). Codes need `coeff`::

    name = "smooth"

    [fir]
    taps = [0.1, 0.5, 0.1]

    [words]
    input = "ufix8_En0"
    output = "ufix8_En0"
    coeff = "sfix16_En15"

A bank: filters on one input, one output lane each. A member is a `fir` or a `sos` table, may have
bands, and may override `words` and `arch`. A recursive filter names its family (butter, cheby1,
cheby2, ellip, bessel) with order, kind, cutoff_hz and, where the family has them, ripple_db and
attenuation_db; or it holds `rows` of six, or names a `file` of them (with `signs` of a1 and a2,
scipy or negated, and the `post_shift` of CMSIS-DSP's words, where they must be said); or it is an
equaliser, with
`bands` (kind, frequency_hz, gain_db and q, bandwidth_oct or slope) and `preamp_db`, or with the
name of an `eq` file of REW, Equalizer APO or AutoEQ and perhaps a `channel` of it::

    name = "three_band"
    fs_hz = 2

    [[bank]]
    sos = { family = "butter", order = 2, kind = "lowpass", cutoff_hz = 0.2 }

    [[bank]]
    sos = { family = "butter", order = 2, kind = "bandpass", cutoff_hz = [0.2, 0.6] }

    [[bank]]
    sos = { family = "butter", order = 2, kind = "highpass", cutoff_hz = 0.6 }
    words = { output = "sfix18_En15" }
    arch = "serial"

    [words]
    form = "df2t"
    norm = "linf"
    coeff_width = 18
    section_width = 24

Sets of taps, of which the number on `tuser` chooses one with every sample; each is a `fir` table,
perhaps with bands, and all share words and hardware::

    name = "two_tones"

    [[set]]
    fir = { taps = [0.25, 0.5, 0.25] }

    [[set]]
    fir = { taps = [-0.25, 0.5, -0.25] }

Channels that take turns on one lane, in frames of so many samples: `channels = 2` at the top level,
all through the same filter; with a bank of as many members, each through its own; with
`whole_bank = true` or `arch = "shared"` each through all members.

A key that nobody reads is an error that names its place and the nearest key there is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fxfir.spec.check import choice, count, positive
from fxfir.spec.equaliser import EqBand, EqSos
from fxfir.spec.fir import FIR_METHODS, EquirippleFir, FirSpec, TapsFir
from fxfir.spec.hardware import Hardware
from fxfir.spec.mask import Band, Mask
from fxfir.spec.optimise import Optimise
from fxfir.spec.read import read_eq, read_sections, read_taps_file
from fxfir.spec.readers.source import read_text
from fxfir.spec.readers.toml_tables import COMMON, Tables, names
from fxfir.spec.readers.toml_text import load_toml
from fxfir.spec.sos import IirSos, RowsSos, SosSpec
from fxfir.spec.spec import BankSpec, SetsSpec, Spec
from fxfir.spec.taps import Values
from fxfir.spec.words import Words

__all__ = ["parse_data", "parse_spec", "read_spec"]

_FILTERS = ("fir", "sos", "bank", "set", "band")
_TURNS = ("channels", "whole_bank")
_TOP = ("name", "fs_hz", *_TURNS, *_FILTERS, "words", "hardware", "optimise")
_SET = ("fir", "band")
_BANK = ("fir", "sos", "band", "words", "arch")
_SOS_SOURCES = ("rows", "file", "family", "bands", "eq")


def read_spec(path: str | Path) -> Spec:
    """Return the specification in a SPEC.toml; files it names are sought beside it.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    ReadError
        If the file, or one it names, cannot be read; the message names line and text.
    SpecError
        If a key is unknown, missing or contradicts another; the message names its place.
    FxfirError
        Whatever else its parts raise, with the place put before it.
    """
    return parse_spec(read_text(path), source=str(path), folder=Path(path).parent)


def parse_spec(text: str, *, source: str = "SPEC.toml", folder: str | Path = ".") -> Spec:
    """Return the specification that `text` holds; see `read_spec`.

    Parameters
    ----------
    text : str
        TOML.
    source : str, optional
        Name used in messages.
    folder : str or Path, optional
        Where files that the text names are sought.

    Examples
    --------
    >>> spec = parse_spec("fir = {taps = [0.1, 0.5, 0.1]}")
    >>> spec.filter.taps.values, str(spec.words.input)
    ((0.1, 0.5, 0.1), 'sfix16_En15')
    """
    return parse_data(load_toml(text, source), source=source, folder=folder)


def parse_data(data: dict[str, Any], *, source: str, folder: str | Path) -> Spec:
    """Return the specification that TOML data holds; see `parse_spec`."""
    return _Reader(source=source, folder=Path(folder)).spec(data)


class _Reader(Tables):
    """The kinds of tables that a specification has."""

    def spec(self, data: dict[str, Any]) -> Spec:
        self.check_keys(data, _TOP, "the top level")
        fs_hz = None
        if "fs_hz" in data:
            fs_hz = self.at("the top level", lambda: positive(data["fs_hz"], "fs_hz", "Hz"))
        words = self.build("[words]", Words, self.table(data, "words", "[words]"))
        settings = dict(self.table(data, "hardware", "[hardware]"))
        if "name" in data and "name" in settings:
            raise self.error("[hardware]", f"name must stand once, got {settings['name']!r} again")
        if "name" in data:
            settings["name"] = data["name"]
        hardware = self.build("[hardware]", Hardware, settings)
        optimise = None
        if "optimise" in data:
            table = self.table(data, "optimise", "[optimise]")
            optimise = self.build("[optimise]", Optimise, table)
        if "bank" in data:
            return replace(self.bank(data, fs_hz, words, hardware), optimise=optimise)
        common: dict[str, Any] = {"words": words, "hardware": hardware, "optimise": optimise}
        common |= {key: data[key] for key in _TURNS if key in data}
        if "set" in data:
            sets = self.sets(data, fs_hz)
            return self.at("[[set]]", lambda: Spec(filter=sets, **common))
        node = self.node(data, fs_hz, "")
        return self.at("the top level", lambda: Spec(filter=node, **common))

    def bank(
        self, data: dict[str, Any], fs_hz: float | None, words: Words, hardware: Hardware
    ) -> Spec:
        members = self.members(data, "bank", _FILTERS)
        filters: list[FirSpec | SosSpec] = []
        own: list[Words | None] = []
        archs: list[Any] = []
        for k, member in enumerate(members, 1):
            place = f"[[bank]] {k}"
            self.check_keys(member, _BANK, place)
            filters.append(self.node(member, fs_hz, f"{place} "))
            own.append(self.overridden(member, words, place))
            archs.append(self.arch(member, hardware, place))
        if any("arch" in member for member in members):
            hardware = replace(hardware, arch={"name": "bank", "filters": archs})
        bank = self.at("[[bank]]", lambda: BankSpec(filters=tuple(filters), words=tuple(own)))
        return self.at(
            "[[bank]]",
            lambda: Spec(
                filter=bank,
                words=words,
                hardware=hardware,
                **{key: data[key] for key in _TURNS if key in data},
            ),
        )

    def sets(self, data: dict[str, Any], fs_hz: float | None) -> SetsSpec:
        filters = []
        for k, member in enumerate(self.members(data, "set", _FILTERS), 1):
            place = f"[[set]] {k}"
            self.check_keys(member, _SET, place)
            filters.append(self.node(member, fs_hz, f"{place} "))
        return self.at("[[set]]", lambda: SetsSpec(filters=tuple(filters)))

    def arch(self, member: dict[str, Any], hardware: Hardware, place: str) -> Any:
        """Return the architecture of one member as a mapping."""
        own = member.get("arch", hardware.arch)
        checked = self.at(place, lambda: replace(hardware, arch=own)).arch
        return {"name": checked} if isinstance(checked, str) else dict(checked)

    def overridden(self, member: dict[str, Any], words: Words, place: str) -> Words | None:
        if "words" not in member:
            return None
        inner = f"{place} words"
        table = dict(self.table(member, "words", inner))
        self.check_keys(table, names(Words), inner)
        # A width given here replaces a format given for all, and the other way round.
        if "coeff" in table:
            table.setdefault("coeff_width", None)
        if "coeff_width" in table:
            table.setdefault("coeff", None)
        return self.at(inner, lambda: replace(words, **table))

    def node(self, data: dict[str, Any], fs_hz: float | None, place: str) -> FirSpec | SosSpec:
        if "fir" in data and "sos" in data:
            raise self.error(place or "the top level", "a filter is either fir or sos, got both")
        mask = self.mask(data["band"], fs_hz, place) if "band" in data else None
        if "sos" in data:
            inner = f"{place}[sos]"
            return self.sos(self.table(data, "sos", inner), fs_hz, mask, inner)
        if "fir" in data:
            inner = f"{place}[fir]"
            return self.fir(self.table(data, "fir", inner), fs_hz, mask, inner)
        if mask is None:
            raise self.error(
                place or "the top level",
                "fir, sos, bank or band is needed, got none",
            )
        return self.at(f"{place}[[band]]", lambda: EquirippleFir(mask=mask))

    def mask(self, data: Any, fs_hz: float | None, place: str) -> Mask:
        inner = f"{place}[[band]]"
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            raise self.error(inner, f"band must be an array of tables, got {data!r}")
        if fs_hz is None:
            raise self.error(inner, "bands need fs_hz at the top level, got none")
        bands = []
        for k, item in enumerate(data, 1):
            complete = {"low_hz": 0.0, "high_hz": fs_hz / 2, **item}
            bands.append(self.build(f"{inner} {k}", Band, complete))
        return self.at(inner, lambda: Mask(fs_hz=fs_hz, bands=tuple(bands)))

    def fir(
        self, table: dict[str, Any], fs_hz: float | None, mask: Mask | None, place: str
    ) -> FirSpec:
        given = [key for key in ("taps", "file", "method") if key in table]
        if len(given) > 1:
            raise self.error(
                place, f"one of taps, file and method is needed, got {' and '.join(given)}"
            )
        if not given and mask is None:
            self.check_keys(table, ("taps", "file", "method"), place)
            raise self.error(place, "method, taps, file or bands are needed, got none")
        if given and given[0] in ("taps", "file"):
            return self.taps(table, fs_hz, mask, place)
        name = self.at(
            place, lambda: choice(table.get("method", "equiripple"), "method", FIR_METHODS)
        )
        kind = FIR_METHODS[name]
        options = {key: value for key, value in table.items() if key != "method"}
        known = [n for n in names(kind) if n not in COMMON]
        counted = ["order"] if "n_taps" in known else []
        self.check_keys(options, [*known, *counted, "method"], place)
        if "order" in options:
            if "n_taps" in options:
                raise self.error(place, "n_taps is order + 1, got both n_taps and order")
            order = options.pop("order")
            options["n_taps"] = self.at(place, lambda: count(order, "order")) + 1
        return self.build(place, kind, {**options, "fs_hz": fs_hz, "mask": mask})

    def taps(
        self, table: dict[str, Any], fs_hz: float | None, mask: Mask | None, place: str
    ) -> FirSpec:
        self.check_keys(table, ("taps", "file"), place)
        if "file" in table:
            taps = self.at(place, lambda: read_taps_file(self.path(table["file"])))
        else:
            taps = self.at(place, lambda: Values(values=table["taps"]))
        return self.at(place, lambda: TapsFir(taps=taps, fs_hz=fs_hz, mask=mask))

    def sos(
        self, table: dict[str, Any], fs_hz: float | None, mask: Mask | None, place: str
    ) -> SosSpec:
        given = [key for key in _SOS_SOURCES if key in table]
        if len(given) != 1:
            raise self.error(
                place,
                f"one of {', '.join(_SOS_SOURCES)} is needed, got {' and '.join(given) or 'none'}",
            )
        if given[0] in ("bands", "eq"):
            return self.equaliser(table, fs_hz, mask, place)
        if given[0] == "family":
            return self.build(place, IirSos, {**table, "fs_hz": fs_hz, "mask": mask})
        if given[0] == "rows":
            self.check_keys(table, ("rows",), place)
            rows = table["rows"]
            return self.at(place, lambda: RowsSos(rows=rows, fs_hz=fs_hz, mask=mask))
        self.check_keys(table, ("file", "signs", "post_shift"), place)
        shift = table.get("post_shift")
        if shift is not None:
            shift = self.at(place, lambda: count(shift, "post_shift", 0))
        path = self.at(place, lambda: self.path(table["file"]))
        found = self.at(
            place, lambda: read_sections(path, signs=table.get("signs"), post_shift=shift)
        )
        return self.at(
            place, lambda: RowsSos(rows=found.rows, notes=found.notes, fs_hz=fs_hz, mask=mask)
        )

    def equaliser(
        self, table: dict[str, Any], fs_hz: float | None, mask: Mask | None, place: str
    ) -> SosSpec:
        common: dict[str, Any] = {"fs_hz": fs_hz, "mask": mask}
        if "eq" in table:
            self.check_keys(table, ("eq", "channel"), place)
            path, channel = table["eq"], table.get("channel")
            found = self.at(place, lambda: read_eq(self.path(path), channel=channel))
            common |= {"bands": found.bands, "preamp_db": found.preamp_db}
            return self.at(place, lambda: EqSos(**common))
        self.check_keys(table, ("bands", "preamp_db"), place)
        items = table["bands"]
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self.error(place, f"bands must be an array of tables, got {items!r}")
        bands = [self.build(f"{place} band {k}", EqBand, item) for k, item in enumerate(items, 1)]
        common |= {"bands": tuple(bands), "preamp_db": table.get("preamp_db", 0.0)}
        return self.at(place, lambda: EqSos(**common))
