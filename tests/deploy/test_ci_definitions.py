"""The workflows of GitHub and the Jenkinsfile run the same make targets and commands."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
JENKINS = (ROOT / "Jenkinsfile").read_text("utf-8")
MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]* ?)+)")
OVOZ = re.compile(r"\.venv/bin/ovoz (\w+(?: watch)?)|(promote)\('(\w+)'\)")


def stage(name: str) -> str:
    """The part of the Jenkinsfile of one of its three pipelines."""
    begins = f"        stage('{name}') {{\n            when"
    rest = JENKINS.partition(begins)[2]
    assert rest, name
    return rest.partition("\n        }\n")[0]


def targets(text: str) -> set[str]:
    """Targets that the commands of a text make; comments are no commands."""
    code = re.sub(r"^\s*(//|#).*$", "", text, flags=re.MULTILINE)
    return {name for found in MAKE.findall(code) for name in found.split()}


def workflow(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def scripts(name: str) -> str:
    """The commands of a workflow, those of the action that sets it up included."""
    jobs = workflow(name)["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    return "\n".join(str(step.get("run", "")) for step in steps)


def test_every_make_target_exists() -> None:
    known = set(re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.M))
    known = {name for line in known for name in line.split()}
    assert targets(JENKINS) <= known
    for file in WORKFLOWS:
        assert targets(scripts(file.stem)) <= known, file.name


def test_jenkins_checks_what_ci_checks() -> None:
    assert targets(stage("ci")) == targets((ROOT / ".ci/run").read_text("utf-8"))


def test_jenkins_trains_as_github_does() -> None:
    assert targets(stage("train")) == targets(scripts("train"))


def test_jenkins_releases_by_the_same_commands_in_the_same_order() -> None:
    ours = [one or f"promote {alias}" for one, _, alias in OVOZ.findall(stage("release"))]
    text = re.sub(
        r"ovoz promote (?:\"\$VERSION\") --to (\w+)", r"ovoz promote_\1", scripts("release")
    )
    theirs = [one.replace("promote_", "promote ") for one, *_ in OVOZ.findall(text)]
    assert ours == [one for one in theirs if one != "canary"]  # `canary status` is for the summary
    assert ours[0] == "promote staging"
    assert "make augment-data" in (ROOT / ".github/actions/set-up/action.yml").read_text("utf-8")
    assert {"install", "augment-data"} == targets(stage("release"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_jobs_may_read_and_each_action_is_pinned(file: Path) -> None:
    loaded = workflow(file.stem)
    assert loaded["permissions"] == {"contents": "read"}
    written = {
        (name, scope)
        for name, job in loaded["jobs"].items()
        for scope, level in job.get("permissions", {}).items()
        if level == "write"
    }
    expected = {
        "train": {("comment", "pull-requests")},
        "security": {("codeql", "security-events")},
    }
    assert written == expected.get(file.stem, set())
    for used in re.findall(r"uses: (\S+)", file.read_text("utf-8")):
        assert used.startswith("./") or re.search(r"@[0-9a-f]{40}$", used), used


def test_the_report_becomes_a_comment_of_a_job_that_holds_no_secret() -> None:
    comment = workflow("train")["jobs"]["comment"]
    assert "environment" not in comment  # which has the password of the registry
    assert comment["needs"] == "train"
    (script,) = [step["run"] for step in comment["steps"] if "run" in step]
    assert "out/reports/evaluation.md" in script
    assert "${{" not in script  # what somebody typed reaches the shell as a variable
