"""Taps as a function of another input: trained, exact frame by frame, exported as sets."""

import numpy as np
import pytest
import torch

from fxfir.errors import FilterError, GuardError, SpecError, TapsError
from fxfir.filters import SwitchedFir
from fxfir.learn import Conditioned
from fxfir.model import run
from fxfir.spec.words import Words
from tests.learn.hardware import check_core, values_of, words_of

W = Words(input="sfix10_En9", output="sfix10_En9", coeff="sfix8_En6")
F64 = torch.float64
FRAME = 16


def frames_of(rng, count, batch=1):
    x = rng.integers(-512, 512, (batch, count * FRAME))
    c = rng.uniform(-1, 1, (batch, count))
    return x, c


def inputs(x, c):
    beside = np.repeat(c, FRAME, -1)[..., : x.shape[-1]]
    return torch.tensor(np.stack([x / 512, beside], -2))


def random_layer(**options):
    torch.manual_seed(5)
    return Conditioned(8, n_taps=5, frame=FRAME, words=W, dtype=F64, **options)


def test_every_frame_is_the_integer_filter_of_its_taps(seed):
    layer = random_layer().eval()
    x, c = frames_of(np.random.default_rng(seed), 20, batch=2)
    with torch.no_grad():
        y = words_of(layer(inputs(x, c)), [W.output_format])[:, 0]
    for row in range(2):
        node = layer.frames(torch.tensor(c[row])[:, None])
        assert isinstance(node, SwitchedFir)
        number = np.repeat(np.arange(20), FRAME)
        assert np.array_equal(y[row], run(node, np.stack([x[row], number])))
        for f in range(20):
            whole = run(node.of_set(f), x[row, : (f + 1) * FRAME])
            assert np.array_equal(y[row, f * FRAME : (f + 1) * FRAME], whole[f * FRAME :])


def test_chunks_equal_one_shot_and_the_last_frame_may_be_short(seed):
    layer = random_layer().eval()
    x = inputs(*frames_of(np.random.default_rng(seed), 6))
    with torch.no_grad():
        whole = layer(x)
        first, state = layer(x[..., : 2 * FRAME], layer.zero_state(x))
        rest, _ = layer(x[..., 2 * FRAME :], state)
        assert torch.equal(torch.cat([first, rest], -1), whole)
        assert torch.equal(layer(x[..., : 3 * FRAME - 5]), whole[..., : 3 * FRAME - 5])
    with pytest.raises(SpecError, match="whole frames of 16 samples, got 5"):
        layer(x[..., :5], state)


def test_gradients_are_those_of_the_definition():
    layer = Conditioned(3, n_taps=3, frame=4, dtype=F64)
    x = torch.rand(2, 2, 10, dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)

    def plain(v):
        taps = layer.network(v[:, 1:, ::4].transpose(1, 2))
        padded = torch.nn.functional.pad(v[:, 0], (2, 0))
        y = [sum(taps[:, n // 4, k] * padded[:, n + 2 - k] for k in range(3)) for n in range(10)]
        return torch.stack(y, -1)[:, None]

    assert torch.allclose(layer(x), plain(x))
    (fast,) = torch.autograd.grad(layer(x).square().sum(), x)
    (slow,) = torch.autograd.grad(plain(x).square().sum(), x)
    assert torch.allclose(fast, slow)


def trained():
    """The condition is a gain between -1 and 1, and how much of the sample before is added."""
    torch.manual_seed(2)
    layer = Conditioned(8, n_taps=2, frame=FRAME, words=W, dtype=F64)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.02)
    for _ in range(300):
        c = 2 * torch.rand(8, 8, dtype=F64) - 1
        x = torch.rand(8, 8 * FRAME, dtype=F64) - 0.5
        beside = c.repeat_interleave(FRAME, -1)
        before = torch.nn.functional.pad(x, (1, 0))[:, :-1]
        goal = beside * x + 0.5 * beside.square() * before
        loss = (layer(torch.stack([x, beside], 1))[:, 0] - goal).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 3e-4
    return layer


@pytest.mark.sim
def test_it_trains_and_the_nearest_sets_simulate_to_the_bit(tmp_path, icarus):
    layer = trained().eval()
    conditions = torch.linspace(-1, 1, 64, dtype=F64)[:, None]
    errors = {}
    for count in (2, 8):
        family = layer.family(conditions, count).eval()
        numbers = layer.numbers(conditions, family)
        rng = np.random.default_rng(3)
        x = rng.integers(-400, 400, 64 * FRAME)
        node = family.to_filter()
        assert isinstance(node, SwitchedFir)
        chosen = np.repeat(numbers.numpy(), FRAME)
        with torch.no_grad():
            continuous = layer(inputs(x[None], conditions[:, 0].numpy()[None]))[0, 0]
            sets = family(values_of(np.stack([x, chosen]), node))[0]
        assert np.array_equal(
            words_of(sets[None], node.outputs)[0], run(node, np.stack([x, chosen]))
        )
        errors[count] = (continuous - sets).square().mean().item()
    assert errors[8] < errors[2] / 4
    assert sorted(set(numbers.tolist())) == list(range(8))
    check_core(family, tmp_path / "family", arch="serial")


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: Conditioned(4, n_taps=0, frame=4), SpecError, "n_taps must be a positive"),
        (lambda: Conditioned(4, n_taps=2, frame=0), SpecError, "frame must be a positive"),
        (lambda: Conditioned(4, n_taps=2, frame=4, words=Words()), SpecError, "need coeff"),
        (lambda: random_layer().to_filter(), FilterError, "no finite core; `family`"),
        (
            lambda: random_layer().family(torch.zeros(9, 1, dtype=F64), 2),
            SpecError,
            "from 2 to 1 sets of taps, got 2",
        ),
        (
            lambda: Conditioned(torch.nn.Linear(1, 3), n_taps=2, frame=4)(torch.zeros(2, 8)),
            TapsError,
            r"shape \[2, 2\], got \[2, 3\]",
        ),
        (
            lambda: Conditioned(2, n_taps=2, frame=4)(torch.full((2, 8), torch.nan)),
            TapsError,
            "must be finite",
        ),
        (
            lambda: Conditioned(
                2, n_taps=99, frame=4, words=Words(input="sfix30_En29", coeff="sfix24_En23")
            ),
            GuardError,
            r"within 2\*\*53",
        ),
    ],
)
def test_what_is_refused(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()
