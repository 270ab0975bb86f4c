"""Mutants of the contract: the same architecture built for slightly other numbers.

The text may hold a coefficient as shifts and additions, where no token is a coefficient bit; here
each bit of each coefficient, each rounding and each overflow is changed at the source.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fxfir.errors import FxfirError
from fxfir.filters import canonical, from_json, to_json
from fxfir.fixed import Format, Overflow, Rounding
from fxfir.verify.mutation.mutant import Mutant
from fxfir.verify.target import Target

__all__ = ["contract_changes", "contract_mutants"]

Change = tuple[str, str, Any]


def contract_mutants(
    target: Target,
    emit: Callable[[Mapping[str, Any]], str],
    *,
    keep: Callable[[int], bool] = lambda _: True,
) -> Iterator[Mutant]:
    """Yield the text of every filter that differs from the target's in one place.

    Parameters
    ----------
    target : Target
    emit : callable
        From a filter's JSON data to Verilog text, with the target's name, architecture,
        interface and target.
    keep : callable, optional
        Asked with the number of each change before it is built, for sampling.

    Notes
    -----
    An architecture that needs mirrored taps cannot be built for one changed tap; then the
    mirrored tap is changed too. A change that makes no filter, or the same text, is left out.
    """
    original = to_json(target.node)
    same = emit(original)
    built: set[str] = set()
    for number, (kind, where, data) in enumerate(contract_changes(original)):
        if not keep(number):
            continue
        for attempt in (data, _mirrored(original, data)):
            if attempt is None or canonical(attempt) in built:
                continue
            try:
                from_json(attempt)
                text = emit(attempt)
            except FxfirError:
                continue
            built.add(canonical(attempt))
            if text != same:
                yield Mutant(kind=kind, where=where, text=text, filter=attempt)
            break


def contract_changes(data: Any) -> Iterator[Change]:
    """Yield kind, place and the changed JSON data of a filter, one change at a time."""
    for path, key, value in _leaves(data, ()):
        place = _place((*path, key))
        parent = _at(data, path)
        match key:
            case "taps" | "b" | "a" | "feedback":
                if value is None:
                    continue
                fmt = _coefficients(parent, key)
                words = list(_words(value))
                for at, word in words:
                    width = fmt.width if fmt else max(abs(v).bit_length() for _, v in words) + 1
                    for bit in range(width):
                        new = _flip(word, bit, width, signed=fmt is None or fmt.signed)
                        changed = _replaced(data, (*path, key, *at), new)
                        yield "tap bit", f"{place}{_place(at)}: {word} becomes {new}", changed
            case "rounding":
                for other in Rounding:
                    if other.value != value:
                        changed = _replaced(data, (*path, key), other.value)
                        yield "rounding", f"{place}: {value} becomes {other.value}", changed
            case "overflow":
                for mode in Overflow:
                    if mode.value != value:
                        changed = _replaced(data, (*path, key), mode.value)
                        yield "overflow", f"{place}: {value} becomes {mode.value}", changed
            case _:
                pass


def _words(value: Any) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the words of a list, or of lists in lists, each with its place."""
    for k, item in enumerate(value):
        if isinstance(item, list):
            yield from (((k, *at), word) for at, word in _words(item))
        else:
            yield (k,), int(item)


def _leaves(data: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """Walk over the fields of nested objects; lists of numbers count as one field."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, Mapping) or (
                isinstance(value, list) and value and isinstance(value[0], Mapping)
            ):
                yield from _leaves(value, (*path, key))
            else:
                yield path, key, value
    elif isinstance(data, list):
        for k, value in enumerate(data):
            yield from _leaves(value, (*path, k))


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _place(path: tuple[Any, ...]) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def _coefficients(parent: Mapping[str, Any], key: str) -> Format | None:
    names = {"taps": "coeff", "b": "b_coeff", "a": "a_coeff", "c": "c_coeff", "d": "d_coeff"}
    name = names.get(key)
    return None if name is None else Format.parse(parent[name])


def _flip(word: int, bit: int, width: int, *, signed: bool) -> int:
    code = (word ^ (1 << bit)) & ((1 << width) - 1)
    return code - (1 << width) if signed and code >> (width - 1) else code


def _mirrored(original: Any, changed: Any) -> Any:
    """Change the mirrored tap like the changed one; None where that is no FIR tap."""
    for path, key, value in _leaves(original, ()):
        new = _at(changed, (*path, key))
        if key == "taps" and new != value and not isinstance(value[0], list):
            k = next(i for i, (u, v) in enumerate(zip(value, new, strict=True)) if u != v)
            other = len(value) - 1 - k
            sign = 1 if value[k] == value[other] else -1
            return _replaced(changed, (*path, key, other), sign * new[k])
    return None
