"""The model card that travels with an artifact (Mitchell et al., "Model cards", 2019)."""

from ovoz.engine.description import GateRecord, ModelDescription


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
