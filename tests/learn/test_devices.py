"""What devices run instead of the processor's loops; and such a device, where there is one.

Without a CUDA device its rows are computed in turn, on the arrays that it would have got.
"""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fxfir.design import butter, lowpass
from fxfir.fixed import Overflow, Rounding
from fxfir.learn import FIR, SOS, device, kernels
from fxfir.learn.cascade import real_cascade
from fxfir.learn.fit import fit
from fxfir.learn.objective import Energies, Magnitude, Signals
from fxfir.learn.polish import polish
from fxfir.learn.scan import scan_cascade
from fxfir.spec.words import Words
from tests.learn.test_compose import LAYERS

F64 = torch.float64
FS = 48000
CUDA = torch.cuda.is_available()
FORMS = ["df1", "df2", "df1t", "df2t"]


NEEDS_CUDA = pytest.param("cuda", marks=pytest.mark.skipif(not CUDA, reason="no CUDA device"))


@pytest.fixture(params=["in turn", NEEDS_CUDA])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.device:
    if request.param == "cuda":
        assert device.serves(torch.device("cuda"))
        return torch.device("cuda")

    def launch(name: str, rows: int, *arguments: Any) -> None:
        given = [a.numpy() if isinstance(a, Tensor) else a for a in arguments]
        if name == "exact":
            word = given[11]
        for r in range(rows):
            if name == "exact":
                kernels.exact_row(r, *given[:11], word[r], *given[12:])
            else:
                kernels.adjoint_row(r, *given)

    monkeypatch.setattr(device, "_launch", launch)
    monkeypatch.setattr(device, "serves", lambda _: True)
    return torch.device("cpu")


def cascade(form: str, rounding: Rounding, *, feedback: bool = False) -> SOS:
    words = Words(
        input="sfix10_En8", output="sfix8_En7", form=form, rounding=rounding, coeff_width=12,
        overflow=Overflow.WRAP if form == "df1t" else Overflow.SATURATE,
        error_feedback=feedback or None,
    )  # fmt: skip
    layer = SOS(butter(4, 3000, fs_hz=48000), channels=2, words=words)
    with torch.no_grad():
        layer.reflection += 0.2 * torch.randn_like(layer.reflection)
        layer.numerator *= 1 + 0.2 * torch.randn_like(layer.numerator)
    layer.calibrate()
    return layer


def answers(layer: SOS, x: Tensor) -> list[Tensor]:
    layer.zero_grad()
    x = x.clone().requires_grad_()
    first, state = layer(x[..., :100], layer.zero_state(x))
    rest, after = layer(x[..., 100:], state)
    y = torch.cat([first, rest], -1)
    (y * torch.cos(torch.arange(y.shape[-1], dtype=F64, device=y.device))).sum().backward()
    grads = [x.grad, *(p.grad for p in layer.parameters())]
    return [t.detach().cpu() for t in (y, after, *grads)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.TO_ZERO])
def test_rows_are_the_loop(form, rounding, where, seed):
    torch.manual_seed(seed)
    layer = cascade(form, rounding).eval()
    x = 4 * torch.rand(35, 2, 300, dtype=F64) - 2  # saturates the input and all that follows
    with pytest.MonkeyPatch.context() as undo:
        undo.setattr(device, "serves", lambda _: False)
        want = answers(layer, x)
    found = answers(layer.to(where), x.to(where))
    assert torch.equal(found[0], want[0])
    assert torch.equal(found[1], want[1])
    for a, b in zip(found[2:], want[2:], strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-9)


def test_error_feedback_is_the_loop(where, seed):
    torch.manual_seed(seed)
    layer = cascade("df1", Rounding.HALF_EVEN, feedback=True).eval()
    x = torch.rand(3, 2, 300, dtype=F64) - 0.5
    with pytest.MonkeyPatch.context() as undo:
        undo.setattr(device, "serves", lambda _: False)
        want = layer(x)
    assert torch.equal(layer.to(where)(x.to(where)).cpu(), want)


@pytest.mark.parametrize("shape", [(0, 2, 20), (3, 2, 0), (1, 2, 1)])
def test_few_samples(shape, where):
    layer = cascade("df2t", Rounding.HALF_EVEN).eval().to(where)
    assert layer(torch.zeros(shape, device=where)).shape == shape


