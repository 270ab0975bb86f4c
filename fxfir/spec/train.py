"""A training job: an ordinary specification to start from, a target, and how to get there.

Added to what a SPEC.toml holds (`fxfir.spec.toml`); files are sought beside it::

    fs_hz = 48000

    [sos]                                        # where training starts
    bands = [
      { kind = "low_shelf", frequency_hz = 200, gain_db = 0, q = 0.7 },
      { kind = "peak", frequency_hz = 1000, gain_db = 0, q = 1 },
    ]

    [target]
    input = "dry.wav"
    output = "wet.wav"

    [train]
    steps = 300

The start is a filter as `fxfir generate` takes it, or of random coefficients:
`fir = {n_taps = 32}`, `sos = {n_sections = 2}`. Targets are `magnitude`, points of Hz and gain with
straight lines between them; `impulse_response`, a file of samples; `input` with `output`, two
files; or `input` with `energy`, bands of `low_hz`, `high_hz` and `db`. Without a target the bands
of the specification are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count, finite, positive
from fxfir.spec.fir import TapsFir
from fxfir.spec.readers.source import read_text
from fxfir.spec.readers.toml_text import load_toml
from fxfir.spec.sos import RowsSos
from fxfir.spec.spec import BankSpec, Spec
from fxfir.spec.taps import Values
from fxfir.spec.toml import parse_data

__all__ = [
    "EnergyBand",
    "EnergyTarget",
    "ImpulseTarget",
    "MagnitudeTarget",
    "PairTarget",
    "TrainSpec",
    "Training",
    "size_of",
    "read_train_spec",
]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MagnitudeTarget:
    """A magnitude response.

    Parameters
    ----------
    points : sequence of (Hz, gain)
        Rising in frequency; gain is linear, with straight lines between.
    loss : str, optional
        "log_magnitude" (dB) or "magnitude".

    Raises
    ------
    SpecError
        If there are fewer than two points, or they are out of order or negative.
    """

    points: tuple[tuple[float, float], ...]
    loss: str = "log_magnitude"

    def __post_init__(self) -> None:
        points = []
        for k, point in enumerate(self.points):
            if not isinstance(point, list | tuple) or len(point) != 2:
                raise SpecError(f"a point must be [Hz, gain], got magnitude[{k}] = {point!r}")
            points.append((finite(point[0], "a frequency", "Hz"), finite(point[1], "a gain")))
        if len(points) < 2:
            raise SpecError(f"a magnitude needs at least two points, got {len(points)}")
        for k, (hz, gain) in enumerate(points):
            if hz < 0 or gain < 0 or (k and hz < points[k - 1][0]):
                raise SpecError(
                    f"points must rise from 0 Hz with gains of at least 0, got magnitude[{k}] = "
                    f"[{hz:g}, {gain:g}]"
                )
        object.__setattr__(self, "points", tuple(points))
        choice(self.loss, "loss", ("log_magnitude", "magnitude"))


_SIGNAL_LOSSES = ("time", "spectra", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpulseTarget:
    """A measured impulse response.

    Parameters
    ----------
    file : Path
    loss : str, optional
        "time" (mean square), "spectra" (magnitudes at several resolutions) or "both".
    """

    file: Path
    loss: str = "time"

    def __post_init__(self) -> None:
        choice(self.loss, "loss", _SIGNAL_LOSSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTarget:
    """What goes in and what is to come out, as long as each other.

    Parameters
    ----------
    input, output : Path
    loss : str, optional
        As in `ImpulseTarget`.
    """

    input: Path
    output: Path
    loss: str = "time"

    def __post_init__(self) -> None:
        choice(self.loss, "loss", _SIGNAL_LOSSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyBand:
    """A band of the output's spectrum and the mean power wanted in it.

    Parameters
    ----------
    low_hz, high_hz : float
    db : float
        Power relative to a full-scale square wave.

    Raises
    ------
    SpecError
        If the edges are out of order or negative.
    """

    low_hz: float
    high_hz: float
    db: float

    def __post_init__(self) -> None:
        low = finite(self.low_hz, "low_hz", "Hz")
        high = finite(self.high_hz, "high_hz", "Hz")
        finite(self.db, "db", "dB")
        if low < 0 or high <= low:
            raise SpecError(f"high_hz must be above low_hz = {low:g} Hz, got {high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTarget:
    """A signal and the power that its output shall have in each band.

    Parameters
    ----------
    input : Path
    bands : sequence of EnergyBand
    loss : str, optional
        "energy".
    """

    input: Path
    bands: tuple[EnergyBand, ...]
    loss: str = "energy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", tuple(self.bands))
        if not self.bands:
            raise SpecError("energies need at least one band, got none")
        choice(self.loss, "loss", ("energy",))


Target: TypeAlias = MagnitudeTarget | ImpulseTarget | PairTarget | EnergyTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How long and how fast.

    Parameters
    ----------
    steps : int, optional
        At most.
    rate : float, optional
        Step size of Adam, falling to a hundredth along half a cosine.
    patience : int, optional
        Steps without gain after which it stops.
    segment : int, optional
        Samples of a training step; longer signals are cut at random places.
    batch : int, optional
        Segments of a training step.
    searches : int, optional
        Candidates that the final search of the integers may try; 0 leaves it out.

    Raises
    ------
    SpecError
        If a number is out of range.
    """

    steps: int = 500
    rate: float = 0.02
    patience: int = 150
    segment: int = 16384
    batch: int = 4
    searches: int = 4000

    def __post_init__(self) -> None:
        for name, least in (("steps", 0), ("patience", 1), ("segment", 64), ("batch", 1)):
            count(getattr(self, name), name, least)
        count(self.searches, "searches", 0)
        object.__setattr__(self, "rate", positive(self.rate, "rate", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSpec:
    """A training job.

    Parameters
    ----------
    start : Spec
        Filter, words and hardware.
    random : bool
        Only the number of taps or sections of `start` counts.
    target : Target
    training : Training
    text : str
        The file, kept in the core folder.
    """

    start: Spec
    random: bool
    target: Target
    training: Training = field(default_factory=Training)
    text: str = ""


def read_train_spec(path: str | Path) -> TrainSpec:
    """Return the training job in a file.

    Raises
    ------
    ReadError, SpecError, FxfirError
        As `fxfir.spec.toml.read_spec`; and if it is a bank, or has no target.
    """
    source, folder = str(path), Path(path).parent
    text = read_text(path)
    data = load_toml(text, source)
    target, training = data.pop("target", None), data.pop("train", {})
    random = False
    for kind, key in (("fir", "n_taps"), ("sos", "n_sections")):
        table = data.get(kind)
        if isinstance(table, dict) and set(table) == {key}:
            random = True
            n = _at(source, f"[{kind}]", partial(count, table[key], key, 1))
            wire = {"fir": {"taps": [1.0] * n}, "sos": {"rows": [[1.0, 0, 0, 1.0, 0, 0]] * n}}
            data[kind] = wire[kind]
    start = parse_data(data, source=source, folder=folder)
    if isinstance(start.filter, BankSpec):
        raise SpecError(f"{source}: a training job has one filter, got a bank")
    chosen = _at(source, "[target]", lambda: _target(target, folder, start))
    table = _at(source, "[train]", lambda: _table(training, "train", Training))
    return TrainSpec(start=start, random=random, target=chosen, training=table, text=text)


def size_of(spec: Spec) -> int:
    """Return the number of taps or sections of a random start."""
    if isinstance(spec.filter, TapsFir) and isinstance(spec.filter.taps, Values):
        return len(spec.filter.taps.values)
    if isinstance(spec.filter, RowsSos):
        return len(spec.filter.rows)
    raise SpecError("a random start needs n_taps or n_sections, got neither")


_TARGETS = ("magnitude", "impulse_response", "input", "output", "energy", "loss")


def _target(table: Any, folder: Path, start: Spec) -> Target:
    if table is None:
        mask = getattr(start.filter, "mask", None)
        if mask is None:
            raise SpecError("a target is needed, got none and no bands")
        points = [p for b in mask.bands for p in ((b.low_hz, b.gain), (b.high_hz, b.gain))]
        return MagnitudeTarget(points=tuple(points), loss="magnitude")
    if not isinstance(table, Mapping):
        raise SpecError(f"target must be a table, got {table!r}")
    for key in table:
        if key not in _TARGETS:
            raise SpecError(f"a target has the keys {', '.join(_TARGETS)}, got {key!r}")
    rest: dict[str, Any] = {"loss": table["loss"]} if "loss" in table else {}
    given = set(table) - {"loss"}
    if given == {"magnitude"}:
        if start.fs_hz is None:
            raise SpecError("a magnitude needs fs_hz at the top level, got none")
        return MagnitudeTarget(points=_list(table, "magnitude"), **rest)
    if given == {"impulse_response"}:
        return ImpulseTarget(file=_file(table, "impulse_response", folder), **rest)
    if given == {"input", "output"}:
        files = (_file(table, key, folder) for key in ("input", "output"))
        return PairTarget(input=next(files), output=next(files), **rest)
    if given == {"input", "energy"}:
        if start.fs_hz is None:
            raise SpecError("energies need fs_hz at the top level, got none")
        bands = tuple(_table(item, "energy", EnergyBand) for item in _list(table, "energy"))
        return EnergyTarget(input=_file(table, "input", folder), bands=bands, **rest)
    raise SpecError(
        "a target is magnitude, impulse_response, input with output, or input with energy, "
        f"got {' and '.join(sorted(given)) or 'nothing'}"
    )


def _file(table: Mapping[str, Any], key: str, folder: Path) -> Path:
    name = table[key]
    if not isinstance(name, str):
        raise SpecError(f"{key} must name a file, got {name!r}")
    return folder / name


def _list(table: Mapping[str, Any], key: str) -> Any:
    if not isinstance(table[key], list):
        raise SpecError(f"{key} must be an array, got {table[key]!r}")
    return table[key]


def _table(values: Any, name: str, kind: Any) -> Any:
    if not isinstance(values, Mapping):
        raise SpecError(f"{name} must be a table, got {values!r}")
    known = list(kind.__dataclass_fields__)
    for key in values:
        if key not in known:
            raise SpecError(f"{name} has the keys {', '.join(known)}, got {key!r}")
    missing = [k for k, f in kind.__dataclass_fields__.items() if k not in values and _required(f)]
    if missing:
        raise SpecError(f"{name} needs {missing[0]}, got {', '.join(values) or 'nothing'}")
    return kind(**values)


def _required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _at(source: str, place: str, action: Callable[[], _T]) -> _T:
    try:
        return action()
    except SpecError as error:
        raise SpecError(f"{source}: {place}: {error}") from None
