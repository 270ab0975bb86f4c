"""Which architectures, with which options, are worth comparing for a filter."""

from __future__ import annotations

from collections.abc import Callable

from fxfir.arith.mcm import fundamentals
from fxfir.filters import FixedFir
from fxfir.rtl.candidate import Candidate
from fxfir.rtl.fir import ARCHITECTURES
from fxfir.rtl.fir.serial_store import MEMORIES
from fxfir.rtl.fir.symmetric import mirror

__all__ = ["CANDIDATES", "candidates"]


def _plain(name: str) -> Callable[[FixedFir, int], list[Candidate]]:
    """Return the rule for forms with a multiplier for each tap: where taps mirror, they are beaten.

    Sums of mirrored samples are narrower than the products that they replace in the adder tree.
    """
    return lambda filter, _: [] if mirror(filter.taps) else [Candidate(architecture={"name": name})]


def _symmetric(filter: FixedFir, clocks: int) -> list[Candidate]:
    return [Candidate(architecture={"name": "symmetric"})] if mirror(filter.taps) else []


def _multiplierless(filter: FixedFir, clocks: int) -> list[Candidate]:
    used = sum(tap != 0 for tap in filter.taps)
    # One adder at least for each odd part but 1, and one for each tap but the first. A sum of two
    # samples has a bit more than they, no matter how they are shifted against each other.
    adders = sum(word != 1 for word in fundamentals(filter.taps)) + used - 1
    return [
        Candidate(
            architecture={"name": "multiplierless"},
            draft={"effort": "quick"},
            least_adder_bits=adders * (filter.input.width + 1),
        )
    ]


def _serial(filter: FixedFir, clocks: int) -> list[Candidate]:
    if clocks < 2:
        return []
    return [
        Candidate(architecture={"name": "serial", "clocks": clocks, "memory": memory})
        for memory in MEMORIES
    ]


CANDIDATES: dict[str, Callable[[FixedFir, int], list[Candidate]]] = {
    "direct": _plain("direct"),
    "symmetric": _symmetric,
    "systolic": _plain("systolic"),
    "multiplierless": _multiplierless,
    "serial": _serial,
}
"""How often an architecture competes, and with which options; one not listed does so plainly."""


def candidates(filter: FixedFir, clocks: int) -> list[Candidate]:
    """Return what may be built for a filter.

    Parameters
    ----------
    filter : FixedFir
    clocks : int
        Clock cycles from sample to sample.

    Returns
    -------
    list of Candidate
        In the order of `fxfir.rtl.fir.ARCHITECTURES`.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> [c.architecture["name"] for c in candidates(fir, 1)]
    ['transposed', 'symmetric', 'multiplierless']
    """
    found = []
    for name in ARCHITECTURES:
        if name in CANDIDATES:
            found += CANDIDATES[name](filter, clocks)
        else:
            found.append(Candidate(architecture={"name": name}))
    return found
