"""The model card that travels with an artifact (Mitchell et al., "Model cards", 2019)."""

from ovoz.engine.artifact.description import DataSource, GateRecord, ModelDescription
from ovoz.text.pack import load_pack

_USE = (
    "Not for identifying people, and not for decisions about them without a person who reads"
    " along.",
    "",
    "## Limits",
    "",
    "The figures hold for speech like that of the test split, and for nothing else. Words may be"
    " written where nobody speaks. A dialect that is not among the slices below was not tested.",
    "",
)


_OF_A_SLICE = ("wer", "cer", "language_accuracy")


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
            *_second_reader(description),
            *_imported(description),
            f"- input: mono {description.sample_rate} Hz; a result every"
            f" {1000 * description.frame_s:.0f} ms",
            f"- code `{description.versions.code}`, data `{description.versions.data}`,"
            f" normalizer `{description.versions.normalizer}`",
            "",
            "## Intended use",
            "",
            f"Transcribing speech: {load_pack(description.pack).config.title}.",
            *_USE,
            *_data(description.data),
            *_metrics(description),
            *_slices(description.slices),
            *_gates(description.gates),
        ]
    )


def _second_reader(description: ModelDescription) -> list[str]:
    second = description.second_reader
    return [f"- second reader: {second.base_model}, for {second.language.value}"] if second else []


def _imported(description: ModelDescription) -> list[str]:
    if description.imported is None:
        return []
    cannot = ", ".join(description.cannot) or "nothing that others can"
    return [f"- imported: {description.imported.source}, {description.imported.kind.value};"
            f" cannot do: {cannot}"]  # fmt: skip


def _metrics(description: ModelDescription) -> list[str]:
    if not description.metrics:
        return ["Not evaluated yet.", ""]
    rows = [f"| {name} | {value:.4f} |" for name, value in sorted(description.metrics.items())]
    title = f"## Metrics on the test split ({description.training_data})"
    on = [f"Measured on {description.measured_on}.", ""] if description.measured_on else []
    return [title, "", *on, "| metric | value |", "| --- | --- |", *rows, ""]


def _data(sources: tuple[DataSource, ...]) -> list[str]:
    if not sources:
        return []
    rows = [
        f"| {one.source} | {one.utterances:,} | {one.hours:.1f} | {one.licence} | {one.consent} |"
        for one in sources
    ]
    return [
        "## Training data",
        "",
        "| source | utterances | hours | licence | consent |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def _slices(slices: dict[str, dict[str, float]]) -> list[str]:
    if not slices:
        return []
    rows = [
        f"| {name} | {figures['utterances']:.0f} |"
        + "".join(f" {figures[one]:.4f} |" if one in figures else " – |" for one in _OF_A_SLICE)
        for name, figures in slices.items()
    ]
    return [
        "## By language, dialect and condition",
        "",
        f"| slice | clips | {' | '.join(_OF_A_SLICE)} |",
        "| --- | --- |" + " --- |" * len(_OF_A_SLICE),
        *rows,
        "",
    ]


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
