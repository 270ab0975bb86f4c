"""Equaliser files of REW, Equalizer APO and AutoEQ: lines of `Preamp:`, `Filter:`, `Channel:`.

Facts about the format are from Equalizer APO's configuration reference and its behaviour: which
words name which shape, which width is assumed where none is given, and that the frequency of `LS`
and `HS` with a width of their own is the corner, of `LSC` and `HSC` the centre.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fxfir.errors import FxfirError, ReadError
from fxfir.spec.equaliser import EqBand, EqKind
from fxfir.spec.readers.source import Line, lines

__all__ = ["Equaliser", "read_channels", "read_equaliser"]

_COMMAND = re.compile(r"\s*([A-Za-z]+)\s*(\d*)\s*:(.*)")
_STATE = re.compile(r"\s*(ON|OFF)\b\s*", re.IGNORECASE)
_SHAPE = re.compile(r"([A-Za-z]+)\s*(?:([0-9.,]+)\s*dB)?", re.IGNORECASE)
_SPACED = re.compile(r"(LP|HP|LS|HS|Notch)\s+(Q)(?=\s+Fc\b)|(All)\s+(pass)\b", re.IGNORECASE)
_NUMBER = r"([-+]?[0-9][0-9.,\u00a0]*(?:[eE][-+]?[0-9]+)?)"
_FREQUENCY = re.compile(rf"\bFc\s+{_NUMBER}\s*(k?)Hz\b", re.IGNORECASE)
_GAIN = re.compile(rf"\bGain\s+{_NUMBER}\s*dB\b", re.IGNORECASE)
_Q = re.compile(rf"\bQ\s+{_NUMBER}(?=\s|$)", re.IGNORECASE)
_WIDTH = re.compile(rf"\bBW\s+Oct\s+{_NUMBER}(?=\s|$)", re.IGNORECASE)
_PREAMP = re.compile(rf"\s*{_NUMBER}\s*dB\s*", re.IGNORECASE)
_IGNORED = ("device", "stage")
_REW_HEADER = "filter settings file"

_KINDS: dict[str, EqKind] = {
    "PK": EqKind.PEAK,
    "PEQ": EqKind.PEAK,
    "MODAL": EqKind.PEAK,
    "LS": EqKind.LOW_SHELF,
    "LSC": EqKind.LOW_SHELF,
    "LSQ": EqKind.LOW_SHELF,
    "HS": EqKind.HIGH_SHELF,
    "HSC": EqKind.HIGH_SHELF,
    "HSQ": EqKind.HIGH_SHELF,
    "LP": EqKind.LOW_PASS,
    "LPQ": EqKind.LOW_PASS,
    "HP": EqKind.HIGH_PASS,
    "HPQ": EqKind.HIGH_PASS,
    "BP": EqKind.BAND_PASS,
    "NO": EqKind.NOTCH,
    "NOTCH": EqKind.NOTCH,
    "NOTCHQ": EqKind.NOTCH,
    "AP": EqKind.ALL_PASS,
    "ALLPASS": EqKind.ALL_PASS,
}
_CORNERS = ("LS", "HS")
_ASSUMED: dict[EqKind, dict[str, float]] = {
    EqKind.LOW_SHELF: {"slope": 0.9},
    EqKind.HIGH_SHELF: {"slope": 0.9},
    EqKind.LOW_PASS: {"q": math.sqrt(0.5)},
    EqKind.HIGH_PASS: {"q": math.sqrt(0.5)},
    EqKind.BAND_PASS: {"q": math.sqrt(0.5)},
    EqKind.NOTCH: {"q": 30.0},
}
_WAVE_ORDER = ("L", "R", "C", "LFE", "SUB", "RL", "RR", "SL", "SR")
_EXPECTED = "Filter 1: ON PK Fc 1000 Hz Gain -3.0 dB Q 1.41"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equaliser:
    """What a file says of one channel.

    Parameters
    ----------
    channel : str
        "all", or the name in the file.
    bands : tuple of EqBand
        Those that are on, in the order of the file.
    preamp_db : float
        Sum of the `Preamp` lines.
    notes : tuple of str
        What was left out or assumed.
    """

    channel: str
    bands: tuple[EqBand, ...] = ()
    preamp_db: float = 0.0
    notes: tuple[str, ...] = ()


def read_equaliser(text: str, source: str, *, channel: str | None = None) -> Equaliser:
    """Return the bands of an equaliser file.

    Parameters
    ----------
    text : str
        As exported by REW, Equalizer APO or AutoEQ.
    source : str
        Name of the file, for messages.
    channel : str, optional
        Which channel's bands are wanted; needed where the file does not treat all alike.

    Returns
    -------
    Equaliser

    Raises
    ------
    ReadError
        If a line is not understood (number, text and what was expected), the file asks for what
        sections cannot do, channels differ and none is chosen, or there is nothing in it.

    Examples
    --------
    >>> found = read_equaliser("Preamp: -6 dB\\nFilter 1: ON PK Fc 100 Hz Gain 6 dB Q 1", "eq.txt")
    >>> found.preamp_db, found.bands[0].frequency_hz
    (-6.0, 100.0)
    """
    return _checked(_Reader.of(text, source).chosen(source, channel), source)


def read_channels(text: str, source: str) -> tuple[Equaliser, ...]:
    """Return the bands of every channel that an equaliser file names, or of all at once.

    Parameters
    ----------
    text, source : str
        As for `read_equaliser`.

    Returns
    -------
    tuple of Equaliser
        In the order of a wave file's channels: L, R, C, LFE or SUB, RL, RR, SL, SR; others behind,
        as in the file. One, of channel "all", where the file names none or treats them alike.

    Raises
    ------
    ReadError
        As for `read_equaliser`, if no channel has anything.

    Examples
    --------
    >>> text = "Channel: R\\nPreamp: -6 dB\\nChannel: L\\nPreamp: -3 dB"
    >>> [(eq.channel, eq.preamp_db) for eq in read_channels(text, "eq.txt")]
    [('L', -3.0), ('R', -6.0)]
    """
    reader = _Reader.of(text, source)
    named = [eq for name, eq in reader.found.items() if name != "all"]
    if len({(eq.bands, eq.preamp_db) for eq in named}) <= 1:
        return (_checked(reader.chosen(source, None), source),)
    order = {name: k for k, name in enumerate(_WAVE_ORDER)}
    named.sort(key=lambda eq: order.get(eq.channel, len(order)))
    return tuple(replace(eq, notes=tuple(reader.notes)) for eq in named)


def _checked(found: Equaliser, source: str) -> Equaliser:
    if not found.bands and not found.preamp_db:
        raise ReadError(
            f"an equaliser needs a filter that is on, such as {_EXPECTED!r}, got none in {source}"
        )
    return found


def _commands(text: str, source: str) -> Iterator[Line]:
    """Yield the lines that say something; REW puts a free heading before its filters."""
    heading = text.lstrip().lower().startswith(_REW_HEADER)
    for line in lines(text, source):
        content = line.text.strip()
        if heading and not re.match(r"Filter\s*\d+\s*:", content, re.IGNORECASE):
            continue
        heading = False
        if content and not content.startswith("#"):
            yield line


class _Reader:
    """Collects the bands of every channel that a file names."""

    def __init__(self) -> None:
        self.found: dict[str, Equaliser] = {"all": Equaliser(channel="all")}
        self.selected: tuple[str, ...] = ("all",)
        self.notes: list[str] = []

    @classmethod
    def of(cls, text: str, source: str) -> _Reader:
        reader = cls()
        for line in _commands(text, source):
            reader.line(line)
        return reader

    def line(self, line: Line) -> None:
        match = _COMMAND.fullmatch(line.text)
        if match is None:
            raise line.error(f"an equaliser line must read like {_EXPECTED!r}, got another")
        word, rest = match[1].lower(), match[3]
        if word == "filter":
            made = _filter(line, rest)
            if made is not None:
                self.apply(lambda eq: replace(eq, bands=(*eq.bands, made)))
        elif word == "preamp":
            gain = _preamp(line, rest)
            self.apply(lambda eq: replace(eq, preamp_db=eq.preamp_db + gain))
        elif word == "channel":
            self.select(line, rest)
        elif word in _IGNORED:
            self.notes.append(f"line {line.number} is about the computer and left out: {match[1]}")
        else:
            raise line.error(
                "an equaliser of sections can take Preamp, Filter and Channel lines, "
                f"got {match[1]}"
            )

    def select(self, line: Line, rest: str) -> None:
        names = tuple(word.upper() for word in rest.split())
        if not names:
            raise line.error("Channel must name a channel or all, got none")
        self.selected = ("all",) if "ALL" in names else names
        for name in self.selected:
            # What was said of all channels before holds for one that is named later.
            self.found.setdefault(name, replace(self.found["all"], channel=name))

    def apply(self, change: Callable[[Equaliser], Equaliser]) -> None:
        names = tuple(self.found) if self.selected == ("all",) else self.selected
        for name in names:
            self.found[name] = change(self.found[name])

    def chosen(self, source: str, channel: str | None) -> Equaliser:
        notes = tuple(self.notes)
        if channel is not None:
            name = channel.upper()
            if name not in self.found and len(self.found) > 1:
                known = ", ".join(list(self.found)[1:])
                raise ReadError(f"channel must be one of {known} in {source}, got {channel!r}")
            return replace(self.found.get(name, self.found["all"]), notes=notes)
        named = [eq for name, eq in self.found.items() if name != "all"]
        contents = {(eq.bands, eq.preamp_db) for eq in named}
        if len(contents) > 1:
            raise ReadError(
                f"one channel must be chosen where they differ, got "
                f"{', '.join(eq.channel for eq in named)} in {source}"
            )
        return replace(named[0] if named else self.found["all"], notes=notes)


def _filter(line: Line, rest: str) -> EqBand | None:
    """Return the band of a `Filter` line, None if it is off or empty."""
    state = _STATE.match(rest)
    if state is None:
        raise line.error(f"a filter must be ON or OFF, as in {_EXPECTED!r}, got neither")
    if state[1].upper() == "OFF" or rest[state.end() :].strip().lower() in ("", "none"):
        return None
    # REW writes some names in two words.
    rest = _SPACED.sub(lambda m: "".join(filter(None, m.groups())), rest[state.end() :], count=1)
    shape = _SHAPE.match(rest)
    name = shape[1].upper() if shape else ""
    if shape is None or name not in _KINDS:
        raise line.error(f"a filter must be one of {', '.join(_KINDS)}, got {name or 'none'}")
    kind, tail = _KINDS[name], rest[shape.end() :]
    frequency = _FREQUENCY.search(tail)
    if frequency is None:
        raise line.error(f"a filter needs a frequency such as 'Fc 1000 Hz', got none in {name}")
    gain = _GAIN.search(tail)
    if gain is None and kind.has_gain:
        raise line.error(f"a filter of type {name} needs a gain such as 'Gain -3.0 dB', got none")
    width = _width(line, kind, shape[2], tail)
    given = bool(width)
    if not given:
        if kind not in _ASSUMED:
            raise line.error(f"a filter of type {name} needs a width such as 'Q 1.41', got none")
        width = _ASSUMED[kind]
    _check_words(line, tail)
    values: dict[str, float] = {
        "frequency_hz": _number(line, frequency[1], whole=True) * (1000 if frequency[2] else 1),
        "gain_db": _number(line, gain[1]) if gain and kind.has_gain else 0.0,
        **width,
    }
    try:
        return EqBand(kind=kind, corner=given and name in _CORNERS, **values)
    except FxfirError as error:
        raise line.error(str(error)) from None


def _width(line: Line, kind: EqKind, slope: str | None, tail: str) -> dict[str, float]:
    q, octaves = _Q.search(tail), _WIDTH.search(tail)
    if q is not None and octaves is not None:
        raise line.error("a filter has one width, got both Q and BW")
    if kind.is_shelf and slope is not None:
        return {"slope": _number(line, slope) / 12}
    if slope is not None:
        raise line.error(f"only a shelf has a slope, got {slope} dB")
    if q is not None:
        return {"q": _number(line, q[1])}
    if octaves is not None and not kind.is_shelf:
        return {"bandwidth_oct": _number(line, octaves[1])}
    if octaves is not None:
        raise line.error("a shelf has a Q or a slope, got BW")
    return {}


def _check_words(line: Line, tail: str) -> None:
    """Refuse what is left when everything known is taken away: it would be lost in silence."""
    for pattern in (_FREQUENCY, _GAIN, _Q, _WIDTH):
        tail = pattern.sub(" ", tail, count=1)
    # REW adds what it aimed at when it placed a modal filter.
    tail = re.sub(r"T60\s+target\s+[0-9.,]+\s*ms", " ", tail, flags=re.IGNORECASE)
    if tail.strip():
        raise line.error(
            f"a filter must read like {_EXPECTED!r}, got {tail.strip().split()[0]!r} as well"
        )


def _preamp(line: Line, rest: str) -> float:
    match = _PREAMP.fullmatch(rest)
    if match is None:
        raise line.error(f"Preamp must read like 'Preamp: -6.0 dB', got {rest.strip()!r}")
    return _number(line, match[1])


def _number(line: Line, text: str, *, whole: bool = False) -> float:
    """Return a number that may have a decimal comma or, if it may be large, grouped digits."""
    plain = text.replace("\u00a0", "")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        # Both are there: the later one is the decimal mark.
        plain = plain.replace("," if comma < point else ".", "")
    elif whole and re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", plain):
        # "1,000 Hz" in one country is "1.000 Hz" in another; below 10 Hz there is no audio.
        if int(plain[:comma]) >= 10 and int(plain.replace(",", "")) <= 24000:
            raise line.error(
                f"a frequency must have one reading, got {text} "
                f"({plain.replace(',', '')} or {plain.replace(',', '.')})"
            )
        if int(plain[:comma]) < 10:
            plain = plain.replace(",", "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        raise line.error(f"a number must be readable, got {text!r}") from None
