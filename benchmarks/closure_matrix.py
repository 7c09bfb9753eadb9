"""Does changed code run the steps that depend on it again, and no others? Drawn files.

    python -m benchmarks.closure_matrix [--files 50] [--runs 6] [--seed 0]

In a checkout that has run `configs/smoke.yaml`, files are drawn from all that cached steps depend
on, and each is changed alone. The keys of exactly the steps that use it have to change, and
`dvc status`, which had nothing to say before, has to name both stages; all is as before when the
file is put back. Behind some files, used by different steps, the pipelines run: the steps that use
the file have to run again and no step before them, and DVC has to have nothing to say afterwards.
Their figures are then those of the changed code, as what a step returns is stored anew whenever it
runs.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from ovoz.evaluation.hardware import describe_hardware
from tests.pipelines.checkouts import clone

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "steps.validate": ("validate",),
    "steps.augment": ("augment",),
    "steps.language_models": ("language_models",),
    "steps.check_gates": ("check_gates",),
    "steps.train_stage": ("train_clean", "train_noisy", "train_code_switch"),
    "steps.tune_decoder": ("tune_decoder",),
    "steps.evaluate": ("evaluate_checkpoint", "evaluate_artifact", "evaluate_candidate"),
    "steps.export_model": ("export_model",),
    "steps.choose_export": ("choose_export",),
    "steps.ask_service": ("ask_service",),
}
"""Modules of cached steps, with the steps of a run."""
ORDER: Final = (
    *("validate", "augment", "language_models", "check_gates"),
    *("train_clean", "train_noisy", "train_code_switch", "tune_decoder", "evaluate_checkpoint"),
    *("export_model", "choose_export", "evaluate_artifact", "evaluate_candidate", "ask_service"),
)
"""The cached steps of a run, none before one whose result it takes."""
STAGES: Final = {"training", "promotion"}
STARTED: Final = re.compile(r"▶ (\S+?)(?:\x1b|\s|$)")
ASKED: Final = """
import json, sys
from pathlib import Path
from dvc.repo import Repo
from ovoz.code_closure import digest_code, find_code_closure
here, found = Path.cwd(), {}
for module in sys.argv[1:]:
    files = find_code_closure(module, ignored="ovoz.registry")
    found[module] = digest_code(files), [str(file.relative_to(here)) for file in files]
with Repo(".") as repository:
    changed = sorted(repository.status())
print(json.dumps([found, changed]))
"""
"""For a process of its own, as what it finds is kept while it lives."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a checkout says: the code of each step, and the stages that DVC calls changed."""

    keys: dict[str, str]
    closures: dict[str, set[str]]
    changed: set[str]

    def users(self, file: str) -> set[str]:
        """The modules of the steps that use a file."""
        return {module for module, files in self.closures.items() if file in files}

    def differing(self, other: "Asked") -> set[str]:
        """The modules of the steps whose key is another there."""
        return {module for module, key in self.keys.items() if other.keys[module] != key}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A copy of the project whose files may be changed, and which runs the smoke profile."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Checkout":
        """A clone whose stages are declared for the smoke profile."""
        clone(folder)
        (folder / "params.yaml").write_text("profile: smoke\n", encoding="utf-8")
        return cls(folder)

    def ask(self) -> Asked:
        """Ask for the keys of all cached steps, and DVC for what has changed."""
        done = self._python("-c", ASKED, *STEPS)
        found, changed = json.loads(done.splitlines()[-1])
        return Asked(
            keys={module: key for module, (key, _) in found.items()},
            closures={module: set(files) for module, (_, files) in found.items()},
            changed=set(changed),
        )

    def run(self) -> set[str]:
        """Run the pipelines; returns the steps that were not taken from the cache."""
        profile = ["--profile", "configs/smoke.yaml"]
        return set(STARTED.findall(self._python("-m", "pipelines", "run", *profile)))

    def change(self, file: str) -> bytes:
        """Change what a file says; returns its former content."""
        before = (self.folder / file).read_bytes()
        change = b"CHANGED = True" if file.endswith(".py") else b"# changed"
        self.write(file, before + b"\n" + change + b"\n")
        return before

    def write(self, file: str, content: bytes) -> None:
        """Replace the content of a file."""
        (self.folder / file).write_bytes(content)

    def _python(self, *arguments: str) -> str:
        site = os.environ | {"PYTHONPATH": str(self.folder), "COLUMNS": "200"}
        state = {"DVC_SITE_CACHE_DIR": str(self.folder / ".ovoz/dvc")}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder, env=site | state, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout


