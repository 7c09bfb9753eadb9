"""Actions follow a standing alarm, once per cool-down, and each of them is written down."""

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.manifest import Dialect
from ovoz.corpus.wanted import read_wanted
from ovoz.monitoring.actions import retraining
from ovoz.monitoring.actions.acting import Surroundings, act
from ovoz.monitoring.actions.decision import decide
from ovoz.monitoring.actions.finding import list_findings
from ovoz.monitoring.actions.policy import (
    ActionPolicy,
    ActionPolicyError,
    TrainAction,
    load_action_policy,
)
from ovoz.monitoring.actions.retraining import weigh_up
from ovoz.monitoring.actions.supervision import SupervisedTraining
from ovoz.monitoring.actions.trail import Event, Kind, Trail, TrailError
from ovoz.monitoring.report import (
    MEANINGS,
    DriftedColumn,
    DriftReport,
    OutsideDay,
    TrafficErrorRates,
)
from ovoz.monitoring.slices import SliceShift
from ovoz.profile import load_profile

FIRST = dt.date(2026, 3, 1)
ROOT = Path(__file__).resolve().parents[3]
TOKEN = {"GITHUB_TOKEN": "ghp_planted", "HOOK": "set by a test"}


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(number)


def look(
    last: int, alarmed: set[int], column: str = "bandwidth_hz", language: str = "ru",
    distance: float = 0.4, silent: frozenset[int] = frozenset(),
) -> DriftReport:  # fmt: skip
    """A month that ends with the day ``last``; numbers are days."""
    days = tuple(day(number) for number in range(last - 29, last + 1))
    found = tuple(sorted(day(one) for one in alarmed if one <= last))
    slices = (SliceShift(f"language={language}", distance, 90), SliceShift("way=http", 0.1, 90))
    column_found = DriftedColumn(
        MEANINGS[column], column, found[0], found[0], found, distance, 9.0, 4.0, 100, slices
    ) if found else None  # fmt: skip
    heard = tuple(one for one in days if (one - FIRST).days not in silent)
    drifted = (column_found,) if column_found else ()
    rates = TrafficErrorRates(0.1, (), None)
    return DriftReport("demo-1", 3000, days, heard, drifted, None, rates)


def policy(folder: Path, *actions: dict[str, object], **settings: object) -> ActionPolicy:
    return ActionPolicy.model_validate(
        {"trail": folder / "trail.jsonl", "actions": actions or ({"do": "warn"},), **settings}
    )


def around(told: list[str] | None = None) -> Surroundings:
    return Surroundings(TOKEN, (told if told is not None else []).append, load_profile)


def kinds(folder: Path) -> list[str]:
    return [event.kind.value for event in Trail(folder / "trail.jsonl").events]


def test_an_alarm_is_raised_held_cooled_down_and_cleared(tmp_path: Path) -> None:
    told: list[str] = []
    by = policy(tmp_path, {"do": "warn", "cool_down_days": 5}, clear_after_days=3)
    alarmed = set(range(10, 20))
    for last in range(8, 30):
        act(look(last, alarmed), by, around(told))
        act(look(last, alarmed), by, around(told))  # a look twice is a look once
    assert len(told) == 3  # on days 11, 16 and 21
    assert kinds(tmp_path) == ["raised", *["begun", "done"] * 3, "cleared"]
    days = [(event.day - FIRST).days for event in Trail(by.trail).events]
    assert days == [11, 11, 11, 16, 16, 21, 21, 22]
    assert "bandwidth changed by 40% since 2026-03-11, most in language=ru" in told[0]


def test_one_day_raises_nothing_and_days_without_traffic_clear_nothing(tmp_path: Path) -> None:
    by = policy(tmp_path, clear_after_days=3)
    assert act(look(12, {12}), by, around()).decision.change is None
    assert act(look(13, {12, 13}), by, around()).decision.change is Kind.RAISED
    quiet = frozenset(range(14, 26))
    assert act(look(25, {12, 13}, silent=quiet), by, around()).decision.change is None
    assert act(look(28, {12, 13}, silent=quiet), by, around()).decision.change is Kind.CLEARED


