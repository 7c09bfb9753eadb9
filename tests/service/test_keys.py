"""Keys as they are created, kept and revoked."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.serving.auth.api_keys import ApiKeys, create_key, revoke_key
from ovoz.serving.auth.caller import EVERYTHING, Scope


def test_key_is_kept_as_its_hash_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    key = create_key(path, "call-centre", frozenset({Scope.TRANSCRIBE}))
    assert key not in path.read_text()
    assert hashlib.sha256(key.encode()).hexdigest() in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    caller = ApiKeys.configured("", path).caller(key)
    assert caller is not None
    assert caller.name == "call-centre"
    assert caller.may("/transcribe")
    assert not caller.may("/metrics")
    assert not caller.may("/metrics/")


def test_keys_created_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda place: create_key(path, f"k{place}", EVERYTHING), range(40)))
    keys = ApiKeys.configured("", path)
    assert all(map(keys.caller, created))


def test_revoked_key_is_gone_and_the_others_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("# ours\n\n", "utf-8")
    first, second = (create_key(path, name, EVERYTHING) for name in ("a", "b"))
    revoke_key(path, "a")
    keys = ApiKeys.configured("", path)
    assert keys.caller(first) is None
    assert keys.caller(second) is not None
    assert path.read_text().startswith("# ours\n\n")
    with pytest.raises(ValueError, match="no key named a"):
        revoke_key(path, "a")


@pytest.mark.parametrize("name", ["", "two words", "line\nbreak", "#x", "x" * 65])
def test_a_name_cannot_break_the_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        create_key(tmp_path / "keys", name, EVERYTHING)


def test_same_name_twice_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path / "keys", "a", EVERYTHING)
    with pytest.raises(ValueError, match="there is a key named a"):
        create_key(tmp_path / "keys", "a", EVERYTHING)


def test_unknown_scope_is_refused_by_place() -> None:
    with pytest.raises(ValueError, match="API key 1 has a scope"):
        ApiKeys([f"{'a' * 64} name root"])


def test_commands(tmp_path: Path) -> None:
    file = ["--file", str(tmp_path / "keys")]
    run = CliRunner().invoke
    made = run(app, ["keys", "create", "bot", "--scope", "transcribe", *file])
    assert made.exit_code == 0, made.output
    key = made.stdout.splitlines()[0]
    shown = run(app, ["keys", "list", *file])
    assert shown.stdout == "bot\ttranscribe\n"
    assert key not in shown.output
    assert run(app, ["keys", "revoke", "bot", *file]).exit_code == 0
    assert run(app, ["keys", "list", *file]).stdout == ""
    assert run(app, ["keys", "revoke", "bot", *file]).exit_code == 2
