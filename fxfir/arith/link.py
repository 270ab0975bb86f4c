"""One recursion in integer arithmetic, with a proven bound on everything it has yet to do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import mul

from fxfir.arith.rational import common_denominator
from fxfir.arith.stability import recursion_gain, require_stable
from fxfir.errors import StabilityError

__all__ = ["Link", "Rational"]

Rational = Fraction | int

_GAIN_BITS = 16
_START_BITS = 96
_MOST_BITS = 1 << 14
_MOST_TERMS = 1 << 20
_MOST_GROWTH = 4
_FIRST_BLOCK = 32
_ENDLESS = "a recursion must decay, got a denominator whose impulse response does not"


class Link:
    """A block of a cascade: w = x - sum a[i] w[n-1-i], and weighted sums of w, w1, w2, ...

    Numbers are integers in units of the last place; every sum is rounded down once.

    Parameters
    ----------
    signals : sequence of sequences of Fraction or int
        Weights of w[n], w[n-1], ... of each signal; the first is the output.
    a : sequence of Fraction or int
        a1, a2, ...; a0 = 1.

    Attributes
    ----------
    gain : int
        Bound on the L1 norm of 1/A from above, over 2**16.
    weights : list of Fraction
        Sum of magnitudes of each signal's weights.
    sums : list of int
        Sum of magnitudes of each signal so far.

    Raises
    ------
    StabilityError
        If 1/A is unstable, or not seen to decay within a million terms.
    """

    def __init__(self, signals: Sequence[Sequence[Rational]], a: Sequence[Rational]) -> None:
        order = max(len(a), *(len(s) - 1 for s in signals), 2)
        numerators, scale = common_denominator(a)
        self.feedback = [*(-v for v in numerators), *[0] * (order - len(numerators))]
        self.scale = scale
        self.taps: list[list[int]] = []
        self.tap_scales: list[int] = []
        for signal in signals:
            words, tap_scale = common_denominator(signal)
            self.taps.append([*words, *[0] * (order + 1 - len(words))])
            self.tap_scales.append(tap_scale)
        self.weights = [
            Fraction(sum(map(abs, taps)), scale)
            for taps, scale in zip(self.taps, self.tap_scales, strict=True)
        ]
        self.reset()
        self.gain = self._recursion_gain()
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self.state = [0] * len(self.feedback)
        self.sums = [0] * len(self.taps)

    def advance(self, inputs: Sequence[int]) -> list[int]:
        """Take a block of inputs, add to the sums and return the outputs."""
        history = self._recur(inputs)
        outputs: list[int] = []
        for k, (taps, scale) in enumerate(zip(self.taps, self.tap_scales, strict=True)):
            values = _weigh(history, taps, scale, len(inputs))
            self.sums[k] += sum(map(abs, values))
            outputs = outputs or values
        return outputs

    def forcing(self) -> int:
        """Bound the sum of magnitudes of what the state, as it is, feeds into later samples."""
        total = 0
        for start in range(len(self.feedback)):
            total += abs(sum(map(mul, self.feedback[start:], self.state)))
        return -(-total // self.scale)

    def forcing_error(self, error: int) -> int:
        """Bound by how much `forcing` changes if every state is off by `error`."""
        total = sum((k + 1) * abs(f) for k, f in enumerate(self.feedback))
        return total * error // self.scale + 1

    def amplified(self, size: int) -> int:
        """Bound the L1 norm of 1/A's response to an input of L1 norm `size`."""
        return (size * self.gain >> _GAIN_BITS) + 1

    def edge(self, k: int, error: int) -> int:
        """Bound what signal k still takes directly from samples already made."""
        total, past = 0, 0
        for tap, w in zip(self.taps[k][1:], self.state, strict=True):
            past += abs(w) + error
            total += abs(tap) * past
        return total // self.tap_scales[k] + 1

    def _recur(self, inputs: Sequence[int]) -> list[int]:
        """Return the old states, oldest first, and the new w for each input."""
        history = self.state[::-1]
        order = len(history)
        power = self.scale & (self.scale - 1) == 0
        if order == 2 and power:
            # Nearly all filters: worth a loop of its own, three times as fast.
            first, second = self.feedback
            shift = self.scale.bit_length() - 1
            u, v = self.state
            append = history.append
            for x in inputs:
                u, v = x + ((first * u + second * v) >> shift), u
                append(u)
        else:
            backwards = self.feedback[::-1]
            for x in inputs:
                history.append(x + sum(map(mul, backwards, history[-order:])) // self.scale)
        self.state = history[: -order - 1 : -1]
        return history

    def _recursion_gain(self) -> int:
        if not any(self.feedback):
            return 1 << _GAIN_BITS
        if not any(self.feedback[2:]):
            first, second = (Fraction(-f, self.scale) for f in self.feedback[:2])
            require_stable(first, second, 1, "a recursion")
            return int(recursion_gain(first, second) * (1 << _GAIN_BITS)) + 1
        bits = _START_BITS
        while bits <= _MOST_BITS:
            found = self._try_recursion_gain(1 << bits)
            if found:
                return found
            bits *= 2
        raise StabilityError(_ENDLESS)

    def _try_recursion_gain(self, one: int) -> int:
        """Bound the L1 norm of 1/A, scaled by 2**16; 0 if `one` is too coarse to tell."""
        self.reset()
        most = one**_MOST_GROWTH
        inputs = [one] + [0] * (_FIRST_BLOCK - 1)
        total = n = 0
        while n < _MOST_TERMS:
            history = self._recur(inputs)
            total += sum(map(abs, history[len(self.feedback) :]))
            n += len(inputs)
            # |computed - exact| of every w so far, in units of the last place.
            error = total // (one - n) + 1
            left = self.forcing() + self.forcing_error(error) + 2
            if 2 * left < one:
                return ((total + n * error) << _GAIN_BITS) // (one - left) + 1
            if left > most:
                break
            if 8 * self.forcing_error(error) > one:
                return 0
            inputs = [0] * max(_FIRST_BLOCK, n // 8)
        raise StabilityError(_ENDLESS)


def _weigh(history: Sequence[int], taps: Sequence[int], scale: int, n: int) -> list[int]:
    """Return n weighted sums of the newest entries of `history`, each rounded down once."""
    used = [(k, tap) for k, tap in enumerate(taps) if tap]
    end = len(history)
    rows = [history[end - n - k : end - k] for k, _ in used]
    weights = [tap for _, tap in used]
    if not used:
        return [0] * n
    if weights == [scale]:
        return list(rows[0])
    if len(used) == 3 and scale & (scale - 1) == 0:
        a, b, c = weights
        shift = scale.bit_length() - 1
        return [(a * u + b * v + c * w) >> shift for u, v, w in zip(*rows, strict=True)]
    return [sum(map(mul, weights, column)) // scale for column in zip(*rows, strict=True)]