@given(st.sets(st.integers(0, 59)), st.integers(1, 5), st.integers(1, 7), st.integers(1, 9))
def test_whatever_happens_raising_and_clearing_take_turns_and_cool_downs_hold(
    tmp_path_factory: pytest.TempPathFactory, alarmed: set[int], up: int, down: int, cool: int
) -> None:
    folder = tmp_path_factory.mktemp("trail")
    warn = {"do": "warn", "cool_down_days": cool}
    by = policy(folder, warn, raise_after_days=up, clear_after_days=down)
    trail = Trail(by.trail)
    taken = []
    for last in range(60):
        decision = decide(look(last, alarmed), by, trail)
        if decision.change is not None:
            append(trail, last, decision.change)
        if decision.due:
            append(trail, last, Kind.DONE, "warn")
            taken.append(last)
    changes = [one.kind for one in trail.events if one.kind is not Kind.DONE]
    assert all(left is not right for left, right in pairwise(changes))
    assert all(later - earlier >= cool for earlier, later in pairwise(taken))


def append(trail: Trail, last: int, kind: Kind, action: str = "") -> None:
    at = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    trail.append(Event(at=at, day=day(last), model_version="demo-1", kind=kind, action=action))


def test_actions_wait_and_concern_what_they_are_for(tmp_path: Path) -> None:
    by = policy(
        tmp_path,
        {"do": "warn", "causes": ["language"]},
        {"do": "collect", "file": tmp_path / "wanted.yaml", "minimum_distance": 0.5},
        {"do": "train", "profile": tmp_path / "none.yaml", "after_days": 4},
        {"do": "webhook", "url_env": "UNSET"},
    )
    outcome = act(look(11, {10, 11}), by, around())
    whys = [held.why for held in outcome.decision.held]
    assert whys[:2] == ["nothing of what changed concerns it"] * 2
    assert whys[2].startswith("due on 2026-03-16")
    assert outcome.has_failed
    assert outcome.taken[0].told == "UNSET is not set in the environment"
    # What failed does not cool down: the next look tries it again.
    assert act(look(12, {10, 11, 12}), by, around()).taken[0].failed
    assert kinds(tmp_path) == ["raised", "begun", "failed", "begun", "failed"]


def test_a_dry_run_says_the_same_and_does_nothing(tmp_path: Path) -> None:
    by = policy(tmp_path, {"do": "collect", "file": tmp_path / "wanted.yaml"})
    outcome = act(look(11, {10, 11}), by, around(), dry_run=True)
    assert [due.action.key for due in outcome.decision.due] == [f"collect {tmp_path}/wanted.yaml"]
    assert not list(tmp_path.iterdir())


def test_a_torn_line_is_passed_over_and_a_foreign_one_refused(tmp_path: Path) -> None:
    by = policy(tmp_path)
    act(look(11, {10, 11}), by, around())
    whole = by.trail.read_bytes()
    by.trail.write_bytes(whole + b'{"at":"2026-03-13T')
    act(look(12, {10, 11, 12}, column="snr_db"), policy(tmp_path, {"do": "warn"}), around())
    assert kinds(tmp_path) == ["raised", "begun", "done"]
    act(look(20, set(range(10, 21))), by, around())
    assert kinds(tmp_path) == ["raised", *["begun", "done"] * 2]
    assert by.trail.read_bytes().startswith(whole)  # nothing of it is ever rewritten
    by.trail.write_bytes(whole + b"something else\n")
    with pytest.raises(TrailError, match="line 4 is none of an audit trail"):
        act(look(21, {20}), by, around())


def test_an_action_that_a_kill_cut_off_is_not_taken_twice(tmp_path: Path) -> None:
    by = policy(tmp_path)
    trail = Trail(by.trail)
    append(trail, 11, Kind.RAISED)
    append(trail, 11, Kind.BEGUN, "warn")
    assert not act(look(12, {10, 11, 12}), by, around()).decision.due


