"""Speech from espeak-ng through its C interface (the wheel carries library and voices)."""

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import espeakng_loader
import numpy as np
import soxr

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.synthetic.voiced_runs import VoicedRun, voice_runs
from ovoz.corpus.synthetic.voices import Voice
from ovoz.text.pack import DEFAULT_PACK, LanguagePack, load_pack

_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
"""By default the library ends the process when it finds no data."""
_LONGEST_PATH: Final = 120
"""Bytes of a path that the library keeps whole, in 160, with the name of a file behind it."""
_UTF8: Final = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_JOIN_SAMPLES: Final = 160
"""10 ms of cross-fade where two segments meet."""
_EDGE_SAMPLES: Final = 480
_SILENCE: Final = 1e-3
_LEVEL: Final = 0.1
"""Root mean square that every utterance is brought to."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class SpeechError(RuntimeError):
    """espeak-ng refused a voice or a text."""


@cache
def _started_library() -> tuple[ctypes.CDLL, int]:
    """The library and its sampling rate in Hz, started once per process.

    A second start frees phoneme tables that the library goes on reading: it then speaks
    otherwise, or the process dies.
    """
    library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    data = _short_path(Path(espeakng_loader.get_data_path()))
    rate = int(library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT))
    if rate <= 0:
        raise SpeechError(f"espeak-ng does not start with its data in {data!r}")
    return library, rate


def _short_path(folder: Path) -> bytes:
    """A path of a folder that the library doesn't cut off; good while this process lives."""
    path = os.fsencode(folder)
    if len(path) <= _LONGEST_PATH or not Path("/proc/self/fd").is_dir():
        return path
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}".encode()


class Speaker:
    """A loaded espeak-ng; several share the one library of a process, not for several threads."""

    def __init__(self) -> None:
        self._pieces: list[np.ndarray[Any, np.dtype[np.int16]]] = []
        self._library, self._rate = _started_library()
        variants = Path(espeakng_loader.get_data_path(), "voices", "!v")
        self._variants = {file.name for file in variants.iterdir()}
        self._callback = _Callback(self._receive)  # must outlive the library's use of it

    def say(self, text: str, voice: Voice, pack: LanguagePack | None = None) -> Samples:
        """Speak a canonical transcript of ``pack``, each word in its language, as one utterance.

        A stem and suffixes in other letters are spoken as both, joined without a pause.

        Returns:
            float32 [T] at 16 kHz in [-1, 1].

        Raises:
            SpeechError: The voice is unknown or nothing was spoken.
        """
        runs = voice_runs(text, pack or load_pack(DEFAULT_PACK), voice.accent)
        segments = [self._segment(run, voice) for run in runs]
        samples = soxr.resample(_cross_faded(segments), self._rate, SAMPLE_RATE, quality="HQ")
        level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        levelled: Samples = np.clip(samples * (_LEVEL / max(level, 1e-6)), -0.99, 0.99)
        return levelled.astype(np.float32)

    def _segment(self, run: VoicedRun, voice: Voice) -> Samples:
        name = f"{run.voice}+{voice.variant}"
        # espeak-ng itself takes the plain voice for a variant that it does not know.
        if (
            voice.variant not in self._variants
            or self._library.espeak_SetVoiceByName(name.encode()) != 0
        ):
            raise SpeechError(f"espeak-ng has no voice {name}")
        for parameter, value in (
            (_RATE, voice.words_per_minute),
            (_PITCH, voice.pitch),
            (_PITCH_RANGE, voice.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        # Of another speaker, gone by now, the library may still have the callback.
        self._library.espeak_SetSynthCallback(self._callback)
        encoded = run.text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _UTF8, None, None)
        if not self._pieces:
            raise SpeechError(f"espeak-ng says nothing for {run.text!r} with voice {name}")
        samples = np.concatenate(self._pieces).astype(np.float32) / np.float32(32768)
        return _trimmed(samples)

    def _receive(self, wave: Any, count: int, _events: Any) -> int:  # noqa: ANN401  (C pointers)
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0


def _trimmed(samples: Samples) -> Samples:
    """Without the silence at both ends, but for a short edge."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    if len(loud) == 0:
        return samples
    return samples[max(loud[0] - _EDGE_SAMPLES, 0) : loud[-1] + _EDGE_SAMPLES]


def _cross_faded(segments: list[Samples]) -> Samples:
    joined = segments[0]
    for segment in segments[1:]:
        overlap = min(_JOIN_SAMPLES, len(joined), len(segment))
        fade = np.linspace(0, 1, overlap, dtype=np.float32)
        bridge = joined[len(joined) - overlap :] * (1 - fade) + segment[:overlap] * fade
        joined = np.concatenate([joined[: len(joined) - overlap], bridge, segment[overlap:]])
    return joined
