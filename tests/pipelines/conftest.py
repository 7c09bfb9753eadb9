"""One finished run of the smoke profile, for the tests that look at it or go on from it."""

import pytest

from .test_runs import ROOT, Finished, run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the run comes before what goes on from it."""
    items.sort(key=lambda item: item.path.name in {"test_changed_code.py", "test_more_data.py"})


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A workspace after one whole run, and what the run printed."""
    workspace = tmp_path_factory.mktemp("workspace")
    finished = run(workspace, ROOT / "configs/smoke.yaml")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return Finished(workspace, finished.stdout)
