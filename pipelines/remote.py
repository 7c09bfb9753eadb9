"""What a run needs to know where its steps are pods: an image, and what each step asks for."""

from fnmatch import fnmatch
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from zenml.config import ResourceSettings
    from zenml.pipelines import Pipeline

    from pipelines.profile import Profile


class StepResources(BaseModel):
    """What the pod of a step asks for; ``memory`` as ZenML writes it, such as ``16GB``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpus: float | None = Field(default=None, gt=0)
    gpus: int | None = Field(default=None, ge=0)
    memory: str | None = Field(default=None, pattern=r"^[0-9]+(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")

    def as_settings(self, flavor: str) -> "ResourceSettings":
        """The same in ZenML's words, for an orchestrator of that flavor."""
        from zenml.config import ResourceSettings

        if flavor == "kubeflow":
            # ZenML 0.98 hands Kubeflow the memory as a number, which Kubeflow refuses, and loses
            # the kind of GPU on the way, without which it asks for none.
            return ResourceSettings(cpu_count=self.cpus)
        return ResourceSettings(cpu_count=self.cpus, gpu_count=self.gpus, memory=self.memory)


class RemoteConfig(BaseModel):
    """``image`` holds this project (``deploy/zenml/Dockerfile``); ``resources`` by step.

    Steps are named as a run shows them, ``*`` stands for anything: ``train_*``. A later entry
    overrides an earlier one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    resources: dict[str, StepResources] = {}


def on_stack(pipeline: "Pipeline", profile: "Profile", remote: RemoteConfig | None) -> "Pipeline":
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
        step: {"settings": {"resources": resources.as_settings(orchestrator.flavor_name)}}
        for pattern, resources in remote.resources.items()
        for step in planned.invocations
        if fnmatch(step, pattern)
    }
    # The image holds the code: nothing is built, and what runs is what was released.
    image = DockerSettings(
        parent_image=remote.image, skip_build=True, allow_download_from_artifact_store=False
    )
    return pipeline.with_options(settings={"docker": image}, steps=steps)
