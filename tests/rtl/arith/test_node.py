"""Exact numbers: every operation, every value of small words, exact ranges and widths."""

import itertools

import pytest
from amaranth.hdl import Const, Module, Signal, signed, unsigned
from amaranth.sim import Simulator

from fxfir.fixed import SQ, UQ
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    extend,
    mul,
    mul_const,
    neg,
    odd_part,
    register,
    select,
    shape_of,
    shift_left,
    sized,
    sub,
    wire,
    word,
)
from tests.rtl.simulate import scratch

RANGES = [(-4, 3), (-3, 3), (0, 5), (0, 1), (-1, 0), (-8, 1), (2, 6), (-6, -2)]


def _source(lo, hi, name):
    return Exact(value=Signal(shape_of(lo, hi), name=name), lo=lo, hi=hi)


def _check(results, sources):
    """Compare (Exact, function) pairs over all values of the sources."""
    m = Module()
    named = [(wire(m, x, f"y{k}"), f) for k, (x, f) in enumerate(results)]
    seen = [set() for _ in named]

    async def bench(ctx):
        for values in itertools.product(*(range(s.lo, s.hi + 1) for s in sources)):
            for source, value in zip(sources, values, strict=True):
                ctx.set(source.value, value)
            await ctx.delay(1e-9)
            for (x, f), values_seen in zip(named, seen, strict=True):
                assert ctx.get(x.value) == f(*values), (x, values)
                values_seen.add(f(*values))

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()
    for (x, _), values_seen in zip(named, seen, strict=True):
        assert (min(values_seen), max(values_seen)) == (x.lo, x.hi)


@pytest.mark.parametrize(("left", "right"), list(itertools.product(RANGES, RANGES)))
def test_two_operands(left, right):
    a, b = _source(*left, "a"), _source(*right, "b")
    _check(
        [
            (add(a, b), lambda x, y: x + y),
            (sub(a, b), lambda x, y: x - y),
            (mul(a, b), lambda x, y: x * y),
        ],
        [a, b],
    )


@pytest.mark.parametrize("ends", RANGES)
def test_one_operand(ends):
    a = _source(*ends, "a")
    factors = [-12, -8, -5, -2, -1, 0, 1, 2, 3, 4, 40]
    results = [(mul_const(a, c), lambda x, c=c: x * c) for c in factors]
    results += [(shift_left(a, k), lambda x, k=k: x << k) for k in (0, 1, 5)]
    results += [(neg(a), lambda x: -x)]
    _check(results, [a])


def test_select():
    a, b = Exact(value=Signal(signed(3)), lo=-4, hi=3), Exact(value=Signal(3), lo=0, hi=7)
    s = Exact(value=Signal(1), lo=0, hi=1)
    _check([(select(s.value, a, b), lambda c, x, y: x if c else y)], [s, a, b])


@pytest.mark.parametrize(
    ("lo", "hi", "shape"),
    [
        (0, 0, unsigned(1)),
        (0, 1, unsigned(1)),
        (3, 8, unsigned(4)),
        (-1, 0, signed(1)),
        (-8, 7, signed(4)),
        (-8, 8, signed(5)),
        (-9, -9, signed(5)),
    ],
)
def test_shapes_are_the_narrowest(lo, hi, shape):
    assert shape_of(lo, hi) == shape
    assert constant(hi).width == shape_of(hi, hi).width


def test_words_have_the_range_of_their_format():
    assert (word(Signal(signed(8)), SQ(1, 7)).lo, word(Signal(8), UQ(0, 8)).hi) == (-128, 255)
    assert extend(Exact(value=Const(-2, signed(2)), lo=-2, hi=1), 5).shape() == unsigned(5)


def test_a_register_starts_at_zero_and_has_no_reset_unless_asked():
    m = scratch()
    x = _source(2, 6, "x")
    plain = register(m, x, "x1")
    assert (plain.lo, plain.hi, plain.value.name, plain.value.init) == (0, 6, "x1", 0)
    assert plain.value.reset_less
    assert not register(m, x, "x2", reset_less=False).value.reset_less


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Exact(value=Const(0, 4), lo=0, hi=3), "must have the shape unsigned\\(2\\)"),
        (lambda: Exact(value=Const(0, 4), lo=3, hi=0), "lo must not exceed hi, got \\[3, 0\\]"),
        (lambda: shift_left(constant(3), -1), "must not drop bits, got -1"),
        (lambda: extend(constant(9), 3), "must not shrink it, got 3"),
        (lambda: odd_part(0), "zero has no odd part"),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_sized_trusts_its_caller():
    assert sized(Const(13, 8), 0, 15).width == 4
    assert sized(Const(-3, signed(3)), -8, 7).shape == signed(4)
