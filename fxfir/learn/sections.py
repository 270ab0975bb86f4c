"""Layers of second-order sections: real numbers or the integers of a FixedSos."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fxfir.errors import GuardError, SectionError, SpecError
from fxfir.filters import FixedSos, Form, Node, Parallel
from fxfir.fixed import Cast, Format
from fxfir.learn.cascade import exact_cascade, real_cascade, zero_words
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.stable import nearest_stable
from fxfir.learn.straight import powers, replaced, to_words
from fxfir.learn.tables import exact_tables
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.flow.compile import CompiledLane
    from fxfir.quantize.frozen import FrozenCascade

__all__ = ["Sections"]

_COEFF_WIDTH = 18
_CALIBRATE = 16
"""Training calls after which gains and formats follow the coefficients."""


class Sections(Layer):
    """What all layers of second-order sections share; a subclass says what its parameters mean.

    Parameters
    ----------
    channels : int
        Every channel is filtered by itself.
    n_cascades : int
        `channels`, or 1 where all channels share one.
    n_sections : int

    Attributes
    ----------
    reference : buffer, shape (n_cascades, n_sections, 5)
        Coefficients b0, b1, b2, a1, a2 that gains and formats of the integers were chosen for.
        While training they follow the parameters every 16 calls, and whenever a coefficient
        leaves its format; `calibrate` makes them follow at once.
    """

    def __init__(self, *, channels: int, n_cascades: int, n_sections: int) -> None:
        super().__init__(n_in=channels, n_out=channels, words=None)
        shape = (n_cascades, n_sections, 5)
        self.register_buffer("reference", torch.zeros(shape, dtype=torch.float64))
        self._frozen: list[FrozenCascade] | None = None
        self._scaled: tuple[Tensor, Tensor, Tensor] | None = None
        self._calls = 0

    @property
    def n_sections(self) -> int:
        """Number of sections in a row."""
        return int(self.reference.shape[1])

    def coefficients(self) -> Tensor:
        """Return b0, b1, b2, a1, a2 in real numbers, float64 [n_cascades, n_sections, 5]."""
        raise NotImplementedError

    def sos(self) -> Tensor:
        """Return the rows b0, b1, b2, 1, a1, a2 of every cascade, as scipy has them."""
        c = self.coefficients().detach()
        return torch.cat([c[..., :3], torch.ones_like(c[..., :1]), c[..., 3:]], -1)

    def values(self) -> Tensor:
        """Return b0, b1, b2, a1, a2 as they compute: what their words stand for, if any.

        The gains between sections are in the numerators then.
        """
        return self.coefficients() if self._words is None else self._filters(self.coefficients())[1]

    def codes(self) -> Tensor:
        """Return the words of b0, b1, b2, a1, a2, integers in float64."""
        self._needed_words()
        values = self._filters(self.coefficients().detach())[1]
        gains = torch.ones_like(values)
        gains[..., :3] = torch.tensor([f.gains for f in self._layout()])[..., None].to(gains.device)
        return torch.round(values / (self.steps() * gains))

    def steps(self) -> Tensor:
        """Return by how much b0, b1, b2, a1, a2 change when a word does by one."""
        rows = [
            [
                [float(b.step) / gain] * 3 + [float(a.step)] * 2
                for b, a, gain in zip(f.b_coeffs, f.a_coeffs, f.gains, strict=True)
            ]
            for f in self._layout()
        ]
        return torch.tensor(rows, dtype=torch.float64, device=self.reference.device)

    def calibrate(self) -> None:
        """Choose gains and formats of the integers for the coefficients as they are now."""
        found = self.coefficients().detach()
        bad = ~torch.isfinite(found)
        if bad.any():
            k = bad.nonzero()[0].tolist()
            raise SectionError(
                f"coefficients must be finite, got {found[tuple(k)].item()} in section {k[1]}"
            )
        self.reference.copy_(found)
        self._frozen = None

    def to_filter(self) -> Node:
        """Return the filter: a FixedSos, or a Parallel of one for each channel."""
        self._needed_words()
        filters, _ = self._filters(self.coefficients().detach())
        nodes = filters * (self.n_in // len(filters))
        return nodes[0] if len(nodes) == 1 else Parallel(filters=tuple(nodes))

    def lanes(self) -> tuple[CompiledLane, ...]:
        """Return the ideal coefficients of a single cascade."""
        from fxfir.flow.compile import CompiledLane
        from fxfir.quantize import QuantizedSos

        node = self.to_filter()
        if not isinstance(node, FixedSos):
            return ()
        quantized = QuantizedSos(
            filter=node,
            ideal=tuple(tuple(Fraction(v) for v in row) for row in self.sos()[0].tolist()),
            gain=Fraction(1),
            sections=(),
            rounded_db=float("nan"),
            searched_db=float("nan"),
            output_needed=node.output.to,
            notes=(),
            warnings=(),
        )
        return (CompiledLane(quantized=quantized, method="learned", mask=None),)

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"{self.n_in}, n_sections={self.n_sections}, n_cascades={len(self.reference)}"

    def _words_changed(self) -> None:
        self._frozen = None
        if self._words is not None:
            self.calibrate()
            self._filters(self.coefficients().detach())

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._frozen = None

    def _zero(self, batch: int, like: Tensor) -> State:
        rows = batch * self.n_in
        if self._words is not None:
            return zero_words(rows, self.n_sections, like.device)
        return torch.zeros((rows, self.n_sections, 2), dtype=torch.float64, device=like.device)

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words = self._words
        rows = x.reshape(x.shape[0] * x.shape[1], x.shape[-1])
        coeffs = self.coefficients()
        if words is None:
            y, after = real_cascade(rows.double(), coeffs, state)
            return y.to(x.dtype).reshape(x.shape), after
        if state.dtype is not torch.int64:
            raise SpecError("a state must come from the same words, got one of real numbers")
        check_dtype(x.dtype, words.input)
        check_dtype(x.dtype, words.output_format)
        if self.training and torch.is_grad_enabled():
            self._follow(coeffs.detach())
        filters, exact = self._filters(coeffs)
        tables = exact_tables(filters)
        y, after = exact_cascade(rows, exact, state, tables, words.input, _cast(words))
        return y.to(x.dtype).reshape(x.shape), after

    def _follow(self, coeffs: Tensor) -> None:
        self._calls += 1
        if self._calls % _CALIBRATE == 0 or self._overflows(coeffs):
            self.calibrate()

    def _overflows(self, coeffs: Tensor) -> bool:
        layout = self._layout()
        for values, frozen in zip(coeffs.tolist(), layout, strict=True):
            for k, row in enumerate(values):
                for fmt, word in (
                    *((frozen.b_coeffs[k], v * frozen.gains[k]) for v in row[:3]),
                    *((frozen.a_coeffs[k], v) for v in row[3:]),
                ):
                    if not fmt.lo - 0.5 <= word * 2.0**fmt.frac <= fmt.hi + 0.5:
                        return True
        return False

    def _filters(self, coeffs: Tensor) -> tuple[list[FixedSos], Tensor]:
        """Return each cascade in integers, and what its coefficient words stand for."""
        layout = self._layout()  # before the scales, which go with it
        width = layout[0].b_coeffs[0].width
        widest = Format(signed=True, width=width, frac=0)
        gains, b_scale, a_scale = self._scales(coeffs)
        b = to_words(coeffs[..., :3] * gains, widest, b_scale)
        near = to_words(coeffs[..., 3:], widest, a_scale)
        a = replaced(near, nearest_stable(coeffs[..., 3:], [list(c.a_coeffs) for c in layout]))
        values = torch.cat([b / b_scale, a / a_scale], -1)
        filters = [
            frozen.filter(
                [list(map(int, row)) for row in rows_b], [list(map(int, row)) for row in rows_a]
            )
            for frozen, rows_b, rows_a in zip(
                layout, b.detach().tolist(), a.detach().tolist(), strict=True
            )
        ]
        return filters, values

    def _scales(self, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return gains and LSBs per unit of b and a, each [n_cascades, n_sections, 1]."""
        if self._scaled is None or self._scaled[0].device != like.device:
            layout = self._layout()
            gains = torch.tensor([f.gains for f in layout], dtype=torch.float64).to(like.device)
            b = torch.stack([powers([f.frac for f in c.b_coeffs], gains) for c in layout])
            a = torch.stack([powers([f.frac for f in c.a_coeffs], gains) for c in layout])
            self._scaled = gains[..., None], b[..., None], a[..., None]
        return self._scaled

    def _layout(self) -> list[FrozenCascade]:
        if self._frozen is None:
            words = self._needed_words()
            self._frozen = [_freeze(rows, words) for rows in self.reference.tolist()]
            self._scaled = None
        return self._frozen


