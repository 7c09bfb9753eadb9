"""The probe clips of an artifact that is about to be registered."""

import logging
from pathlib import Path
from typing import Final

from ovoz.engine.artifact.probes import ProbeClip, read_probes, write_probes
from ovoz.engine.load import load_engine

SENTENCES: Final = (
    "salom bugun bankka bordim",
    "добрый день какой у меня баланс",
    "kartamni заблокировать qilish kerak",
)
"""Uzbek, Russian and both; whether a model knows the words does not matter."""
_SEED: Final = 0
_LOG: Final = logging.getLogger(__name__)


def add_probes(directory: Path) -> None:
    """Have the artifact in ``directory`` read synthetic speech, and keep what it writes in it.

    An artifact made without the training extra, whose synthesizer speaks them, has no probe clips.

    Raises:
        ArtifactError: The artifact is missing or damaged.
    """
    try:
        from ovoz.corpus.synthetic.speech import Speaker
        from ovoz.corpus.synthetic.voices import cast
    except ModuleNotFoundError as error:
        _LOG.warning("the artifact gets no probe clips: %s", error)
        return
    ((voice,),) = cast(_SEED, 1)
    speaker = Speaker()
    clips = [speaker.say(sentence, voice) for sentence in SENTENCES]
    write_probes(directory, [ProbeClip(clip, "") for clip in clips])
    stored = [probe.samples for probe in read_probes(directory)]  # 16 bits, as they are read later
    written = load_engine(directory).transcribe(stored)
    write_probes(
        directory,
        [
            ProbeClip(clip, one.text, said)
            for clip, one, said in zip(clips, written, SENTENCES, strict=True)
        ],
    )
