"""What a version is rebuilt with: its code, and its profile with what a machine chose given."""

from pathlib import Path

import pytest
from dulwich import porcelain

from ovoz.code_closure import find_code_closure
from ovoz.profile import load_profile
from ovoz.reproduction.commit_files import NoSuchCommitError, write_commit
from ovoz.reproduction.inputs import code_root, digest_files, select_effective
from ovoz.reproduction.libraries import list_libraries
from ovoz.reproduction.rebuild import choose_code, prepare_profile
from ovoz.training.arithmetic import Arithmetic

ROOT = Path(__file__).parents[3]
ONE_THREAD = {"clean": Arithmetic(precision="fp32", threads=1)}
CROWD = {"CORPUS": "recordings", "BASE": "openai/whisper-base"}


@pytest.mark.parametrize("name", ["demo", "smoke", "hybrid", "kk", "vi", "crowd"])
def test_every_profile_comes_back_as_it_was_recorded(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    profile = load_profile(ROOT / f"configs/{name}.yaml", CROWD if name == "crowd" else None)
    recorded = select_effective(profile)
    assert not {"registry", "remote", "monitoring"} & recorded.keys()
    ready = prepare_profile(recorded, ONE_THREAD, "int8-dynamic", from_dvc=False)
    assert ready.training == profile.training.model_copy(update={"precision": "fp32", "threads": 1})
    assert ready.corpus == profile.corpus
    assert ready.export.served == "int8-dynamic"
    # A gate that a busy machine does not meet ends no rebuild.
    assert {one.gate for one in ready.gates.waivers} >= {one.name for one in ready.gates.gates}
    assert ready.registry.tracking_uri.startswith("sqlite:///.ovoz")


def test_recordings_that_changed_since_are_not_read(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base/model").mkdir(parents=True)
    profile = load_profile(ROOT / "configs/crowd.yaml", CROWD | {"BASE": "base/model"})
    recorded = select_effective(profile)
    ready = prepare_profile(recorded, {}, "fp32", from_dvc=True)
    parts = getattr(ready.corpus, "sources", [ready.corpus])
    assert any(hasattr(part, "path") and part.is_absent for part in parts)
    assert ready.training.network.base_model == str(tmp_path / "base/model")


def test_arithmetic_that_this_machine_lacks_is_left_to_it() -> None:
    recorded = select_effective(load_profile(ROOT / "configs/smoke.yaml"))
    half = {"clean": Arithmetic(precision="fp16", threads=3)}
    ready = prepare_profile(recorded, half, "fp32", from_dvc=False)
    assert (ready.training.precision, ready.training.threads) == ("auto", 3)


def test_code_that_differs_is_that_of_the_recorded_commit(tmp_path: Path, monkeypatch) -> None:
    source, target = tmp_path / "checkout", tmp_path / "commit"
    (source / "ovoz").mkdir(parents=True)
    module = source / "ovoz/a.py"
    module.write_text("x = 1\n", "utf-8")
    (source / "ovoz/link.yaml").symlink_to("a.py")
    (source / "README.md").write_text("no code\n", "utf-8")
    repository = porcelain.init(str(source))
    porcelain.add(repository, ["ovoz/a.py", "ovoz/link.yaml", "README.md"])
    commit = porcelain.commit(repository, b"first", author=b"a <a@b>", committer=b"a <a@b>")
    recorded = digest_files([module], source)
    module.write_text("x = 2\n", "utf-8")
    monkeypatch.setattr("ovoz.reproduction.rebuild.code_root", lambda: source)

    chosen = choose_code(recorded, commit.decode(), target, present=False)
    assert chosen.root == target
    assert (target / "ovoz/a.py").read_text("utf-8") == "x = 1\n"
    assert (target / "ovoz/link.yaml").readlink() == Path("a.py")
    assert not (target / "README.md").exists()
    assert choose_code(recorded, commit.decode(), target, present=True).root == source
    module.write_text("x = 1  # the same, with a comment\n", "utf-8")
    same = choose_code(recorded, "no commit", target, present=False)
    assert (same.root, same.reason) == (source, "the code here is that of the version")
    # A commit with changes on top is none that could be had.
    unknown = choose_code({"ovoz/a.py": "0"}, "0" * 40 + "+changed", target, present=False)
    assert unknown.root == source
    assert "has no commit" in unknown.reason
    with pytest.raises(NoSuchCommitError, match="no checkout"):
        write_commit(tmp_path, commit.decode(), target)


def test_the_code_of_a_result_is_digested_by_its_place() -> None:
    digests = digest_files(find_code_closure("ovoz.training.stage"), code_root())
    assert len(digests["ovoz/training/stage.py"]) == 16
    assert digest_files([code_root() / "ovoz/none.py"], code_root()) == {"ovoz/none.py": ""}


def test_libraries_are_those_of_training_and_what_they_need() -> None:
    versions = list_libraries()
    assert {"python", "torch", "numpy", "onnxruntime", "espeakng-loader"} <= versions.keys()
    assert "safetensors" in versions  # of transformers
    assert not {"pytest", "zenml", "bentoml"} & versions.keys()