def _freeze(rows: list[list[float]], words: Words) -> FrozenCascade:
    from fxfir.quantize.frozen import freeze_cascade
    from fxfir.quantize.scaling import Scaling

    width = words.coeff.width if words.coeff is not None else words.coeff_width or _COEFF_WIDTH
    most = words.coeff.frac if words.coeff is not None else None
    frozen = freeze_cascade(
        [[*row[:3], 1.0, *_projected(row[3:], width, most)] for row in rows],
        input=words.input,
        output=_cast(words),
        coeff_width=width,
        max_coeff_frac=most,
        form=words.form or Form.DF2T,
        scaling=Scaling(words.norm or "linf"),
        guard_bits=words.guard_bits,
        section_width=words.section_width,
        error_feedback=bool(words.error_feedback),
    )
    for k, casts in enumerate(frozen.casts):
        if casts.out.to.width > 53:
            raise GuardError(
                f"a layer carries words of at most 53 bits, got {casts.out.to} in section {k}"
            )
    return frozen


def _projected(a: list[float], width: int, most: int | None) -> list[float]:
    """Return the values of the nearest stable words: rounding alone could leave the circle."""
    from fxfir.quantize.coefficients import greatest_frac

    if not any(a):
        return a
    frac = greatest_frac([Fraction(v) for v in a], width)
    fmt = Format(signed=True, width=width, frac=frac if most is None else min(frac, most))
    words = nearest_stable(torch.tensor([[a]], dtype=torch.float64), [[fmt]])
    return [float(w * fmt.step) for w in map(int, words[0, 0].tolist())]


def _cast(words: Words) -> Cast:
    return Cast(to=words.output_format, rounding=words.rounding, overflow=words.overflow)