@contextmanager
def receiver(status: int = 201, hang_s: float = 0.0) -> Iterator[tuple[str, list[dict]]]:
    """A server that keeps issues as GitHub does, and what it was asked."""
    asked: list[dict] = []
    issues: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, issues)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "body": body, "headers": dict(self.headers)})
            time.sleep(hang_s)
            issue = {"title": body.get("title"), "html_url": f"http://issues/{len(issues)}"}
            if status < 300:
                issues.append(issue)
            self._answer(status, issue)

        def _answer(self, code: int, content: object) -> None:
            told = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_an_issue_is_opened_once(tmp_path: Path) -> None:
    with receiver() as (url, asked):
        issue = {"do": "github-issue", "repository": "a/b", "api": url, "cool_down_days": 1}
        by = policy(tmp_path, issue)
        first = act(look(11, {10, 11}), by, around())
        second = act(look(12, {10, 11, 12}), by, around())
    assert first.taken[0].told == "http://issues/0"
    assert second.taken[0].told == "already open: http://issues/0"
    (one,) = asked
    assert one["path"] == "/repos/a/b/issues"
    assert one["headers"]["Authorization"] == "Bearer ghp_planted"
    assert one["body"]["labels"] == ["drift"]
    assert one["body"]["title"] == "Callers of demo-1 changed: sound"
    assert "bandwidth changed by 40%" in one["body"]["body"]
    assert "ghp_planted" not in by.trail.read_text("utf-8")


@pytest.mark.parametrize(
    ("status", "hang_s", "told"),
    [
        (403, 0.0, "refused with HTTP 403: the token may not do this"),
        (500, 0.0, "refused with HTTP 500"),
        (302, 0.0, "refused with HTTP 302"),
        (201, 3.0, "no answer within 0.3 s"),
    ],
)
def test_what_a_receiver_does_wrong_is_told_and_tried_again(
    tmp_path: Path, status: int, hang_s: float, told: str
) -> None:
    with receiver(status, hang_s) as (url, _):
        hook = {"do": "webhook", "url_env": "HOOK", "deadline_s": 0.3 if hang_s else 20}
        surroundings = Surroundings({"HOOK": url}, print, load_profile)
        outcome = act(look(11, {10, 11}), policy(tmp_path, hook), surroundings)
    assert outcome.taken[0].failed
    assert outcome.taken[0].told == told


def test_a_webhook_gets_json_that_people_can_read_too(tmp_path: Path) -> None:
    with receiver() as (url, asked):
        hook = {"do": "webhook", "url_env": "HOOK", "token_env": "HOOK_TOKEN"}
        known = {"HOOK": f"{url}/services/secret", "HOOK_TOKEN": "t"}
        by = policy(tmp_path, hook)
        act(look(11, {10, 11}), by, Surroundings(known, print, load_profile))
    body = asked[0]["body"]
    assert body["findings"][0]["slices"] == ["language=ru", "way=http"]
    assert body["day"] == "2026-03-12"
    assert "Callers of demo-1 changed: sound" in body["text"]
    assert "secret" not in by.trail.read_text("utf-8")


def test_nobody_there_is_told(tmp_path: Path) -> None:
    nobody = Surroundings({"HOOK": "http://127.0.0.1:9/secret"}, print, load_profile)
    by = policy(tmp_path, {"do": "webhook", "url_env": "HOOK"})
    outcome = act(look(11, {10, 11}), by, nobody)
    assert outcome.taken[0].told == "not reached: ConnectError"


@pytest.mark.parametrize(
    ("column", "language", "title", "wanted_language", "dialects"),
    [
        ("bandwidth_hz", "ru", "Recordings over the telephone", "ru", [None]),
        ("switches_per_min", "uz", "Speech that mixes languages", "mixed", [None]),
        ("dialect_share", "uz", "Speech of Fergana", "", [Dialect.FERGANA, Dialect.KHOREZM]),
        ("language", "another language", "Speech of every day", "", [None]),
    ],
)
def test_campaigns_ask_for_what_changed(
    tmp_path: Path, column: str, language: str, title: str, wanted_language: str, dialects: list
) -> None:
    file = tmp_path / "wanted.yaml"
    by = policy(tmp_path, {"do": "collect", "file": file, "clips": 70})
    act(look(11, {10, 11}, column, language), by, around())
    campaigns = read_wanted(file)
    assert campaigns[0].title == title
    assert campaigns[0].language == wanted_language
    assert [one.dialect for one in campaigns] == dialects
    assert {one.target for one in campaigns} == {70}


def weighed(column: str, language: str, stage: dict[str, object]) -> dict[str, object]:
    (finding,) = list_findings(look(11, {10, 11}, column, language), day(5))
    action = TrainAction(do="train", profile=Path("x"), weight=4, sources=("telegram",))
    profile = {"training": {"stages": [stage]}}
    return weigh_up(profile, (finding,), action)["training"]["stages"][0]


