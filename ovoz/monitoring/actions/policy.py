"""The policy of actions: which of them follow an alarm, how soon and how often. One YAML file."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from ovoz.audio.signal import Seconds
from ovoz.monitoring.causes import Cause
from ovoz.strict_yaml import one_line_faults, read_yaml

_LONGEST_S: Final = 300.0
_OF_SPEECH: Final = tuple(cause for cause in Cause if cause is not Cause.CALLERS)
"""Changes that other recordings may mend; one caller who dominates is none of them."""


class PolicySection(BaseModel):
    """Settings of a policy: frozen, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Action(PolicySection):
    """What all actions have.

    Attributes:
        causes: Only changes of these kinds are acted upon.
        minimum_distance: Only features that changed by so much, 0 to 1.
        after_days: Days that the alarm must have stood.
        cool_down_days: Days until the same action follows again.
    """

    causes: tuple[Cause, ...] = tuple(Cause)
    minimum_distance: float = Field(default=0.0, ge=0, le=1)
    after_days: int = Field(default=0, ge=0)
    cool_down_days: int = Field(default=7, ge=1)


class WarnAction(_Action):
    """A line on standard error, for whoever reads what a scheduler sends."""

    do: Literal["warn"]

    @property
    def key(self) -> str:
        """What tells it from the others in the audit trail."""
        return self.do


class GitHubAction(_Action):
    """An issue in a repository of GitHub; an open one of the same title is left as it is.

    Attributes:
        repository: ``owner/name``.
        token_env: The variable with a token that may write issues.
        label: Of the issue.
        api: Address of the API, of GitHub Enterprise too.
        deadline_s: Seconds for all of it.
    """

    do: Literal["github-issue"]
    repository: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$")
    token_env: str = "GITHUB_TOKEN"  # noqa: S105  (the name of a variable)
    label: str = "drift"
    api: HttpUrl = HttpUrl("https://api.github.com")
    deadline_s: Seconds = Field(default=20.0, gt=0, le=_LONGEST_S)

    @property
    def key(self) -> str:
        """What tells it from the others in the audit trail."""
        return f"{self.do} {self.repository}"


class WebhookAction(_Action):
    """The alarm as JSON, to any receiver.

    Attributes:
        url_env: The variable with the address; addresses of webhooks are secrets.
        token_env: The variable with a bearer token; none where it is empty.
        deadline_s: Seconds for all of it.
    """

    do: Literal["webhook"]
    url_env: str
    token_env: str = ""
    deadline_s: Seconds = Field(default=20.0, gt=0, le=_LONGEST_S)

    @property
    def key(self) -> str:
        """What tells it from the others in the audit trail."""
        return f"{self.do} {self.url_env}"


class CollectAction(_Action):
    """A file of wanted speech, which the collector opens campaigns from.

    Attributes:
        file: Written anew each time (YAML).
        clips: Accepted clips that each campaign wants.
    """

    do: Literal["collect"]
    causes: tuple[Cause, ...] = _OF_SPEECH
    file: Path
    clips: int = Field(default=200, ge=1)

    @property
    def key(self) -> str:
        """What tells it from the others in the audit trail."""
        return f"{self.do} {self.file}"


class TrainAction(_Action):
    """A training with what changed weighted up, as a process of its own.

    Attributes:
        profile: The profile that is changed; the changed one is written beside the others in
            ``folder`` and stays there.
        set: Values of its placeholders.
        pipeline: ``training`` ends with a candidate, ``run`` with production.
        workspace: Of the run.
        weight: How many times as often the slice is drawn.
        sources: Sources of new recordings of such callers, weighted up too.
        folder: Where changed profiles and the outputs of the runs are kept.
        wait_s: How long the run waits for the workspace.
        deadline_s: After so long it is ended.
    """

    do: Literal["train"]
    causes: tuple[Cause, ...] = _OF_SPEECH
    profile: Path
    set: dict[str, str] = {}
    pipeline: Literal["training", "run"] = "training"
    workspace: Path = Path()
    weight: float = Field(default=3.0, gt=1, le=100)
    sources: tuple[str, ...] = ()
    folder: Path = Path("drift-trainings")
    wait_s: Seconds = Field(default=3600.0, ge=0)
    deadline_s: Seconds = Field(default=7 * 86_400.0, gt=0)

    @property
    def key(self) -> str:
        """What tells it from the others in the audit trail."""
        return f"{self.do} {self.profile}"


Action = Annotated[
    WarnAction | GitHubAction | WebhookAction | CollectAction | TrainAction,
    Field(discriminator="do"),
]


class ActionPolicy(PolicySection):
    """When an alarm counts, and what follows.

    Attributes:
        trail: The audit trail (JSON lines).
        raise_after_days: The alarm is raised once so many days in a row had one.
        clear_after_days: It is over after so many days in a row without one. Windows of a week
            look back seven days: with fewer, one bad day is several alarms.
        actions: In this order, while the alarm is raised.
    """

    trail: Path
    raise_after_days: int = Field(default=2, ge=1, le=31)
    clear_after_days: int = Field(default=7, ge=1, le=31)
    actions: tuple[Action, ...]

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = [action.key for action in self.actions]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"actions: {twice[0]!r} is there twice")
        return self


class ActionPolicyError(ValueError):
    """A policy that cannot be used; the message names the file, the key and what is wrong."""


def load_action_policy(path: Path) -> ActionPolicy:
    """Read a policy.

    Raises:
        ActionPolicyError: No such file, not YAML, or a value that is none.
    """
    with one_line_faults(path, "policy", ActionPolicyError):
        return ActionPolicy.model_validate(read_yaml(path))
