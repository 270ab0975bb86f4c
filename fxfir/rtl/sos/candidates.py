"""Which architectures, with which options, are worth comparing for a cascade."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fxfir.filters import Bank, FixedSos
from fxfir.rtl.candidate import Candidate
from fxfir.rtl.sos import ARCHITECTURES
from fxfir.rtl.sos.paced import loop_depth
from fxfir.rtl.sos.store import MEMORIES

__all__ = ["CANDIDATES", "bank_candidates", "candidates"]


def _parallel(filter: FixedSos, clocks: int) -> list[Candidate]:
    paced = range(2, max(loop_depth(section, clocks) for section in filter.sections) + 1)
    return [
        Candidate(architecture={"name": "parallel", "interval": 1}),
        Candidate(architecture={"name": "parallel", "interval": 1, "loop": "adders"}),
        *(Candidate(architecture={"name": "parallel", "interval": n}) for n in paced),
    ]


def _multiplierless(filter: FixedSos, clocks: int) -> list[Candidate]:
    return [Candidate(architecture={"name": "multiplierless", "interval": 1})]


def _serial(filter: FixedSos, clocks: int) -> list[Candidate]:
    # With as few multipliers as keep the pace.
    if clocks < 2:
        return []
    return [Candidate(architecture={"name": "serial", "memory": memory}) for memory in MEMORIES]


CANDIDATES: dict[str, Callable[[FixedSos, int], list[Candidate]]] = {
    "parallel": _parallel,
    "multiplierless": _multiplierless,
    "serial": _serial,
}
"""How often an architecture competes, and with which options; one not listed does so plainly."""


def candidates(filter: FixedSos, clocks: int) -> list[Candidate]:
    """Return what may be built for a cascade.

    Parameters
    ----------
    filter : FixedSos
    clocks : int
        Clock cycles from sample to sample.

    Returns
    -------
    list of Candidate
        In the order of `fxfir.rtl.sos.ARCHITECTURES`.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast
    >>> section = Direct(form="df1", b=(1, 2, 1), a=(-3, 1), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...                  state=None, out=Cast(to=SQ(1, 15)))
    >>> sos = FixedSos(sections=(section,), input=SQ(1, 15), output=Cast(to=SQ(1, 15)))
    >>> [c.architecture["name"] for c in candidates(sos, 1)]
    ['parallel', 'parallel', 'multiplierless']
    """
    found = []
    for name in ARCHITECTURES:
        if name in CANDIDATES:
            found += CANDIDATES[name](filter, clocks)
        else:
            found.append(Candidate(architecture={"name": name}))
    return found


def bank_candidates(bank: Bank, clocks: int) -> list[Candidate]:
    """Return what may be built for a bank of cascades: all of one kind, or one engine for all.

    Parameters
    ----------
    bank : Bank
        Of `FixedSos`.
    clocks : int
        Clock cycles from sample to sample.

    Returns
    -------
    list of Candidate
    """
    (first, *_) = bank.filters
    assert isinstance(first, FixedSos)
    found: list[dict[str, Any]] = [
        {"name": "bank", "filters": [one.architecture] * len(bank.filters)}
        for one in candidates(first, clocks)
    ]
    if clocks > 1:
        found += [{"name": "shared", "memory": memory} for memory in MEMORIES]
    return [Candidate(architecture=one) for one in found]
