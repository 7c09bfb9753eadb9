"""A canary in the registry: its end, and what its verdict does to the aliases."""

import shutil
from pathlib import Path

import pytest

from ovoz.canary.evidence import CanaryVerdict
from ovoz.canary.policy import Decision
from ovoz.registry.canary_decision import carry_out
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import PromotionRefusedError, UnknownVersionError

from .conftest import judged


def never(_version: str):
    raise AssertionError("no gate is judged")


@pytest.fixture(scope="module")
def filled(tmp_path_factory, empty_database: Path, artifact, other_artifact) -> Registry:
    """Version 1 in production, version 2 a canary."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(empty_database, database := folder / "mlflow.db")
    registry = Registry(
        RegistrySettings(tracking_uri=f"sqlite:///{database}", artifacts=str(folder / "files"))
    )
    for number, source, alias in (("1", artifact, "production"), ("2", other_artifact, "canary")):
        registry.register(source, {})
        for one in ("staging", alias):
            registry.promote(number, one, judged(), who="anna", why="good")
    return registry


@pytest.fixture
def tried(filled: Registry, tmp_path: Path) -> Registry:
    """The same for one test; the files are shared."""
    shutil.copy(filled.settings.database(), copy := tmp_path / "mlflow.db")
    return Registry(filled.settings.model_copy(update={"tracking_uri": f"sqlite:///{copy}"}))


def decided(decision: Decision) -> CanaryVerdict:
    return CanaryVerdict(decision=decision, reason="failed 9.00% against 1.00%")


def test_a_promoted_canary_is_tried_no_longer(tried) -> None:
    done = carry_out(tried, "2", decided(Decision.PROMOTE), lambda _: judged(), who="bek")
    assert done.is_promoted
    assert done.told == "version 2 is production: failed 9.00% against 1.00%"
    assert tried.aliases() == {
        "candidate": "2", "staging": "2", "production": "2", "previous": "1",
    }  # fmt: skip
    assert tried.moves()[-1].why == "canary: failed 9.00% against 1.00%"
    assert carry_out(tried, "2", decided(Decision.PROMOTE), never, who="bek") is None


def test_a_bad_canary_is_withdrawn_with_the_reason(tried) -> None:
    done = carry_out(tried, "2", decided(Decision.ROLL_BACK), never, who="bek")
    assert not done.is_promoted
    assert done.told == "version 2 is withdrawn: failed 9.00% against 1.00%"
    assert "canary" not in tried.aliases()
    assert tried.aliases()["production"] == "1"
    (row,) = [row for row in tried.versions() if row.version == "2"]
    assert row.withdrawn.why == "canary: failed 9.00% against 1.00%"
    assert tried.moves()[-1].told == (
        "version 2 is no canary any more, by bek: canary: failed 9.00% against 1.00%"
    )
    with pytest.raises(PromotionRefusedError, match="was withdrawn by bek"):
        tried.promote("2", "production", judged(), who="anna", why="again")


def test_the_gates_have_the_last_word(tried) -> None:
    failing = judged(passed=False)
    done = carry_out(tried, "2", decided(Decision.PROMOTE), lambda _: failing, who="bek")
    assert (
        done.told
        == "version 2 is withdrawn: live traffic speaks for it, the gates do not (wer on test)"
    )
    assert tried.aliases()["production"] == "1"
    assert "canary" not in tried.aliases()


def test_a_canary_that_nothing_can_be_compared_with_goes_to_production(tried) -> None:
    policy = tried.policy
    for held, destination in (
        ({"staging": "3", "production": "1"}, "canary"),
        ({"staging": "1", "production": "1"}, "production"),
        ({"staging": "3"}, "production"),
    ):
        assert policy.destination("canary", held["staging"], held) == destination
    assert policy.destination("staging", "3", {}) == "staging"
    without = policy.model_copy(update={"canary": None})
    assert without.destination("canary", "3", {}) == "canary"


def test_undecided_or_overtaken_moves_nothing(tried) -> None:
    held, moves = tried.aliases(), tried.moves()
    assert carry_out(tried, "2", decided(Decision.UNDECIDED), never, who="bek") is None
    assert carry_out(tried, "1", decided(Decision.ROLL_BACK), never, who="bek") is None
    assert (tried.aliases(), tried.moves()) == (held, moves)


def test_a_human_ends_a_trial_and_the_version_may_come_back(tried) -> None:
    with pytest.raises(PromotionRefusedError, match="without a reason"):
        tried.end_canary(who="anna", why=" ")
    with pytest.raises(UnknownVersionError, match="version 2 is the canary"):
        tried.end_canary(who="anna", why="stop", version="1")
    assert tried.end_canary(who="anna", why="the weekend") == "2"
    with pytest.raises(UnknownVersionError, match="no version is the canary"):
        tried.end_canary(who="anna", why="again")
    tried.promote("2", "canary", judged(), who="anna", why="Monday")
    assert tried.aliases()["canary"] == "2"
