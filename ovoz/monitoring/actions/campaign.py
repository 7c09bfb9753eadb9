"""Which speech to ask for after a change: campaigns for the collector."""

from collections.abc import Iterator
from typing import Final

from ovoz.corpus.wanted import WantedSpeech
from ovoz.monitoring.actions.finding import DriftFinding
from ovoz.monitoring.causes import Cause
from ovoz.text.language import Language

_TITLES: Final = {
    "bandwidth_hz": "Recordings over the telephone",
    "snr_db": "Recordings in the street, in a car or among people",
    "clipped_ratio": "Recordings close to the microphone, in a loud voice",
    "rms_dbfs": "Recordings from near and far",
}
_PROMPTS: Final = tuple(one.value for one in Language)


def plan_campaigns(findings: tuple[DriftFinding, ...], clips: int) -> list[WantedSpeech]:
    """One campaign for each kind of speech that is missing; of so many accepted clips each."""
    found = [one for finding in findings for one in _plan(finding, clips)]
    return list({(one.title, one.language, one.dialect): one for one in found}.values())


def _plan(finding: DriftFinding, clips: int) -> Iterator[WantedSpeech]:
    language = next((name for name in finding.languages if name in _PROMPTS), "")
    if finding.cause is Cause.LANGUAGE:
        yield from _plan_languages(finding, clips, language)
        return
    column = next((name for name in finding.columns if name in _TITLES), "")
    title = _TITLES.get(column, "Speech of your own, as you would say it to the service")
    yield WantedSpeech(title=title, target=clips, language=language, why=finding.told)


def _plan_languages(finding: DriftFinding, clips: int, language: str) -> Iterator[WantedSpeech]:
    for dialect in finding.dialects:
        yield WantedSpeech(
            title=f"Speech of {dialect.value.capitalize()}",
            target=clips,
            dialect=dialect,
            why=finding.told,
        )
    if finding.changes_mixing:
        yield WantedSpeech(
            title="Speech that mixes languages",
            target=clips,
            language=Language.MIXED.value,
            why=finding.told,
        )
    if finding.changes_languages:
        yield WantedSpeech(
            title="Speech of every day", target=clips, language=language, why=finding.told
        )
