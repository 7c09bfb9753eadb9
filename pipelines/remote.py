"""What a run needs to know where its steps are pods: an image, and what each step asks for."""

from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zenml.config import ResourceSettings
    from zenml.pipelines.pipeline_definition import Pipeline

    from ovoz.profile import Profile, RemoteConfig, StepResources


def _as_settings(resources: "StepResources", flavor: str) -> "ResourceSettings":
    """What a step asks for in ZenML's words, for an orchestrator of that flavor."""
    from zenml.config import ResourceSettings

    if flavor == "kubeflow":
        # ZenML 0.98 hands Kubeflow the memory as a number, which Kubeflow refuses, and loses
        # the kind of GPU on the way, without which it asks for none.
        return ResourceSettings(cpu_count=resources.cpus)
    return ResourceSettings(
        cpu_count=resources.cpus, gpu_count=resources.gpus, memory=resources.memory
    )


def on_stack(pipeline: "Pipeline", profile: "Profile", remote: "RemoteConfig | None") -> "Pipeline":
    """``pipeline`` as the steps of the active stack need it; itself where they need nothing."""
    if remote is None:
        return pipeline
    from zenml.client import Client
    from zenml.config import DockerSettings
    from zenml.enums import StackComponentType

    orchestrator = Client().active_stack_model.components[StackComponentType.ORCHESTRATOR][0]
    planned = pipeline.with_options()
    planned.prepare(profile)
    steps = {
        step: {"settings": {"resources": _as_settings(resources, orchestrator.flavor_name)}}
        for pattern, resources in remote.resources.items()
        for step in planned.invocations
        if fnmatch(step, pattern)
    }
    # The image holds the code: nothing is built, and what runs is what was released.
    image = DockerSettings(
        parent_image=remote.image, skip_build=True, allow_download_from_artifact_store=False
    )
    return pipeline.with_options(settings={"docker": image}, steps=steps)
