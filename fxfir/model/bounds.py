"""Proofs, from formats alone, that a computation in float64 or int64 is exact.

float64 holds every integer up to 2**53. A sum of products of integers is therefore exact, in any
order of additions and with or without fused multiply-adds, as long as sum |c| * max |x| <= 2**53:
every partial sum is such an integer. (An algorithm of Strassen's kind forms other intermediate
sums; no BLAS does so in its plain matrix product.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fxfir.fixed import Format

__all__ = ["FLOAT_INT", "FLOAT_ROUNDED", "INT64_MAX", "digit_bits", "fft_error_bound", "peak"]

FLOAT_INT = 1 << 53
"""Every integer of at most this magnitude is a float64."""

FLOAT_ROUNDED = (1 << 51) - (1 << 31) - 1
"""Adding and taking off 3 * 2**51 + 2**31 rounds float64 of at most this magnitude half to even.

The sums lie in [2**52, 2**53), where all float64 are integers; the constant is even.
"""

INT64_MAX = (1 << 63) - 1

_UNIT = 2.0**-53  # unit roundoff u
_TWIDDLE = 8 * _UNIT  # a twiddle factor is a product of two table entries, see below


def peak(fmt: Format) -> int:
    """Return the largest magnitude of a word of `fmt`."""
    return max(-fmt.lo, fmt.hi)


def digit_bits(width: int, largest: int) -> list[int]:
    """Cut a word into the fewest digits of at most `largest` bits, as even as possible.

    Parameters
    ----------
    width : int
        Bits of the word.
    largest : int
        Most bits of one digit, at least 1.

    Returns
    -------
    list of int
        Bits of each digit, lowest digit first.

    Examples
    --------
    >>> digit_bits(24, 15)
    [12, 12]
    """
    count = -(-width // largest)
    size = -(-width // count)
    return [min(size, width - size * k) for k in range(count)]


def fft_error_bound(taps: Sequence[int], largest: int, length: int) -> float:
    """Bound |computed - exact| for every sample of a convolution through float64 FFTs.

    Parameters
    ----------
    taps : sequence of int
    largest : int
        Largest magnitude of an input sample.
    length : int
        Length of the transforms, a power of two.

    Returns
    -------
    float
        The bound, in units of the exact integers. Below 1/2, rounding to the nearest integer gives
        the exact result.

    Notes
    -----
    With n = log2(length), u = 2**-53 and twiddle factors good to beta, the cyclic convolution
    z of x and h obeys [1]_

        max |z' - z| < ||x||2 ||h||2 ((1+u)**(3n) (1+sqrt(5) u)**(3n+1) (1+beta)**(3n) - 1).

    The argument: one level of a radix-2 transform is a twiddle product (relative error
    sqrt(5) u for the complex product [2]_, beta for the factor) and one addition (u), on a matrix
    that is unitary up to a scale, so relative errors in the 2-norm only multiply over n levels
    (compare [3]_). Two forward transforms, the product of the spectra (one more sqrt(5) u) and the
    inverse give the exponents; Cauchy-Schwarz on the spectra and Parseval give the norms.
    A radix-4 or radix-8 level, and a transform of real data, do the same additions and no more
    products than the radix-2 levels they stand for, so the bound covers them.

    NumPy's transform (pocketfft) uses exactly such levels for powers of two and makes each twiddle
    as the product of two table entries: two entries within 1.5 u each and one complex product
    stay below 6 u; beta = 8 u is used here, and a test measures it.

    Here ||x||2 <= largest * sqrt(length). Measured errors are 100 to 10000 times smaller.

    References
    ----------
    .. [1] C. Percival, "Rapid multiplication modulo the sum and difference of highly composite
       numbers", Math. Comp. 72 (2003), Theorem 5.1.
    .. [2] R. Brent, C. Percival, P. Zimmermann, "Error bounds on complex floating-point
       multiplication", Math. Comp. 76 (2007), Theorem 1.
    .. [3] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., Theorem 24.2.

    Examples
    --------
    >>> fft_error_bound([1] * 1024, 2**15, 8192) < 1e-3
    True
    """
    levels = length.bit_length() - 1
    growth = math.expm1(
        3 * levels * math.log1p(_UNIT)
        + (3 * levels + 1) * math.log1p(math.sqrt(5) * _UNIT)
        + 3 * levels * math.log1p(_TWIDDLE)
    )
    # isqrt + 1 rounds the norm up; the factor covers the rounding of this very expression.
    norm = (math.isqrt(sum(c * c for c in taps)) + 1) * float(largest) * math.sqrt(length)
    return norm * growth * (1 + 1e-9)
