"""A whole specification: a filter or a bank of filters, its words and its hardware."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fxfir.errors import SpecError
from fxfir.filters.interleave import MOST_CHANNELS
from fxfir.filters.switched import MOST_SETS
from fxfir.spec.check import count
from fxfir.spec.fir import FirSpec
from fxfir.spec.hardware import Hardware
from fxfir.spec.optimise import Optimise
from fxfir.spec.sos import SosSpec
from fxfir.spec.words import Words

__all__ = ["BankSpec", "SetsSpec", "Spec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSpec:
    """Filters that share one input; output k is lane k.

    Parameters
    ----------
    filters : sequence of FirSpec or SosSpec, shape (n_filters,)
        At least one.
    words : sequence of (Words or None), shape (n_filters,), optional
        Words of single filters; None, or none at all, are the words of the whole specification.

    Raises
    ------
    SpecError
        If there is no filter, an entry is of the wrong type, or filters differ in `fs_hz`.
    """

    filters: tuple[FirSpec | SosSpec, ...]
    words: tuple[Words | None, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", tuple(self.filters))
        object.__setattr__(self, "words", tuple(self.words))
        if not self.filters:
            raise SpecError("a bank needs at least one filter, got none")
        for k, item in enumerate(self.filters):
            if not isinstance(item, (FirSpec, SosSpec)):
                raise SpecError(f"a bank must hold FirSpec or SosSpec, got filters[{k}] = {item!r}")
        if self.words and len(self.words) != len(self.filters):
            raise SpecError(
                f"words must be as many as filters, got {len(self.words)} for {len(self.filters)}"
            )
        rates = sorted({item.fs_hz for item in self.filters if item.fs_hz is not None})
        if len(rates) > 1:
            raise SpecError(
                f"filters of a bank must share fs_hz, got {rates[0]:g} and {rates[1]:g}"
            )

    @property
    def fs_hz(self) -> float | None:
        """Sampling rate in Hz, if a filter has one."""
        return next((item.fs_hz for item in self.filters if item.fs_hz is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsSpec(BankSpec):
    """FIR filters of which one is chosen with every sample, on one history and one output.

    Parameters
    ----------
    filters : sequence of FirSpec, shape (n_sets,)
        From 2 to 256; set k is number k.
    words : ()
        Sets share the words of the whole specification.

    Raises
    ------
    SpecError
        If the number of sets is out of range, one is no FIR filter, or has words of its own.
    """

    def __post_init__(self) -> None:
        BankSpec.__post_init__(self)
        if not 2 <= len(self.filters) <= MOST_SETS:
            raise SpecError(f"sets must be from 2 to {MOST_SETS}, got {len(self.filters)}")
        for k, item in enumerate(self.filters):
            if not isinstance(item, FirSpec):
                raise SpecError(
                    f"sets must be FIR filters, whose history is the input's, got a "
                    f"{type(item).__name__} in set {k}"
                )
        if any(self.words):
            raise SpecError(f"sets must share their words, got words for {len(self.words)} of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """All that a SPEC.toml says.

    Parameters
    ----------
    filter : FirSpec, SosSpec, BankSpec or SetsSpec
    words : Words, optional
    hardware : Hardware, optional
    optimise : Optimise or None, optional
        How the words are searched; None rounds them.
    channels : int, optional
        Channels that take turns on the one lane, 1 to 64: all through the same filter, or through
        the filter of their own in a bank of as many.
    whole_bank : bool or None, optional
        Whether each channel goes through all filters of a bank instead. None: where `arch` is
        "shared", which is made for that.

    Raises
    ------
    SpecError
        If a field is of the wrong type, a filter of a bank reads another input format, or a bank
        has not as many filters as there are channels that go through one each.
    """

    filter: FirSpec | SosSpec | BankSpec
    words: Words = field(default_factory=Words)
    hardware: Hardware = field(default_factory=Hardware)
    optimise: Optimise | None = None
    channels: int = 1
    whole_bank: bool | None = None

    def __post_init__(self) -> None:
        if count(self.channels, "channels") > MOST_CHANNELS:
            raise SpecError(f"channels must be at most {MOST_CHANNELS}, got {self.channels}")
        if isinstance(self.filter, SetsSpec) and self.channels != 1:
            raise SpecError(f"sets of taps serve one channel, got {self.channels} channels")
        if self.whole_bank and not isinstance(self.filter, BankSpec):
            raise SpecError("whole_bank needs a bank, got a filter")
        if (
            isinstance(self.filter, BankSpec)
            and not self.has_whole_banks
            and self.channels not in (1, len(self.filter.filters))
        ):
            raise SpecError(
                f"channels of a bank must be as many as its filters, got {self.channels} for "
                f"{len(self.filter.filters)} (whole_bank sends each through all)"
            )
        kinds: tuple[tuple[str, Any], ...] = (
            ("filter", (FirSpec, SosSpec, BankSpec)),
            ("words", Words),
            ("hardware", Hardware),
            ("optimise", (Optimise, type(None))),
            ("whole_bank", (bool, type(None))),
        )
        for name, kind in kinds:
            if not isinstance(getattr(self, name), kind):
                raise SpecError(
                    f"{name} of a spec is of the wrong type, got {getattr(self, name)!r}"
                )
        for k, words in enumerate(self.lane_words):
            if words.input != self.words.input:
                raise SpecError(
                    f"filters of a bank read one input of format {self.words.input}, "
                    f"got {words.input} for filters[{k}]"
                )

    @property
    def name(self) -> str | None:
        """Name of the core, if one is given."""
        return self.hardware.name

    @property
    def fs_hz(self) -> float | None:
        """Sampling rate in Hz, if the filter has one."""
        return self.filter.fs_hz

    @property
    def has_whole_banks(self) -> bool:
        """Whether each of several channels goes through all filters of the bank."""
        if self.whole_bank is None:
            return self.channels > 1 and self.hardware.arch_name == "shared"
        return self.whole_bank and self.channels > 1

    @property
    def lanes(self) -> tuple[FirSpec | SosSpec, ...]:
        """The filters: those of the bank, or the only one."""
        return self.filter.filters if isinstance(self.filter, BankSpec) else (self.filter,)

    @property
    def lane_words(self) -> tuple[Words, ...]:
        """The words of each filter of `lanes`."""
        own = self.filter.words if isinstance(self.filter, BankSpec) else ()
        return tuple(w or self.words for w in own or (None,) * len(self.lanes))
