"""Sentences of text files, spoken by espeak-ng: many words that no recording has.

A pretrained encoder knows sounds; what a small corpus of read prompts lacks is other sentences.
Synthetic speech of plain text adds them. All of it is for training.
"""

import hashlib
import json
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.manifest import MANIFEST_FILE, ManifestError, Split
from ovoz.corpus.plain_text import TextError, TextFiles, read_plain_text
from ovoz.corpus.synthetic.generate import is_complete, write_corpus
from ovoz.corpus.synthetic.plan import PlannedUtterance
from ovoz.corpus.synthetic.voices import cast
from ovoz.progress import ProgressCallback
from ovoz.text.language import utterance_language
from ovoz.text.pack import DEFAULT_PACK, load_pack


class SpokenTextConfig(BaseModel):
    """Which sentences are spoken, and by how many voices.

    ``utterances`` sentences of ``words`` words (least and most) are drawn from ``text``, by
    ``seed``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["spoken_text"] = "spoken_text"
    pack: str = DEFAULT_PACK
    text: TextFiles = Field(min_length=1)
    utterances: int = Field(default=3000, ge=1)
    words: tuple[int, int] = (4, 12)
    voices: int = Field(default=60, ge=1)
    seed: int = 1


def speak_text(
    config: SpokenTextConfig, folder: Path, progress: ProgressCallback | None = None
) -> Path:
    """Speak sentences into ``folder``; returns at once when they are there already.

    Args:
        config: What is spoken.
        folder: Becomes ``audio/train/<id>.flac``, ``manifest.parquet`` and ``corpus.json``.
        progress: Called with the number of utterances done and of all.

    Returns:
        The manifest's path.

    Raises:
        ManifestError: A text cannot be read, or has too few sentences.
        SpeechError: espeak-ng fails.
        OSError: The disk is full or the folder cannot be written.
    """
    digests = [file.sha256() for file in config.text]
    settings = config.model_dump(mode="json", exclude={"text"})
    told = json.dumps([settings, digests, digest_code(find_code_closure(__name__))])
    fingerprint = hashlib.sha256(told.encode()).hexdigest()
    if not is_complete(folder, fingerprint):
        record = {"fingerprint": fingerprint, "config": settings, "text": digests}
        write_corpus(_plan(config), record, folder, config.pack, progress)
    return folder / MANIFEST_FILE


def _plan(config: SpokenTextConfig) -> list[PlannedUtterance]:
    sentences = _read_sentences(config)
    if len(sentences) < config.utterances:
        raise ManifestError(
            f"spoken_text: {config.utterances} utterances are wanted, and the text has"
            f" {len(sentences)} different sentences of {config.words[0]} to {config.words[1]} words"
        )
    label = load_pack(config.pack).transcript_languages
    rng = np.random.default_rng(config.seed)
    (voices,) = cast(config.seed, config.voices)
    chosen = sorted(rng.permutation(len(sentences))[: config.utterances].tolist())
    return [
        PlannedUtterance(
            id=f"spoken-{hashlib.sha256(text.encode()).hexdigest()[:12]}",
            split=Split.TRAIN,
            text=text,
            transcript=text,
            language=utterance_language(text.split(), label),
            voice=voices[int(rng.integers(len(voices)))],
        )
        for text in (sentences[place] for place in chosen)
    ]


def _read_sentences(config: SpokenTextConfig) -> list[str]:
    """Canonical sentences of the wanted length, each once, in the order of the files."""
    pack, (least, most) = load_pack(config.pack), config.words
    try:
        texts = [read_plain_text(file, (), pack) for file in config.text]
    except TextError as error:
        raise ManifestError(str(error)) from error
    known = dict.fromkeys(sentence for text in texts for sentence in text.sentences)
    return [sentence for sentence in known if least <= len(sentence.split()) <= most]
