"""The probe clips of an artifact that is about to be registered."""

import logging
from pathlib import Path
from typing import Final

from ovoz.engine.artifact.probes import ProbeClip, read_probes, write_probes
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.text.pack import load_pack

_SEED: Final = 0
_LOG: Final = logging.getLogger(__name__)


def add_probes(directory: Path) -> None:
    """Have the artifact in ``directory`` read synthetic speech, and keep what it writes in it.

    It hears a prompt in each language of its pack; whether it knows the words does not matter.
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
    pack = load_pack(read_description(directory, verify=False).pack)
    sentences = [pack.canonical(prompts[0]) for prompts in pack.prompts.values()]
    clips = [speaker.say(sentence, voice, pack) for sentence in sentences]
    write_probes(directory, [ProbeClip(clip, "") for clip in clips])
    stored = [probe.samples for probe in read_probes(directory)]  # 16 bits, as they are read later
    written = load_engine(directory).transcribe(stored)
    write_probes(
        directory,
        [
            ProbeClip(clip, one.text, said)
            for clip, one, said in zip(clips, written, sentences, strict=True)
        ],
    )
