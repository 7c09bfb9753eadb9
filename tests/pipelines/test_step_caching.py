"""A cached step runs again when code that its result depends on has changed, and only then."""

import importlib
import os
import pkgutil
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import grimp
import pytest
from zenml.orchestrators.cache_utils import generate_cache_key
from zenml.steps import BaseStep
from zenml.utils.source_utils import set_custom_source_root

import steps
from ovoz.code_closure import digest_code, find_code_closure
from ovoz.text import pack

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(module.name for module in pkgutil.iter_modules(steps.__path__, "steps."))
CACHED = [
    "steps.ask_service",
    "steps.augment",
    "steps.check_gates",
    "steps.choose_export",
    "steps.evaluate",
    "steps.export_model",
    "steps.language_models",
    "steps.train_stage",
    "steps.tune_decoder",
    "steps.validate",
]


def defined_in(module: str) -> dict[str, BaseStep]:
    """The steps of a module that ZenML may take from its cache."""
    found = vars(importlib.import_module(module)).items()
    return {
        name: step
        for name, step in found
        if isinstance(step, BaseStep)
        and step.__module__ == module
        and step.configuration.enable_cache is not False
    }


def closure(module: str) -> set[str]:
    """Files, below the project, of the digest that all steps of the module are cached by."""
    for step in defined_in(module).values():
        policy = step.configuration.cache_policy
        assert policy.cache_func.import_path == f"{module}.digest_of_code"
        assert not policy.include_step_code
    files = find_code_closure(module, ignored="ovoz.registry")
    return {file.relative_to(ROOT).as_posix() for file in files}


def cache_key(module: str) -> str:
    """ZenML's key, as far as the files of the closure decide it."""
    (step, *_) = defined_in(module).values()
    config = SimpleNamespace(
        cache_policy=step.configuration.cache_policy,
        parameters={}, outputs={}, caching_parameters={}, environment={}, secrets=[],
    )  # fmt: skip
    spec = SimpleNamespace(source=SimpleNamespace(import_path=module))
    store = SimpleNamespace(id=UUID(int=0), path="", custom_cache_key=None)
    # ZenML looks for it beside the main module, which a worker of pytest does not have.
    set_custom_source_root(str(ROOT))
    try:
        return generate_cache_key(SimpleNamespace(config=config, spec=spec), {}, store, UUID(int=0))
    finally:
        set_custom_source_root(None)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree in another place."""
    folder = tmp_path_factory.mktemp("site")
    for package in ("ovoz", "steps"):
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=hidden)
    return folder


def drawn(module: str) -> list[str]:
    """A sample of the closure, the same in every test run."""
    return random.Random(module).sample(sorted(closure(module)), 8)


def digest_after(module: str, file: Path, root: Path, change: bytes) -> str:
    """The digest of a step's code with ``change`` at the end of a file."""
    content = file.read_bytes()
    file.write_bytes(content + change)
    try:
        return digest_code(root / name for name in sorted(closure(module)))
    finally:
        file.write_bytes(content)


def test_every_cached_step_has_a_closure() -> None:
    assert [module for module in MODULES if defined_in(module)] == CACHED
    for module in CACHED:
        assert f"{module.replace('.', '/')}.py" in closure(module)


def test_the_digest_of_the_code_is_in_the_key(monkeypatch) -> None:
    monkeypatch.setattr(pack, "_outside", {})  # of other tests
    for module in CACHED:
        before = cache_key(module)
        found = importlib.import_module(module)
        files = (ROOT / name for name in sorted(closure(module)))
        assert found.digest_of_code() == digest_code(files)
        monkeypatch.setattr(found, "digest_of_code", lambda: "other code")
        assert cache_key(module) != before


