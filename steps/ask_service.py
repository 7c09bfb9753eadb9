"""Ask the packaged service to transcribe clips that training never heard."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from zenml import step

from ovoz.corpus.dataset import CorpusVersion
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.text.language import Language


class ServedAnswer(BaseModel):
    """What the service wrote for a held-out clip, beside what was said."""

    language: Language
    reference: str
    hypothesis: str
    processing_ms: float


class ServedAnswers(BaseModel):
    """One answer a language."""

    answers: list[ServedAnswer]


@step(enable_cache=False)
def smoke_test(
    bento: str, corpus: CorpusVersion, accepted: Path
) -> Annotated[ServedAnswers, "answers"]:
    """Start the Bento on loopback, post one held-out clip of each language, stop it."""
    from bentos.asr.smoke import serve_and_ask

    rows = read_manifest(accepted / "manifest.parquet")
    test = [row for row in rows if row.split is Split.TEST]
    languages = dict.fromkeys(row.languages for row in test)
    clips = [next(row for row in test if row.languages is one) for one in languages]
    answers = serve_and_ask(
        bento, [Path(corpus.folder) / clip.audio for clip in clips], Path(".ovoz/bentoml")
    )
    return ServedAnswers(
        answers=[
            ServedAnswer(
                language=clip.languages,
                reference=clip.text,
                hypothesis=answer.text,
                processing_ms=answer.processing_ms,
            )
            for clip, answer in zip(clips, answers, strict=True)
        ]
    )
