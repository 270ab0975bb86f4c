"""Files of samples: read and written in blocks, so that memory does not grow with their length."""

from fxfir.spec.samples.open import SUFFIXES, create_samples, open_samples
from fxfir.spec.samples.wav import WavInfo, read_wav_info

__all__ = ["SUFFIXES", "WavInfo", "create_samples", "open_samples", "read_wav_info"]