def test_a_wrong_row_is_seen(where, monkeypatch):
    """The check above is no formality: a row that reads its neighbour's samples differs."""
    layer = cascade("df1", Rounding.HALF_EVEN).eval()
    x = torch.rand(3, 2, 50, dtype=F64) - 0.5
    want = layer.to(where)(x.to(where)).cpu()
    turned = device._time_first
    monkeypatch.setattr(device, "_time_first", lambda v: turned(v.roll(1, 0)))
    assert not torch.equal(layer(x.to(where)).cpu(), want)


def test_rounding_of_inputs_is_half_even():
    values = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.0**51 + 0.5, 2.0**51 + 1.5]
    values += [-(2.0**51) - 0.5, 2.0**52 - 0.5, 2.0**52 + 1, 2.0**60, -(2.0**60), 0.0, 1e300]
    rng = np.random.default_rng(1)
    values += (rng.standard_normal(1000) * 2.0 ** rng.integers(-3, 60, 1000)).tolist()
    assert [kernels.nearest(v) for v in values] == np.rint(values).tolist()


@pytest.mark.parametrize("time", [1, 2, 63, 64, 65, 1000])
def test_the_scan_is_the_recursion(time):
    torch.manual_seed(time)
    layer = SOS(torch.stack([torch.tensor(butter(4, f, fs_hz=8000).sos.copy()) for f in (90, 900)]),
                channels=2)  # fmt: skip
    coeffs = layer.coefficients().detach().requires_grad_()
    x = torch.randn(6, time, dtype=F64, requires_grad=True)
    state = torch.randn(6, 2, 2, dtype=F64, requires_grad=True)
    found, want = scan_cascade(x, coeffs, state), real_cascade(x, coeffs, state)
    grads = []
    for y, after in (found, want):
        loss = (y * torch.cos(torch.arange(time, dtype=F64))).sum() + after.square().sum()
        grads.append(torch.autograd.grad(loss, (x, coeffs, state)))
    for a, b in zip((*found, *grads[0]), (*want, *grads[1]), strict=True):
        assert torch.allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.skipif(not CUDA, reason="no CUDA device")
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_words_are_the_same_on_a_device(make):
    torch.manual_seed(1)
    layer = make().eval()
    x = torch.rand(2, layer.n_in, 500) - 0.5
    want = layer(x)
    there = layer.cuda()
    y = there(x.cuda())
    assert y.device.type == "cuda"
    assert torch.equal(y.cpu(), want)
    y.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in there.parameters())


@pytest.mark.skipif(not CUDA, reason="no CUDA device")
def test_real_numbers_on_a_device():
    layer = SOS(butter(4, 900, fs_hz=8000))
    x = torch.rand(2, 1, 500, dtype=F64)
    want = layer(x)
    assert torch.allclose(layer.cuda()(x.cuda()).cpu(), want)


@pytest.mark.parametrize("place", ["cpu", NEEDS_CUDA])
@pytest.mark.parametrize("make", [
    lambda words: FIR(lowpass(15, 9000, fs_hz=FS), words=words),
    lambda words: SOS(butter(2, 9000, fs_hz=FS), words=words),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["magnitude", "both", "energies"])
def test_jobs_run_where_the_layer_is(make, kind, place):
    layer = make(Words(coeff_width=9)).to(place)
    x = (torch.rand(1, 4000, dtype=F64) - 0.5).to(place)
    if kind == "magnitude":
        points = [(0, 1.0), (5000, 1.0), (12000, 0.1), (24000, 0.0)]
        goal = Magnitude(points, fs_hz=FS, log=False)
    elif kind == "energies":
        goal = Energies(x, [(0, 4000), (12000, 24000)], [-15.0, -40.0], fs_hz=FS)
    else:
        goal = Signals(x, 0.5 * x.roll(1, -1), loss=kind, segment=1000, batch=4)
    before = goal.exact(layer)
    fit(layer, goal, steps=30, rate=0.01, patience=30)
    trained = goal.exact(layer)
    polish(layer, goal, most=100)
    assert trained <= before
    assert goal.exact(layer) < before


@pytest.mark.skipif(not CUDA, reason="no CUDA device")
def test_training_on_a_device():
    torch.manual_seed(3)
    target = SOS(butter(2, 5000, fs_hz=48000)).cuda()
    layer = SOS(butter(2, 2000, fs_hz=48000), words=Words()).cuda()
    x = torch.rand(4, 1, 2000, device="cuda") - 0.5
    with torch.no_grad():
        want = target(x)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = (layer(x) - want).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4
    words = layer.eval()(x)
    assert torch.equal(layer.cpu()(x.cpu()), words.cpu())