def find_faults_of_keys(checkout: Checkout, file: str, base: Asked) -> Iterator[str]:
    """What is not as it should be while ``file`` is changed; puts it back."""
    content = checkout.change(file)
    try:
        asked = checkout.ask()
    finally:
        checkout.write(file, content)
    if (other := base.differing(asked)) != base.users(file):
        yield f"keys of {sorted(other ^ base.users(file))}"
    if (named := asked.changed - base.changed) != STAGES:
        yield f"DVC calls {sorted(named)} changed"


def find_faults_of_run(checkout: Checkout, file: str, base: Asked) -> Iterator[str]:
    """What is not as it should be when the pipelines run with ``file`` changed; it stays so."""
    checkout.change(file)
    again = checkout.run() & set(ORDER)
    wanted = {step for module in base.users(file) for step in STEPS[module]}
    first = min(map(ORDER.index, wanted))
    if missing := wanted - again:
        yield f"not run again: {sorted(missing)}"
    if early := again & set(ORDER[:first]):
        yield f"run again without need: {sorted(early)}"
    if changed := checkout.ask().changed:
        yield f"DVC calls {sorted(changed)} changed after the run"


def draw_files(base: Asked, count: int, seed: int) -> list[str]:
    """A sample of all files that cached steps use."""
    files = sorted(set.union(*base.closures.values()))
    return random.Random(seed).sample(files, min(count, len(files)))


def choose_run(base: Asked, drawn: list[str], count: int) -> set[str]:
    """``count`` of the files, those first that are used by steps as no earlier file is."""
    kinds: dict[frozenset[str], str] = {}
    for file in drawn:
        kinds.setdefault(frozenset(base.users(file)), file)
    return set(list(dict.fromkeys([*kinds.values(), *drawn]))[:count])


def main(
    files: Annotated[int, typer.Option(help="How many files are drawn.")] = 50,
    runs: Annotated[int, typer.Option(help="Behind how many of them the pipelines run.")] = 6,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
) -> None:
    """Print a line for each file; exit with 1 where a step or DVC says something else."""
    print(f"{describe_hardware(['zenml', 'dvc', 'grimp'])}; {files} files, seed {seed}")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.make(Path(folder) / "checkout")
        checkout.run()
        base = checkout.ask()
        if base.changed:
            raise SystemExit(f"DVC calls {sorted(base.changed)} changed after a first run")
        drawn = draw_files(base, files, seed)
        run = choose_run(base, drawn, runs)
        pairs = sum(len(base.users(file)) for file in drawn)
        print(f"{len(set.union(*base.closures.values()))} files, {pairs} drawn pairs with a step")
        for file in drawn:
            started = time.monotonic()
            faults = list(find_faults_of_keys(checkout, file, base))
            if file in run:
                faults += find_faults_of_run(checkout, file, base)
                base = checkout.ask()
            bad += bool(faults)
            used = ", ".join(sorted(module.removeprefix("steps.") for module in base.users(file)))
            told = "; ".join(faults) or ("run" if file in run else "asked")
            print(f"{file} ({used}): {told}, {time.monotonic() - started:.0f} s", flush=True)
        if checkout.ask() != base:
            raise SystemExit("something stayed changed after the files were put back")
    print(f"{len(drawn) - bad} of {len(drawn)} as they should be; {len(run)} were run")
    raise typer.Exit(bad > 0)


if __name__ == "__main__":
    typer.run(main)
