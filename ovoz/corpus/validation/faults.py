"""What can be wrong with a row, said in words; an empty string says that nothing is."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from ovoz.audio.measures import Measures
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.normal_form import normalize_name
from ovoz.corpus.splits import Unseen
from ovoz.corpus.validation.config import CheckName
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

_NAMES: Final = ("id", "speaker")
_SHARES: Final = ("clipped_ratio", "speech_ratio")
_TOLERANCES: Final = {
    "snr_db": 3.0,
    "rms_dbfs": 0.5,
    "clipped_ratio": 0.01,
    "bandwidth_hz": 500.0,
    "speech_ratio": 0.05,
}
_QUIET_SNR_DB: Final = 60.0
"""Above it the noise is that of rounding, which every copy of a recording has anew."""


_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_TRAINED: Final = {Split.TRAIN.value}
_HELD_OUT: Final = {split.value for split in Split} - _TRAINED


def schema_fault(record: dict[Any, Any]) -> str:
    """What breaks the schema of :class:`~ovoz.corpus.manifest.Utterance`."""
    try:
        row = Utterance.model_validate(record)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return f"the row breaks the schema: {'; '.join(faults)}"
    blank = [f"{name} is blank" for name in _NAMES if not getattr(row, name).strip()]
    figures = {name: value for name, value in row if isinstance(value, float)}
    faults = blank + [
        f"{name} is {value}" for name, value in figures.items() if not math.isfinite(value)
    ]
    faults += [f"{name} is {figures[name]}" for name in _SHARES if not 0 <= figures[name] <= 1]
    return f"the row breaks the schema: {'; '.join(faults)}" if faults else ""


def measures_fault(record: dict[Any, Any], measures: Measures) -> str:
    """Which figures of the manifest are not those of the audio."""
    faults = []
    for name, tolerance in _TOLERANCES.items():
        stated, measured = record[name], getattr(measures, name)
        if not isinstance(stated, float | int) or not math.isfinite(stated):
            continue  # the schema check's matter
        if name == "snr_db":
            stated, measured = min(stated, _QUIET_SNR_DB), min(measured, _QUIET_SNR_DB)
        if abs(stated - measured) > tolerance:
            faults.append(f"{name} is {measured:.3g}, the manifest says {stated:.3g}")
    return "; ".join(faults)


def voice_fault(text: str, voiced_s: float | None, most: float) -> str:
    """Whether nobody speaks, or too short a time for the text; ``most`` in characters a second."""
    if voiced_s is None:
        return ""
    if voiced_s == 0:
        return "nobody speaks in it: noise, a tone or music"
    pace = len(text) / voiced_s
    return f"{len(text)} characters in {voiced_s:.1f} s of speech" if pace > most else ""


def loss_fault(lost_s: float, duration_s: float, most: float) -> str:
    """Whether a share of the recording over ``most`` is missing from its file."""
    stated_s = duration_s + lost_s
    if not lost_s > most * stated_s:
        return ""
    return f"the file is cut short: {duration_s:.2f} s of {stated_s:.2f} s could be decoded"


def alphabet_faults(texts: Iterable[str], pack: str) -> list[str]:
    """Which symbols the language pack does not have, for each text."""
    symbols = "".join(re.escape(symbol) for symbol in load_pack(pack).alphabet)
    foreign = re.compile(f"[^{symbols}]")
    faults = []
    for text in texts:
        found = sorted(set(foreign.findall(text)))
        faults.append(f"the text holds {' '.join(map(repr, found))}" if found else "")
    return faults


def language_fault(text: str, language: str, pack: str) -> str:
    """Whether the row's language is another than its words'."""
    found = utterance_language(text.split(), load_pack(pack).transcript_languages).value
    return (
        ""
        if found == language or not text.strip()
        else f"the words are {found}, the manifest says {language}"
    )


def script_fault(text: str) -> str:
    """Words that change between Latin and Cyrillic more than once.

    A stem with a suffix of the other language changes once (``заказni``); a look-alike letter in
    the middle of a word changes twice.
    """
    if not (_LATIN.search(text) and _CYRILLIC.search(text)):
        return ""
    found = [word for word in re.split(r"[\s-]+", text) if _changes(word) > 1]
    return f"alphabets are shuffled in {', '.join(found)}" if found else ""


def _changes(word: str) -> int:
    scripts = [unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()]
    # The Uzbek apostrophe is a letter of no script.
    scripts = [script for script in scripts if script in {"LATIN", "CYRILLIC"}]
    return sum(one != after for one, after in pairwise(scripts))


def overlap_faults(
    table: pd.DataFrame, pack: str, unseen: Mapping[Split, frozenset[Unseen]]
) -> dict[CheckName, list[str]]:
    """Speakers and sentences of one split that another one has too, with the row that has them.

    Between training and a held-out split the training row is the one at fault: the tests stay, so
    that their figures mean the same whatever is trained on; ``unseen`` says which of the two each
    split forbids. Sentences are compared as the language
    pack writes them, so that another alphabet or apostrophe hides none.
    """
    speakers = [normalize_name(speaker) for speaker in table["speaker"]]
    sentences = _sentences(table, pack)
    splits = table["split"].tolist()
    dev, tests = {Split.DEV.value}, _HELD_OUT - {Split.DEV.value}
    of_speakers, of_sentences = (
        {split.value for split, rule in unseen.items() if what in rule} for what in Unseen
    )
    return {
        CheckName.SPEAKER_LEAK: _shared(speakers, splits, _TRAINED, of_speakers, "speaker"),
        CheckName.SENTENCE_LEAK: _shared(sentences, splits, _TRAINED, of_sentences, "sentence"),
        CheckName.DEV_OVERLAP: [
            "; ".join(filter(None, found))
            for found in zip(
                _shared(speakers, splits, tests, dev, "speaker"),
                _shared(sentences, splits, tests, dev, "sentence"),
                strict=True,
            )
        ],
    }


def repetition_faults(table: pd.DataFrame, pack: str, most: int | None) -> list[str]:
    """Training rows whose sentence ``most`` earlier ones have already; None allows any number."""
    if most is None:
        return [""] * len(table)
    seen: Counter[str] = Counter()
    faults = []
    for text, split in zip(_sentences(table, pack), table["split"], strict=True):
        sentence = text if split in _TRAINED else ""
        seen[sentence] += 1
        over = sentence and seen[sentence] > most
        faults.append(f"its sentence is in {seen[sentence] - 1} earlier rows" if over else "")
    return faults


def _sentences(table: pd.DataFrame, pack: str) -> list[str]:
    canonical = load_pack(pack).canonical
    # A text without a word that the pack knows is still itself.
    written = {text: canonical(text) or normalize_name(text) for text in table["text"].unique()}
    return [written[text] for text in table["text"]]


def _shared(
    values: list[str],
    splits: list[str],
    checked: AbstractSet[str],
    owners: AbstractSet[str],
    what: str,
) -> list[str]:
    """For rows of the ``checked`` splits: whether one of the ``owners`` has their value too."""
    first: dict[str, int] = {}
    for row, (value, split) in enumerate(zip(values, splits, strict=True)):
        if split in owners and value:
            first.setdefault(value, row)
    return [
        f"its {what} is in the {splits[first[value]]} split too (row {first[value]})"
        if split in checked and value in first
        else ""
        for value, split in zip(values, splits, strict=True)
    ]
