"""``ovoz canary``: see how a canary does, end it, or have its verdict carried out."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ovoz.cli.errors import stop, warn
from ovoz.cli.given import GivenOption, read_given
from ovoz.cli.promote import judge_version
from ovoz.cli.telling import KeyOption, TellOption, tell_services

if TYPE_CHECKING:
    from ovoz.profile import Profile
    from ovoz.registry.canary_decision import CarriedOut
    from ovoz.registry.registry import Registry
    from ovoz.serving.api.canary import CanaryView

_ANSWER_S: Final = 10.0

canary = typer.Typer(no_args_is_help=True, help="A new version beside production.")
_Url = Annotated[str, typer.Option("--url", help="A service that tries the canary.")]
_SERVICE: Final = "http://127.0.0.1:3000"


@canary.command()
def status(url: _Url = _SERVICE, key: KeyOption = "") -> None:
    """Show the canary beside production, as a service sees it; the key has the scope admin."""
    import httpx

    from ovoz.canary.outcomes import show_margin, show_mean

    try:
        view = _ask(url, key)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        stop(error)
    trial, console = view.trial, Console()
    if trial is None:
        console.print("no version is tried")
        return
    console.print(
        f"version {trial.canary} beside version {trial.production} since {trial.started}:"
        f" {trial.requests} requests ({view.policy.mode}, share {view.policy.share:g})"
    )
    table = Table("measure", "canary", "production", "margin", "pairs", "ln e worse", "ln e within")
    for one in trial.measures:
        table.add_row(
            one.measure, show_mean(one.measure, one.canary),
            show_mean(one.measure, one.production), show_margin(one.measure, one.margin),
            str(one.pairs), f"{one.log_worse:.1f}", f"{one.log_within:.1f}",
        )  # fmt: skip
    console.print(table)
    for arm, counts in trial.languages.items():
        console.print(f"languages of {arm}: {_shares(counts)}")
    policy = view.policy
    console.print(
        f"rolled back at ln e {policy.log_to_roll_back:.1f} for worse; promoted at"
        f" {policy.log_to_promote:.1f} for within in {', '.join(policy.promotes)}, after"
        f" {policy.minimum_requests} requests"
    )
    console.print(f"{trial.decision}{': ' if trial.reason else ''}{trial.reason}")


def _shares(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    largest = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{language} {count / total:.0%}" for language, count in largest)


@canary.command("stop")
def end(
    why: Annotated[str, typer.Option(help="The reason, written in the journal.")],
    tell: TellOption = None,
    key: KeyOption = "",
) -> None:
    """End the trial: no version is the canary any more, and production answers everybody."""
    from ovoz.cli.settings import registry_settings
    from ovoz.registry.registry import Registry
    from ovoz.registry.user import user_name
    from ovoz.registry.version import RegistryError

    try:
        version = Registry(registry_settings()).end_canary(who=user_name(), why=why)
    except RegistryError as error:
        stop(error)
    Console().print(f"version {version} is no canary any more")
    tell_services(tell, key)


@canary.command()
def watch(
    url: _Url = _SERVICE,
    profile: Annotated[
        Path, typer.Option(help="The run's YAML file: its gates and its registry.")
    ] = Path("configs/demo.yaml"),
    given: GivenOption = None,
    key: KeyOption = "",
    every_s: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, as from cron.")] = False,
    until_done: Annotated[
        bool,
        typer.Option(
            "--until-done", help="End with the first verdict; exit with 1 on a roll-back."
        ),
    ] = False,
) -> None:
    """Carry out what live traffic decides: promote by the gates, or roll back."""
    from ovoz.cli.settings import registry_settings
    from ovoz.profile import ProfileError, load_profile
    from ovoz.registry.registry import Registry

    try:
        settings = load_profile(profile, read_given(given))
    except ProfileError as error:
        stop(error)
    registry = Registry(registry_settings(settings.registry))
    while True:
        done = _look(url, key, registry, settings)
        if done is not None:
            Console().print(done.told)
            tell_services([url], key)
            if until_done:
                raise typer.Exit(0 if done.is_promoted else 1)
        if once:
            return
        time.sleep(every_s)


def _look(url: str, key: str, registry: "Registry", profile: "Profile") -> "CarriedOut | None":
    """What was done; a fault is told, and the next look tries again."""
    import httpx

    from ovoz.audio.containers import AudioError
    from ovoz.canary.evidence import CanaryVerdict
    from ovoz.corpus.manifest import ManifestError
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.registry.canary_decision import carry_out
    from ovoz.registry.revisions import read_revisions
    from ovoz.registry.user import user_name
    from ovoz.registry.version import RegistryError
    from ovoz.workspace import Workspace

    try:
        trial = _ask(url, key).trial
        if trial is None:
            return None
        return carry_out(
            registry,
            trial.canary,
            CanaryVerdict(decision=trial.decision, reason=trial.reason),
            lambda version: judge_version(registry, version, profile),
            who=user_name(),
            revisions=read_revisions(Workspace()),
        )
    except (
        ArtifactError, AudioError, ManifestError, RegistryError,
        httpx.HTTPError, httpx.InvalidURL, ValueError,
    ) as error:  # fmt: skip
        warn(error)
        return None


def _ask(url: str, key: str) -> "CanaryView":
    """What a service knows.

    Raises:
        httpx.HTTPError: It does not answer, or refuses.
        httpx.InvalidURL: The address is none.
        ValueError: Its answer is none of this version.
    """
    import httpx

    from ovoz.serving.api.canary import PATH, CanaryView

    headers = {"X-API-Key": key} if key else {}
    answer = httpx.get(f"{url.rstrip('/')}{PATH}", headers=headers, timeout=_ANSWER_S)
    answer.raise_for_status()
    return CanaryView.model_validate_json(answer.content)