def test_a_pack_outside_ovoz_counts_as_code(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "own_pack"
    folder.mkdir()
    packs = ROOT / "tests/unit/text/packs"
    yaml = (packs / "vi.yaml").read_text("utf-8")
    (folder / "own.yaml").write_text(yaml.replace("tests.unit.text.packs.vietnamese", "own_module"))
    shutil.copy(packs / "vietnamese.py", folder / "own_module.py")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(pack, "_outside", {})
    found = importlib.import_module("steps.validate")
    seen = [found.digest_of_code()]
    pack.load_pack(str(folder / "own.yaml"))
    seen.append(found.digest_of_code())
    for file, change in (("own_module.py", "CHANGED = True"), ("own.yaml", "# changed")):
        with (folder / file).open("a") as written:
            written.write(f"\n{change}\n")
        seen.append(found.digest_of_code())
    assert len(set(seen)) == 4
    assert pack.list_outside_files("uz-ru") == ()
    del sys.modules["own_module"]


@pytest.mark.parametrize(("module", "file"), [(m, f) for m in CACHED for f in drawn(m)])
def test_changed_code_in_the_closure_counts_and_a_comment_does_not(copied, module, file) -> None:
    before = digest_after(module, copied / file, copied, b"")
    assert digest_after(module, copied / file, copied, b"\nCHANGED = 1\n") != before
    if file.endswith(".py"):
        assert digest_after(module, copied / file, copied, b"\n# changed\n") == before


@pytest.mark.parametrize(
    ("module", "files"),
    [
        ("steps.evaluate", ["ovoz/evaluation/long.py", "ovoz/evaluation/foreign.py"]),
        ("steps.evaluate", ["ovoz/evaluation/exported.py", "ovoz/audio/vad.py"]),
        ("steps.choose_export", ["ovoz/audio/decode.py"]),
        # Started in a process of its own, and imported by the name that a YAML file gives.
        ("steps.train_stage", ["ovoz/training/__main__.py"]),
        ("steps.validate", ["ovoz/text/packs/uz-ru.yaml", "ovoz/text/uzbek_russian.py"]),
        ("steps.validate", ["ovoz/text/data/loans.txt", "ovoz/corpus/validation/__init__.py"]),
        ("steps.validate", ["ovoz/corpus/manifest.py"]),
    ],
)
def test_the_closure_has_what_is_hard_to_see(module: str, files: list[str]) -> None:
    assert set(files) <= closure(module)
    assert not any("__pycache__" in file for file in closure(module))


def test_an_unknown_module_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"ovoz\.nowhere"):
        find_code_closure("ovoz.nowhere")


ALIGNING = {"__init__", "ctc_path", "forced_alignment", "hypothesis", "word_builder"}
"""What a stage that rearranges needs of ``decoding``; nothing else there decides its weights."""
SEARCHES = [
    f"decoding/{file.name}"
    for file in (ROOT / "ovoz/decoding").glob("*.py")
    if file.stem not in ALIGNING
]


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("steps.train_stage", ["evaluation", "registry", "engine", "serving", *SEARCHES]),
        ("steps.augment", ["evaluation", "registry", "engine", "serving", "training", "model"]),
        ("steps.evaluate", ["training", "registry", "serving", "evaluation/report", "profile.py"]),
    ],
)
def test_the_closure_has_no_other_room(module: str, rooms: list[str]) -> None:
    foreign = tuple(f"ovoz/{room}" for room in rooms)
    assert not [file for file in closure(module) if file.startswith(foreign)]


def test_cached_steps_take_nothing_from_the_registry() -> None:
    graph = grimp.build_graph("ovoz", "steps", cache_dir=None)
    recording = {"ovoz.registry.settings", "ovoz.registry.tracking"}
    for module in CACHED:
        imported = graph.find_modules_directly_imported_by(module)
        assert {name for name in imported if name.startswith("ovoz.registry")} <= recording


def test_the_closure_is_the_same_outside_the_checkout(copied: Path, tmp_path: Path) -> None:
    code = (
        "from ovoz.code_closure import digest_code, find_code_closure as find;"
        "print(*find('steps.augment', ignored='ovoz.registry'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(copied)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {Path(file).relative_to(copied).as_posix() for file in done.stdout.split()}
    assert found == closure("steps.augment")
