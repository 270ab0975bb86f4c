"""Plain torch modules as fxfir layers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fxfir.errors import FilterError, ReadError, SpecError
from fxfir.learn.compose import Series
from fxfir.learn.fir import FIR
from fxfir.learn.layer import Layer
from fxfir.learn.pointwise import Clip, Pointwise, ReLU, Tabulated, Tanh
from fxfir.spec.words import Words

__all__ = ["TapsTurned", "from_torch"]


class TapsTurned(UserWarning):
    """Said on every import of a convolution: its taps now stand the other way round."""


_KNOWN = (
    "Conv1d, ReLU, Hardtanh, Tanh, Sigmoid, Identity, ZeroPad1d and ConstantPad1d before Conv1d"
)


def from_torch(
    source: nn.Module | Mapping[str, Any] | str | Path,
    *,
    words: Words | None = None,
    groups: int = 1,
    bits: int = 10,
) -> Layer:
    """Return the layer that computes what a module does.

    Parameters
    ----------
    source : Module, mapping or path
        A Conv1d, or a Sequential of Conv1d, ReLU, Hardtanh, Tanh, Sigmoid and Identity; the
        state_dict of a Conv1d; or a file that `torch.save` wrote such a state_dict into.
    words : Words, optional
        Of every layer; behind the first one `input` is what the one before gives.
    groups : int, optional
        Of a state_dict, which does not say.
    bits : int, optional
        Of the tables of smooth functions.

    Returns
    -------
    FIR or Series

    Raises
    ------
    FilterError
        If a module has no filter; the message names its position and what there is.
    SpecError
        If a Conv1d has a stride, a dilation, or a padding other than 0.
    ReadError
        If a file or a mapping holds no Conv1d.

    Warns
    -----
    TapsTurned
        Conv1d multiplies its last weight with the newest sample, a filter its first tap: taps are
        the weights turned round.

    Examples
    --------
    >>> conv = nn.Conv1d(1, 1, 3, bias=False)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", TapsTurned)
    ...     layer = from_torch(conv)
    >>> x = torch.randn(1, 1, 8)
    >>> torch.allclose(layer(x), conv(x), atol=1e-6)
    True
    """
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if isinstance(source, Mapping):
        layers: list[Layer] = [_from_state(source, words, groups)]
    else:
        layers = _layers(source, words, bits)
    if any(isinstance(layer, FIR) for layer in layers):
        warnings.warn(
            "taps are the weights of Conv1d turned round: its last weight meets the newest sample",
            TapsTurned,
            stacklevel=2,
        )
    if not layers:
        raise FilterError("a module must hold at least one layer, got none")
    return layers[0] if len(layers) == 1 else Series(*layers)


def _layers(module: nn.Module, words: Words | None, bits: int) -> list[Layer]:
    layers: list[Layer] = []
    flat = list(_flattened(module, ""))
    ahead = 0
    for k, (name, item) in enumerate(flat):
        if ahead and not isinstance(item, nn.Conv1d):
            raise _unknown(k - 1, *flat[k - 1])
        made: Layer
        match item:
            case nn.Conv1d():
                made = _from_conv(item, k, name, words, ahead)
                ahead = 0
            case nn.ConstantPad1d() | nn.ZeroPad1d():
                left, right = item.padding
                if right or getattr(item, "value", 0) or k + 1 == len(flat):
                    raise _unknown(k, name, item)
                ahead = left
                continue
            case nn.Identity():
                continue
            case nn.ReLU():
                made = ReLU()
            case nn.Hardtanh():
                made = Clip(item.min_val, item.max_val)
            case nn.Tanh():
                made = Tanh(bits=bits)
            case nn.Sigmoid():
                made = Tabulated(torch.sigmoid, bits=bits)
            case _:
                raise _unknown(k, name, item)
        layers.append(made)
        if words is not None and not isinstance(made, Pointwise):
            words = replace(words, input=words.output_format)
    if layers and isinstance(layers[0], Pointwise) and words is not None:
        layers[0].place(layers[0].n_in or 1, words.input)
    return layers


def _flattened(module: nn.Module, path: str) -> Any:
    if isinstance(module, nn.Sequential):
        for name, child in module.named_children():
            yield from _flattened(child, f"{path}.{name}" if path else name)
    else:
        yield path, module


def _unknown(k: int, name: str, item: nn.Module) -> FilterError:
    where = f"module {k} ({name})" if name else f"module {k}"
    return FilterError(f"a module must be one of {_KNOWN}, got {where} = {item}")


def _from_conv(conv: nn.Conv1d, k: int, name: str, words: Words | None, ahead: int) -> FIR:
    where = f"module {k} ({name})" if name else "this one"
    for what, value, wanted in (
        ("stride", conv.stride[0], 1),
        ("dilation", conv.dilation[0], 1),
        ("padding", conv.padding if isinstance(conv.padding, str) else conv.padding[0], 0),
    ):
        if value != wanted:
            raise SpecError(f"a Conv1d must have {what} {wanted}, got {value!r} in {where}")
    n_taps = conv.kernel_size[0]
    if ahead not in (0, n_taps - 1):
        raise SpecError(
            f"zeros before a Conv1d of {n_taps} taps must be {n_taps - 1} or none, got {ahead} "
            f"in {where}"
        )
    return _fir(
        conv.weight, conv.bias, conv.groups, words, "causal" if ahead or n_taps == 1 else "valid"
    )


def _from_state(state: Mapping[str, Any], words: Words | None, groups: int) -> FIR:
    weight, bias = state.get("weight"), state.get("bias")
    others = sorted(set(state) - {"weight", "bias"})
    if not isinstance(weight, torch.Tensor) or weight.dim() != 3 or others:
        raise ReadError(
            "a state_dict must be that of a Conv1d, with weight of three axes and perhaps bias, "
            f"got the keys {sorted(map(str, state))}"
        )
    return _fir(weight, bias, groups, words, "valid")


def _fir(
    weight: torch.Tensor, bias: torch.Tensor | None, groups: int, words: Words | None, padding: str
) -> FIR:
    return FIR(
        weight.detach().flip(-1),
        in_channels=weight.shape[1] * groups,
        bias=None if bias is None else bias.detach(),
        padding=padding,
        words=words,
        dtype=weight.dtype,
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch names no common type of what it raises
        text = str(error).splitlines()
        raise ReadError(
            f"a file that torch.save wrote is needed, got {path}: {text[0] if text else error}"
        ) from None
    if not isinstance(found, Mapping):
        raise ReadError(f"a file must hold a state_dict, got a {type(found).__name__} in {path}")
    return found
