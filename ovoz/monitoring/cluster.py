"""Where the files of a log are read: in this process, or by the workers of a Dask cluster.

The analysis is the same: what files are reduced to adds up, so workers reduce files to it and this
process adds it up. Workers must see the files by the same paths.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Protocol, TypeVar

from pydantic import StringConstraints

if TYPE_CHECKING:
    from distributed import Client

Work = TypeVar("Work")
Result = TypeVar("Result")

LOCAL: Final = "local:"
_CLUSTER: Final = r"^(local:[1-9]\d{0,2}|(tcp|tls|ws|wss)://\S+)?$"
Cluster = Annotated[str, StringConstraints(pattern=_CLUSTER)]
"""``tcp://host:8786``, a scheduler of Dask; ``local:2``, so many processes; empty for none."""


class Spread(Protocol):
    """Does a work on each of several items, as :class:`map` does; results in their order."""

    def __call__(
        self, work: Callable[[Work], Result], items: Sequence[Work], /
    ) -> Iterable[Result]:
        """The result of each item."""
        ...


@contextmanager
def spread_over(cluster: str) -> Iterator[Spread]:
    """What spreads work over a cluster, inside of the block.

    Args:
        cluster: As :data:`Cluster`.

    Raises:
        ValueError: It is none.
        OSError: No scheduler answers there.
    """
    if not re.fullmatch(_CLUSTER, cluster):
        raise ValueError(f"{cluster}: no cluster: give tcp://HOST:8786, or {LOCAL}2")
    if not cluster:
        yield map
        return
    from distributed import Client, LocalCluster

    if not cluster.startswith(LOCAL):
        with Client(cluster) as client:
            yield _over(client)
        return
    workers = int(cluster.removeprefix(LOCAL))
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as local,
        Client(local) as client,
    ):
        yield _over(client)


def _over(client: "Client") -> Spread:
    def spread(work: Callable[[Work], Result], items: Sequence[Work], /) -> Iterable[Result]:
        # Not pure: files of the same names may have grown since the cluster read them.
        futures = client.map(work, items, pure=False)
        results: list[Result] = client.gather(futures)
        return results

    return spread
