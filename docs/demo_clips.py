"""Speak the clips that the page plays for visitors without a microphone: synthetic, so nobody's.

``python docs/demo_clips.py`` writes them as Opus; what espeak-ng speaks is committed under CC0.
"""

from pathlib import Path
from typing import Final

import av
import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import Voice

FOLDER: Final = Path(__file__).parents[1] / "ovoz/serving/web/static/clips"
CLIPS: Final = {
    "uz": "assalomu alaykum bugun yangi karta olmoqchi edim",
    "ru": "здравствуйте мне нужна новая карта для оплаты",
    "mixed": "assalomu alaykum мой заказni qachon olib kelasiz",
}
VOICE: Final = Voice("Andrea", pitch=50, pitch_range=50, words_per_minute=150)
_BITS_PER_S: Final = 24_000


def write_opus(file: Path, samples: Samples) -> None:
    """Write mono samples at 16 kHz as Opus in Ogg."""
    with av.open(str(file), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = _BITS_PER_S
        whole = np.round(samples * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def main() -> None:
    """Write all clips."""
    speaker = Speaker()
    FOLDER.mkdir(exist_ok=True)
    for name, text in CLIPS.items():
        samples = speaker.say(text, VOICE)
        write_opus(FOLDER / f"{name}.opus", samples)


if __name__ == "__main__":
    main()
