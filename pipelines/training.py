"""Training: curriculum, gates, exports, the choice among them, gates again, registration."""

from typing import Any

from zenml import pipeline

from ovoz.corpus.sounds import digest_sounds
from ovoz.profile import Profile
from pipelines.data import data
from pipelines.judging import report_and_gate
from steps.check_gates import check_gates
from steps.choose_export import choose_export
from steps.evaluate import evaluate_artifact, evaluate_checkpoint
from steps.export_model import export_model
from steps.gate import gate
from steps.language_models import language_models
from steps.register_model import register_model
from steps.train_stage import train_stage
from steps.tune_decoder import tune_decoder


@pipeline
def training(profile: Profile) -> Any:
    """From the corpus to a registered candidate, or to a table of what fell short."""
    dataset, noisy_test = data(profile)
    checked = check_gates(
        dataset=dataset,
        noisy_test=noisy_test,
        config=profile.gates,
        evaluation=profile.evaluation,
        pack=profile.pack,
    )
    checkpoint, course = _curriculum(profile, dataset=dataset, after=[checked])
    what: dict[str, Any] = {"pack": profile.pack, "training_data": profile.training_data}
    decoding = _decoding(profile, dataset=dataset, checkpoint=checkpoint)
    trained = evaluate_checkpoint(
        checkpoint=checkpoint, dataset=dataset, noisy_test=noisy_test, **decoding, **what
    )
    met = gate(evaluation=trained, config=profile.gates, pack=profile.pack, id="gate_trained")
    exported = export_model(
        checkpoint=checkpoint,
        name=profile.name,
        export=profile.export,
        second_reader=profile.second_reader,
        dataset=dataset,
        **decoding,
        **what,
        after=[met],
    )
    chosen, _ = choose_export(
        exported=exported, checkpoint=checkpoint, dataset=dataset, export=profile.export
    )
    served = evaluate_artifact(
        artifact=chosen,
        trained=trained,
        dataset=dataset,
        noisy_test=noisy_test,
        config=profile.evaluation,
    )
    verdict = report_and_gate(profile, "exported", served, course=course)
    return register_model(
        exported=chosen,
        evaluation=served,
        verdict=verdict,
        registry=profile.registry,
        dataset=dataset,
        course=course,
        profile=profile,
    )


def _curriculum(profile: Profile, **on: Any) -> tuple[Any, Any]:
    """The checkpoint of the last stage, and the course of all of them."""
    checkpoint = course = None
    for stage in profile.training.stages:
        checkpoint, _, course = train_stage(
            **on,
            stage=stage.name,
            config=profile.training,
            pack=profile.pack,
            tracking=profile.registry,
            sounds=profile.sounds,
            digest=digest_sounds(profile.sounds) if stage.uses_sounds else "",
            init=checkpoint,
            earlier=course,
            id=f"train_{stage.name.replace('-', '_')}",
        )
    return checkpoint, course


def _decoding(profile: Profile, dataset: Any, checkpoint: Any) -> dict[str, Any]:
    """The decoder, tuned where the profile asks for it, and its language models."""
    models = language_models(
        dataset=dataset,
        ngrams=profile.language_model.ngrams,
        text=list(profile.language_model.text),
        digests=[file.sha256() for file in profile.language_model.text],
        pack=profile.pack,
    )
    if profile.decoder_tuning is None:
        return {"decoder": profile.decoder, "language_models": models}
    tuned = tune_decoder(
        checkpoint=checkpoint,
        dataset=dataset,
        language_models=models,
        decoder=profile.decoder,
        tuning=profile.decoder_tuning,
    )
    return {"decoder": tuned, "language_models": models}
