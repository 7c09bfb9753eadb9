"""The model card that travels with an artifact (Mitchell et al., "Model cards", 2019)."""

from ovoz.engine.description import GateRecord, ModelDescription

_USE = (
    "## Intended use",
    "",
    "Transcribing Uzbek, Russian and speech that switches between them. Not for identifying"
    " people, and not for decisions about them without a person who reads along.",
    "",
    "## Limits",
    "",
    "The figures hold for speech like that of the test split, and for nothing else. Words may be"
    " written where nobody speaks. Data, their licences and consent are in the corpus manifest of"
    " the data version above.",
    "",
)


def render_card(description: ModelDescription) -> str:
    """Model card in Markdown."""
    return "\n".join(
        [
            f"# {description.name}",
            "",
            f"Speech recognition, language pack `{description.pack}`."
            f" Trained on: **{description.training_data}**.",
            "",
            f"- version: `{description.model_version}`,"
            f" made {description.created_at:%Y-%m-%d %H:%M} UTC",
            f"- engine: {description.engine.value}, {description.precision.value};"
            f" decoder: {description.decoder.kind.value}, beam {description.decoder.beam}",
            f"- input: mono {description.sample_rate} Hz; a result every"
            f" {1000 * description.frame_s:.0f} ms",
            f"- code `{description.versions.code}`, data `{description.versions.data}`,"
            f" normalizer `{description.versions.normalizer}`",
            "",
            *_USE,
            *_metrics(description),
            *_gates(description.gates),
        ]
    )


def _metrics(description: ModelDescription) -> list[str]:
    if not description.metrics:
        return ["Not evaluated yet.", ""]
    rows = [f"| {name} | {value:.4f} |" for name, value in sorted(description.metrics.items())]
    title = f"## Metrics on the test split ({description.training_data})"
    return [title, "", "| metric | value |", "| --- | --- |", *rows, ""]


def _gates(gates: tuple[GateRecord, ...]) -> list[str]:
    if not gates:
        return []
    rows = [
        f"| {gate.metric} | {gate.value:.4f} | {gate.limit:.4f} |"
        f" {'passed' if gate.passed else 'FAILED'} |"
        for gate in gates
    ]
    return [
        "## Quality gates",
        "",
        "| metric | value | limit | |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
    ]
