"""The memory of a model is its own, whatever the process that asks."""

import numpy as np

from ovoz.evaluation.operation import measure_footprint


def test_memory_is_not_that_of_the_process_that_asks(artifact) -> None:
    ballast = np.ones(200_000_000)  # 1.6 GB
    measured = measure_footprint(artifact)
    assert ballast[-1] == 1
    assert 20 < measured["memory_mb"] < 1000
    assert 0 < measured["size_mb"] < 10
