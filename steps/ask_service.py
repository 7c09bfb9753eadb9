"""A question to the packaged service: clips that training never heard."""

from typing import Annotated

from pydantic import BaseModel
from zenml import step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.text.language import Language
from ovoz.text.pack import load_pack
from ovoz.workspace import Workspace
from steps.code import depends_on


class ServedAnswer(BaseModel):
    """What the service wrote for a held-out clip, and its reference transcript."""

    language: Language
    reference: str
    reference_languages: list[Language]
    hypothesis: str
    hypothesis_languages: list[Language]
    processing_ms: float


class ServedAnswers(BaseModel):
    """One answer per language."""

    answers: list[ServedAnswer]


@step(cache_policy=depends_on(__name__))  # a Bento's tag is a digest of what is in it
def ask_service(bento: str, dataset: Dataset, pack: str) -> Annotated[ServedAnswers, "answers"]:
    """Start the Bento on loopback, post one held-out clip of each language, stop it."""
    from bentos.asr.smoke import serve_and_ask

    label = load_pack(pack).transcript_languages
    clips = dataset.first_of_each_language(Split.TEST)
    answers = serve_and_ask(
        bento, [dataset.audio_path(clip) for clip in clips], Workspace().bentoml
    )
    return ServedAnswers(
        answers=[
            ServedAnswer(
                language=clip.languages,
                reference=clip.text,
                reference_languages=label(clip.text.split()),
                hypothesis=answer.text,
                hypothesis_languages=[word.language for word in answer.words or ()],
                processing_ms=answer.processing_ms,
            )
            for clip, answer in zip(clips, answers, strict=True)
        ]
    )
