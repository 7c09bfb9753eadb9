"""Speech of tones, and a model that reads it: it survives a browser's resampling."""

from collections.abc import Sequence

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript, Word
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.text.language import utterance_language, word_language

from ...unit.streaming.coded_speech import Level

WORDS = ("salom", "bank", "кредит", "номер", "kerak", "заказni")
_LOWEST_HZ = 300
_STEP_HZ = 150
_BLOCK = 320
_LOUD = 0.02


def tones(words: Sequence[str], word_s: float = 0.5, pause_s: float = 0.0) -> Samples:
    """Each word as a tone of its own, with a short gap behind it."""
    time = np.arange(round(word_s * SAMPLE_RATE)) / SAMPLE_RATE
    gap = np.zeros(round((0.1 + pause_s) * SAMPLE_RATE))
    pieces = [
        piece
        for word in words
        for piece in (0.3 * np.sin(2 * np.pi * _hertz(WORDS.index(word)) * time), gap)
    ]
    return np.concatenate([*pieces, np.zeros(SAMPLE_RATE)]).astype(np.float32)


def _hertz(index: int) -> int:
    return _LOWEST_HZ + _STEP_HZ * index


class _Description:
    pack = "uz-ru"


class _Info:
    description = _Description()
    version = "tones-1"
    notice = "A model of tones, for tests."
    identity = "0"
    device = Device.CPU


class ToneModel:
    """Reads :func:`tones`."""

    info = _Info()
    batch_frames = 0

    def transcribe_all(self, batch: list[RecognitionRequest]) -> list[Transcript]:
        return [self._read(request.samples) for request in batch]

    def _read(self, samples: Samples) -> Transcript:
        count = len(samples) // _BLOCK
        blocks = samples[: count * _BLOCK].reshape(count, _BLOCK)
        heard = [_word_in(block) for block in blocks]
        words, start = [], 0
        for index in range(1, count + 1):
            if index == count or heard[index] != heard[start]:
                if heard[start] >= 0 and index - start >= 5:
                    words.append(_word(heard[start], start, index))
                start = index
        text = " ".join(word.text for word in words)
        language = utterance_language(text.split())
        return Transcript(
            text, tuple(words), language, 1.0, (), 1.0, "tones-1",
            duration_s=len(samples) / SAMPLE_RATE,
        )  # fmt: skip


def _word_in(block: Samples) -> int:
    if np.sqrt(np.mean(block**2)) < _LOUD:
        return -1
    spectrum = np.abs(np.fft.rfft(block * np.hanning(_BLOCK), 4 * _BLOCK))
    hertz = int(np.argmax(spectrum)) * SAMPLE_RATE / (4 * _BLOCK)
    index = round((hertz - _LOWEST_HZ) / _STEP_HZ)
    return index if 0 <= index < len(WORDS) else -1


def _word(index: int, start: int, end: int) -> Word:
    seconds = _BLOCK / SAMPLE_RATE
    return Word(
        WORDS[index], round(start * seconds, 3), round(end * seconds, 3),
        word_language(WORDS[index]), 1.0,
    )  # fmt: skip


class Loud(Level):
    """Speech where the signal is loud."""

    def find_speech(self, blocks: np.ndarray) -> np.ndarray:
        return np.sqrt((blocks**2).mean(axis=1)) > _LOUD
