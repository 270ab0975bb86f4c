"""Gradients of the integer recursion: roundings pass, what saturates stops, states included."""

import pytest
import torch

from fxfir.errors import GuardError
from fxfir.filters import Direct, FixedSos
from fxfir.fixed import SQ, Cast, Format, Overflow
from fxfir.learn.cascade import exact_cascade, zero_words
from fxfir.learn.tables import exact_tables

F64 = torch.float64
X = SQ(1, 7)
OUT = SQ(2, 6)


def sos(b=(120, 70, -80), a=(-50, 30), state=X, out=OUT, **given) -> FixedSos:
    section = Direct(
        form="df2t", b=b, a=a, b_coeff=SQ(2, 6), a_coeff=SQ(2, 6),
        state=Cast(to=state), out=Cast(to=out),
    )  # fmt: skip
    return FixedSos(sections=[section], input=X, output=Cast(to=SQ(1, 7), **given))


def through(v, to: Format):
    """Straight through the rounding, nothing where it saturates."""
    v = v * 2.0**to.frac
    v = v + (torch.round(v) - v).detach()
    inside = (v >= to.lo) & (v <= to.hi)
    return torch.where(inside, v, v.detach().clamp(to.lo, to.hi)) / 2.0**to.frac, bool(inside)


def surrogate(node, x, coeffs):
    (section,) = node.sections
    b0, b1, b2, a1, a2 = coeffs
    s1 = s2 = torch.zeros((), dtype=F64)
    out, saturated = [], [0, 0, 0, 0, 0]
    for v in x:
        words = []
        v, ok = through(v, node.input)
        words.append(ok)
        y, ok = through(b0 * v + s1, section.out.to)
        words.append(ok)
        s1, first = through(b1 * v - a1 * y + s2, section.state.to)
        s2, second = through(b2 * v - a2 * y, section.state.to)
        last, ok = through(y, node.output.to)
        words += [first, second, ok]
        saturated = [n + (not ok) for n, ok in zip(saturated, words, strict=True)]
        out.append(last)
    return torch.stack(out), saturated


def both(node, x):
    (section,) = node.sections
    values = [w / 64 for w in (*section.b, *section.a)]
    coeffs = torch.tensor(values, dtype=F64, requires_grad=True)
    x = x.clone().requires_grad_()
    theirs, saturated = surrogate(node, x, coeffs)
    state = zero_words(1, 1, x.device)
    ours, _ = exact_cascade(
        x[None], coeffs[None, None], state, exact_tables([node]), node.input, node.output
    )
    assert torch.equal(ours[0], theirs)
    weights = torch.randn(len(x), dtype=F64)
    want = torch.autograd.grad((theirs * weights).sum(), (x, coeffs))
    found = torch.autograd.grad((ours[0] * weights).sum(), (x, coeffs))
    return want, found, saturated


def test_every_word_that_saturates_passes_nothing():
    torch.manual_seed(6)
    # Beyond the input's range at times, and loud enough for all the others.
    x = 2.1 * torch.rand(300, dtype=F64) - 1.05
    want, found, saturated = both(sos(), x)
    assert min(saturated) > 3, saturated
    for theirs, ours in zip(want, found, strict=True):
        assert torch.allclose(ours, theirs)


def test_it_matters_that_states_stop():
    torch.manual_seed(6)
    x = 2.1 * torch.rand(300, dtype=F64) - 1.05
    _, found, _ = both(sos(), x)
    (section,) = sos().sections
    wide = sos(state=SQ(4, 7))
    assert section.state.to != wide.sections[0].state.to
    (other, _), _, _ = both(wide, x)
    assert not torch.allclose(found[0], other)


def test_an_output_that_wraps_keeps_its_slope():
    x = torch.full((8,), 0.75, dtype=F64, requires_grad=True)
    node = sos(b=(120, 0, 0), a=(0, 0), overflow=Overflow.WRAP)
    state, coeffs = zero_words(1, 1, x.device), torch.tensor([120 / 64, 0, 0, 0, 0], dtype=F64)
    y, _ = exact_cascade(
        x[None], coeffs[None, None], state, exact_tables([node]), node.input, node.output
    )
    assert (y < 0).all()
    (grad,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(grad, torch.full((8,), 120 / 64, dtype=F64))


def test_an_output_far_finer_than_its_section_is_refused():
    node = FixedSos(sections=sos().sections, input=X, output=Cast(to=SQ(1, 62)))
    state, coeffs = zero_words(1, 1, torch.device("cpu")), torch.zeros(1, 1, 5, dtype=F64)
    with pytest.raises(GuardError, match="within 62 bits, got sfix8_En6 cast to sfix63_En62"):
        exact_cascade(
            torch.zeros(1, 4), coeffs, state, exact_tables([node]), node.input, node.output
        )
