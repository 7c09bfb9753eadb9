"""``ovoz import-model``: a model that others trained becomes a candidate."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop
from ovoz.workspace import Workspace


def import_model(
    folder: Annotated[Path, typer.Argument(help="Whisper, wav2vec2, or what onnx-asr reads.")],
    training_data: Annotated[
        str, typer.Option(help="What it was trained on, in words; shown wherever figures are.")
    ],
    name: Annotated[str, typer.Option(help="Its name here; by default that of the folder.")] = "",
    pack: Annotated[str, typer.Option(help="Language pack.")] = "uz-ru",
    language: Annotated[
        str, typer.Option(help="Whisper alone: the language that it is to write.")
    ] = "uz",
    onnx_asr: Annotated[
        str,
        typer.Option(help="For onnx-asr: the model or its type, such as gigaam-v3-ctc or vosk."),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the artifact there, and do not register it.")
    ] = None,
) -> None:
    """Make an artifact of a model that others trained, and register it as the candidate.

    `ovoz promote` judges it by the gates as it does every version.
    """
    from ovoz.cli.settings import registry_settings
    from ovoz.code_closure import digest_code, find_code_closure
    from ovoz.engine.artifact.description import ModelIdentity, Versions
    from ovoz.engine.artifact.storage import read_description, seal
    from ovoz.engine.export.importing import ImportOptions
    from ovoz.engine.export.importing import import_model as write_artifact
    from ovoz.evaluation.probes import add_probes
    from ovoz.registry.registry import Registry
    from ovoz.registry.revisions import read_revisions
    from ovoz.registry.version import RegistryError

    revisions = read_revisions(Workspace())
    name = name or folder.resolve().name
    place = out or Workspace().imported / name
    try:
        versions = Versions(
            code=revisions.code,
            data="",
            normalizer=digest_code(find_code_closure("ovoz.text.pack"))[:12],
        )
        identity = ModelIdentity(
            name=name, pack=pack, versions=versions, training_data=training_data
        )
        write_artifact(folder, place, identity, ImportOptions(language, onnx_asr))
        add_probes(place)
        description = seal(place, read_description(place, verify=False))
        Console().print(f"{description.model_version} in {place}", soft_wrap=True)
        if description.cannot:
            Console().print(f"it cannot do: {', '.join(description.cannot)}")
        if out is None:
            registered = Registry(registry_settings()).register(
                place, {"code_version": versions.code, "data_version": versions.data}
            )
            Console().print(f"version {registered.version} is the candidate")
    except (ModuleNotFoundError, OSError, RegistryError, ValueError) as error:
        stop(error)
