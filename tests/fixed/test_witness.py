"""apytypes as an outside witness of all roundings and overflows, on every word of up to 8 bits.

apytypes has more quantisation modes than the contract. Those without an equal here are named
below, so that a mode added on either side is noticed.
"""

from itertools import product

import apytypes
import numpy as np
import pytest
from apytypes import OverflowMode, QuantizationMode

from fxfir.fixed import Cast, Format, Overflow, Rounding, apply

MODES = {
    Rounding.FLOOR: QuantizationMode.TO_NEG,
    Rounding.CEIL: QuantizationMode.TO_POS,
    Rounding.TO_ZERO: QuantizationMode.TO_ZERO,
    Rounding.HALF_UP: QuantizationMode.TIES_POS,
    Rounding.HALF_DOWN: QuantizationMode.TIES_NEG,
    Rounding.HALF_AWAY: QuantizationMode.TIES_AWAY,
    Rounding.HALF_EVEN: QuantizationMode.TIES_EVEN,
}
OVERFLOWS = {Overflow.WRAP: OverflowMode.WRAP, Overflow.SATURATE: OverflowMode.SAT}

# TO_AWAY and TRN_MAG round all values, not only ties, in ways no filter here needs; TIES_ZERO and
# TIES_ODD are other tie rules; JAM sets the last bit; STOCH_* are random.
WITHOUT_EQUAL = {
    "TO_AWAY", "TRN_MAG", "TIES_ZERO", "TIES_ODD", "JAM", "JAM_UNBIASED", "STOCH_EQUAL",
    "STOCH_WEIGHTED",
}  # fmt: skip
# NUMERIC_STD keeps the sign bit and drops the bits below it: neither a wrap nor a clamp.
OVERFLOWS_WITHOUT_EQUAL = {"NUMERIC_STD"}


def names(kind):
    return {name for name in dir(kind) if name.isupper()}


def test_every_mode_is_either_a_witness_or_named():
    # Aliases (TRN, RND_CONV, ...) are the same objects under the names of other tools.
    used = {mode.name for mode in MODES.values()}
    assert names(QuantizationMode) - used == WITHOUT_EQUAL
    assert names(OverflowMode) - {m.name for m in OVERFLOWS.values()} == OVERFLOWS_WITHOUT_EQUAL


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
def test_all_words_of_8_bits_agree(rounding, overflow):
    words = np.arange(-128, 256)  # all signed and all unsigned ones
    for drop, width in product(range(-2, 11), range(1, 9)):
        source = apytypes.APyFixedArray(words.tolist(), int_bits=10 - drop, frac_bits=drop)
        narrow = source.cast(
            int_bits=width,
            frac_bits=0,
            quantization=MODES[rounding],
            overflow=OVERFLOWS[overflow],
        )
        to = Format(signed=True, width=width, frac=0)
        got = apply(Cast(to=to, rounding=rounding, overflow=overflow), words, drop)
        assert np.array_equal(got, codes(narrow, width)), (drop, to)

        # apytypes has no unsigned words: it rounds, and the overflow is NumPy's.
        wide = codes(source.cast(int_bits=16, frac_bits=0, quantization=MODES[rounding]), 16)
        want = wide % 2**width if overflow is Overflow.WRAP else wide.clip(0, 2**width - 1)
        to = Format(signed=False, width=width, frac=0)
        got = apply(Cast(to=to, rounding=rounding, overflow=overflow), words, drop)
        assert np.array_equal(got, want), (drop, to)


def codes(array, width):
    bits = np.array(array.to_bits(), dtype=np.int64)
    return np.where(bits >= 1 << (width - 1), bits - (1 << width), bits)
