"""The name that a promotion is recorded for."""

import getpass
import os

import pytest

from ovoz.registry.user import user_name


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 1000620000"), OSError()])
def test_a_user_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch, error) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", fail)
    assert user_name() == f"uid {os.getuid()}"
