"""The training loop and the search after it."""

import itertools

import pytest
import torch

from fxfir.design import butter, lowpass
from fxfir.errors import OutputError, ReadError, SpecError
from fxfir.learn import FIR, SOS, ReLU
from fxfir.learn.fit import fit
from fxfir.learn.objective import Magnitude, Signals
from fxfir.learn.polish import polish
from fxfir.spec.words import Words

F64 = torch.float64
POINTS = [(0, 1), (1000, 1), (1600, 0), (4000, 0)]
LOW = Magnitude(POINTS, fs_hz=8000, log=False)
OPTIONS = {"rate": 0.02, "patience": 1000, "seed": 5}


def start(seed=1, **options) -> FIR:
    generator = torch.Generator().manual_seed(seed)
    return FIR(n_taps=9, dtype=F64, generator=generator, words=Words(coeff_width=8), **options)


def noisy() -> Signals:
    x = torch.rand(1, 3000, dtype=F64, generator=torch.Generator().manual_seed(2)) - 0.5
    y = FIR(lowpass(8, 1500, fs_hz=8000), dtype=F64)(x).detach()
    return Signals(x, y, loss="both", segment=512, batch=2)


def test_the_best_layer_stays():
    layer = start()
    fitted = fit(layer, LOW, steps=60, **OPTIONS)
    assert fitted.stopped == "steps"
    assert len(fitted.curve) == 60
    assert fitted.best < fitted.start / 10
    assert LOW.exact(layer) == fitted.best


def test_patience_ends_training():
    layer = start()
    fitted = fit(layer, LOW, steps=500, rate=1e-9, patience=25, seed=1)
    assert fitted.stopped == "patience"
    assert len(fitted.curve) < 60


def test_a_seed_decides_everything():
    one, other = (fit(start(), noisy(), steps=20, **OPTIONS) for _ in range(2))
    third = fit(start(), noisy(), steps=20, rate=0.02, patience=1000, seed=6)
    assert one == other
    assert one.curve != third.curve


def layers():
    return {
        "fir": start,
        "sos": lambda: SOS(butter(4, 900, fs_hz=8000), words=Words(coeff_width=10)),
    }


@pytest.mark.parametrize("make", layers().values(), ids=layers())
def test_resumed_training_is_the_same(make, tmp_path):
    path = tmp_path / "layer.ckpt"
    whole_layer = make()
    whole = fit(whole_layer, noisy(), steps=40, **OPTIONS)

    class Stopped(Exception):
        pass

    def stop(done, total):
        if done == 25:
            raise Stopped

    with pytest.raises(Stopped):
        fit(make(), noisy(), steps=40, checkpoint=path, report=stop, **OPTIONS)
    layer = make()
    resumed = fit(layer, noisy(), steps=40, checkpoint=path, resume=True, **OPTIONS)
    assert resumed == whole
    assert layer.to_filter() == whole_layer.to_filter()


def test_checkpoints_that_are_not_there(tmp_path):
    with pytest.raises(ReadError, match=r"must exist, got .*nowhere"):
        fit(start(), LOW, steps=1, checkpoint=tmp_path / "nowhere", resume=True, **OPTIONS)
    path = tmp_path / "layer.ckpt"
    fit(start(), LOW, steps=10, checkpoint=path, **OPTIONS)
    other = FIR(n_taps=4, dtype=F64, words=Words())
    with pytest.raises(ReadError, match="must be this layer's"):
        fit(other, LOW, steps=1, checkpoint=path, resume=True, **OPTIONS)
    path.write_text("text")
    with pytest.raises(ReadError, match="must be this layer's"):
        fit(start(), LOW, steps=1, checkpoint=path, resume=True, **OPTIONS)
    with pytest.raises(OutputError, match="must be writable"):
        fit(start(), LOW, steps=10, checkpoint=tmp_path / "no" / "where", **OPTIONS)


class Exploding:
    """Fine at first, then not a number."""

    def __init__(self, bad: float) -> None:
        self.calls, self.bad = 0, bad

    def step(self, layer):
        self.calls += 1
        loss = LOW.step(layer)
        return loss * self.bad if self.calls > 12 else loss

    def exact(self, layer):
        return LOW.exact(layer)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e9])
def test_a_diverging_loss_leaves_the_last_good_layer(bad):
    layer = start()
    fitted = fit(layer, Exploding(bad), steps=50, **OPTIONS)
    assert fitted.stopped == "diverged"
    assert len(fitted.curve) == 12
    assert LOW.exact(layer) == fitted.best < fitted.start
    assert torch.isfinite(layer.taps).all()


def test_a_search_is_never_worse_and_beats_rounding():
    layer = FIR(lowpass(14, 1300, fs_hz=8000), dtype=F64, words=Words(coeff_width=6))
    rounded = LOW.exact(layer)
    searched = polish(layer, LOW)
    assert searched.before == rounded
    assert searched.after < 0.95 * rounded
    assert LOW.exact(layer) == searched.after
    assert polish(layer, LOW).after == searched.after


def test_a_search_ends_where_no_single_move_or_pair_helps():
    layer = FIR([0.4, 0.3, -0.2], dtype=F64, words=Words(coeff="sfix5_En4"))
    polish(layer, LOW)
    best = LOW.exact(layer)
    codes = layer.codes()[0, 0].tolist()
    for moves in itertools.product((-1, 0, 1), repeat=3):
        if sum(map(abs, moves)) in (1, 2):
            near = [(c + m) / 16 for c, m in zip(codes, moves, strict=True)]
            other = FIR(near, dtype=F64, words=Words(coeff="sfix5_En4"))
            assert LOW.exact(other) >= best * (1 - 1e-9)


def test_a_search_of_sections_stays_stable():
    layer = SOS(butter(4, 1100, fs_hz=8000), words=Words(coeff_width=7))
    before = layer.to_filter()
    searched = polish(layer, LOW, most=600)
    assert searched.after < searched.before
    assert searched.tried <= 600
    after = layer.to_filter()
    assert after != before
    assert [s.out for s in after.sections] == [s.out for s in before.sections]
    assert LOW.exact(layer) == searched.after


def test_what_cannot_be_searched():
    for layer in (ReLU(words=Words()), FIR([1.0])):
        with pytest.raises(SpecError, match="needs a FIR or SOS layer with words"):
            polish(layer, LOW)
