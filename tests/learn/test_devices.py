"""The scan that devices without a fast loop use; and such a device, where there is one."""

import pytest
import torch

from fxfir.design import butter
from fxfir.learn import SOS
from fxfir.learn.cascade import real_cascade
from fxfir.learn.scan import scan_cascade
from tests.learn.test_compose import LAYERS

F64 = torch.float64


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


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_words_are_the_same_on_a_device(make):
    torch.manual_seed(1)
    layer = make().eval()
    x = torch.rand(2, layer.n_in, 500) - 0.5
    want = layer(x)
    there = layer.cuda()
    y = there(x.cuda())
    assert torch.equal(y.cpu(), want)
    y.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in there.parameters())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_real_numbers_on_a_device():
    layer = SOS(butter(4, 900, fs_hz=8000))
    x = torch.rand(2, 1, 500, dtype=F64)
    want = layer(x)
    assert torch.allclose(layer.cuda()(x.cuda()).cpu(), want)