def test_a_slice_is_weighted_up_in_every_way() -> None:
    stage = {"language_weights": {"uz": 0.5, "mixed": 1.0}}
    assert weighed("switches_per_min", "uz", stage)["language_weights"] == {"uz": 0.5, "mixed": 4.0}
    assert stage == {"language_weights": {"uz": 0.5, "mixed": 1.0}}
    assert weighed("language", "ru", {})["language_weights"]["ru"] == 4.0
    assert "language_weights" not in weighed("language", "another language", {})
    assert weighed("bandwidth_hz", "ru", {"augment": {}})["augment"] == {"telephone_share": 0.6}
    assert weighed("snr_db", "ru", {"augment": {}})["augment"] == {
        "noise_share": 1.0, "room_share": 1.0,
    }  # fmt: skip
    assert "augment" not in weighed("bandwidth_hz", "ru", {})
    old = [{"of": {"sources": ["telegram"]}, "weight": 0}, {"of": {}, "weight": 2}]
    mixture = weighed("dialect_share", "uz", {"mixture": old})["mixture"]
    assert [one["weight"] for one in mixture] == [0, 4, 4, 2]


@pytest.mark.parametrize("column", ["bandwidth_hz", "dialect_share", "language"])
@pytest.mark.parametrize("profile", ["demo", "smoke", "crowd", "vi"])
def test_a_changed_profile_is_a_profile(tmp_path: Path, column: str, profile: str) -> None:
    (finding,) = list_findings(look(11, {10, 11}, column, "ru"), day(5))
    file = ROOT / f"configs/{profile}.yaml"
    action = TrainAction(do="train", profile=file, sources=("telegram",))
    tree = weigh_up(yaml.safe_load(file.read_text("utf-8")), (finding,), action)
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(tree), "utf-8")
    given = {"CORPUS": str(tmp_path), "BASE": str(tmp_path)} if profile == "crowd" else {}
    before = load_profile(file, given)
    assert load_profile(changed, given).training != before.training


def test_a_training_is_started_with_the_changed_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[SupervisedTraining] = []

    def start(training: SupervisedTraining, _file: Path) -> int:
        started.append(training)
        return 7

    monkeypatch.setattr(retraining, "start_watched", start)
    train = {
        "do": "train", "profile": ROOT / "configs/smoke.yaml", "workspace": tmp_path / "w",
        "folder": tmp_path / "trainings", "pipeline": "run",
    }  # fmt: skip
    outcome = act(look(11, {10, 11}), policy(tmp_path, train), around())
    assert outcome.taken[0].told.startswith("process 7 by ")
    ((_, *command),) = [one.command for one in started]
    assert command[:3] == ["-m", "pipelines", "run"]
    changed = load_profile(Path(command[command.index("--profile") + 1]))
    assert changed.training.stages[1].augment.telephone_share == pytest.approx(0.45)


def test_a_profile_that_is_none_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: X", "utf-8")
    train = {"do": "train", "profile": tmp_path / "bad.yaml", "folder": tmp_path / "t"}
    outcome = act(look(11, {10, 11}), policy(tmp_path, train), around())
    assert outcome.taken[0].failed
    assert "training: Field required" in outcome.taken[0].told


def test_what_only_a_classifier_tells_is_a_finding_too() -> None:
    report = look(11, set())
    outside = OutsideDay(day(10), 0.8, 0.7, (day(10), day(11)))
    changed = DriftReport(
        "demo-1", 3000, report.days, report.heard_days, (), outside, report.error_rates
    )
    (finding,) = list_findings(changed, day(5))
    assert finding.cause.value == "together"
    assert finding.distance == pytest.approx(0.6)
    assert changed.alarm_days == {day(10), day(11)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trail: t\nactions: [{do: fly}]", "does not match any of the expected tags"),
        ("trail: t\nactions: [{do: warn}, {do: warn}]", "'warn' is there twice"),
        ("trail: t\nactions: [{do: train, profile: x, weight: 0.5}]", "greater than 1"),
        ("trail: t\ntrail: u\nactions: []", "there twice"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_key(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ActionPolicyError, match=told):
        load_action_policy(file)
    with pytest.raises(ActionPolicyError, match="no readable policy"):
        load_action_policy(tmp_path / "none.yaml")
