"""State spaces: companion forms, coupled sections and powers of the matrix as witnesses."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import peak_gain
from fxfir.arith.state_space import state_space_block, state_space_gains

SIXTEENTHS = st.integers(-12, 12).map(lambda v: Fraction(v, 16))


def response(a: list[list[Fraction]], b: list[Fraction], c: list[Fraction], d: Fraction, n: int):
    """D, C B, C A B, C A A B, ..."""
    found, state = [d], list(b)
    for _ in range(n - 1):
        found.append(sum(u * v for u, v in zip(c, state, strict=True)))
        state = [sum(u * v for u, v in zip(row, state, strict=True)) for row in a]
    return found


@st.composite
def spaces(draw: st.DrawFn):
    order = draw(st.integers(1, 4))
    vector = st.lists(SIXTEENTHS, min_size=order, max_size=order)
    a = draw(st.lists(vector, min_size=order, max_size=order))
    return a, draw(vector), draw(vector), draw(SIXTEENTHS)


@given(spaces())
@settings(max_examples=80)
def test_transfer_function_is_the_matrix_response(case) -> None:
    a, b, c, d = case
    block = state_space_block(a, b, [(c, d)])
    wanted = response(a, b, c, d, 12)
    w: list[Fraction] = []
    for n in range(12):
        past = sum(block.a[k] * w[n - 1 - k] for k in range(min(n, len(block.a))))
        w.append(Fraction(int(n == 0)) - past)
        y = sum(v * w[n - k] for k, v in enumerate(block.b) if k <= n)
        assert y == wanted[n]


def test_coupled_section_is_its_direct_form() -> None:
    """States of [[s, -w], [w, s]] turn by an angle; the pole pair is s +- jw."""
    s, w = Fraction(3, 4), Fraction(1, 2)
    gains = state_space_gains([[s, -w], [w, s]], [1, 0], [([0, 1], 0), ([1, 0], 0)])
    a = [-2 * s, s * s + w * w]
    for gain, b in zip(gains, ([0, 0, w], [0, 1, -s]), strict=True):
        direct = peak_gain(b, a)
        assert direct.lower <= gain.upper
        assert gain.lower <= direct.upper
        assert gain.upper - gain.lower < Fraction(1, 2**50)
