"""Sets of taps in the model: frame by frame the filter of the chosen set, on one history."""

import numpy as np
import pytest

from fxfir.errors import FormatError
from fxfir.filters import SwitchedFir
from fxfir.fixed import SQ, Cast
from fxfir.model import FloatModel, Model, run
from fxfir.model.fir import FIR_METHODS

X = SQ(1, 11)


def node(n_sets=3, n_taps=7, seed=1):
    rng = np.random.default_rng(seed)
    taps = rng.integers(-2000, 2000, (n_sets, n_taps)).tolist()
    return SwitchedFir(taps=taps, coeff=SQ(1, 11), input=X, output=Cast(to=SQ(2, 10)))


def frames(sets, length, seed, fmt=X):
    rng = np.random.default_rng(seed)
    x = rng.integers(fmt.lo, fmt.hi, length, endpoint=True)
    return np.stack([x, rng.integers(0, sets, length)])


def by_definition(filter, x):
    out = []
    for n, s in enumerate(x[1]):
        taps = filter.taps[min(int(s), filter.n_sets - 1)]
        total = sum(c * int(x[0][n - k]) for k, c in enumerate(taps) if n >= k)
        out.append(filter.output(total, frac=filter.acc.frac))
    return np.array(out)


@pytest.mark.parametrize("method", ["auto", *FIR_METHODS])
def test_every_method(method, seed):
    filter = node()
    x = frames(4, 300, seed)
    assert np.array_equal(run(filter, x, method=method), by_definition(filter, x))


def test_chunks_and_batches(seed):
    filter = node()
    x = np.stack([frames(3, 200, seed), frames(3, 200, seed + 1)])
    model = Model(filter)
    chunks = [model.process(x[..., a:b]) for a, b in ((0, 3), (3, 3), (3, 101), (101, 200))]
    assert np.array_equal(np.concatenate(chunks, -1), run(filter, x))
    assert np.array_equal(run(filter, x)[1], by_definition(filter, x[1]))


def test_the_float_twin_is_equal(seed):
    filter = node()
    x = frames(4, 300, seed)
    assert np.array_equal(FloatModel(filter).process(x), run(filter, x))


def test_a_number_must_fit_its_lane():
    with pytest.raises(FormatError, match="got"):
        run(node(), [[1, 2], [0, 4]])
