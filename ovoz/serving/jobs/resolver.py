"""Looking up the hosts of webhooks: with a deadline, on threads that nothing else waits for.

The system's resolver knows what this machine knows (``/etc/hosts``, search domains), which an
asynchronous one such as dnspython's does not; but it blocks for as long as it likes. So it has
threads of its own, few of them for one caller: names that hang are that caller's alone.
"""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.serving.jobs.targets import Target, resolve

LOOKUP_S: Final = 5.0
_THREADS: Final = 16
_PER_CALLER: Final = 4


class UnresolvedError(TimeoutError):
    """The name service did not answer in time, or the caller has too many questions open."""


class Resolver:
    """Resolves URLs for many callers."""

    def __init__(self, deadline_s: Seconds = LOOKUP_S) -> None:
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ovoz-webhook-names")
        self._open: Counter[str] = Counter()

    async def resolve(self, url: str, caller: str, *, private: bool) -> Target:
        """The target of ``url``.

        Args:
            url: of a webhook.
            caller: whose it is.
            private: whether it may lie in this machine or its network.

        Raises:
            TargetError: it may not be sent to.
            UnresolvedError: its addresses are not known in time.
        """
        if self._open[caller] >= _PER_CALLER:
            raise UnresolvedError
        self._open[caller] += 1
        asking = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(resolve, url, private=private)
        )
        # The thread is held for as long as the system's resolver takes, whoever stopped waiting.
        asking.add_done_callback(lambda _: self._closed(caller))
        done, _ = await asyncio.wait({asking}, timeout=self._deadline_s)
        if not done:
            asking.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise UnresolvedError
        if asking.cancelled():  # the resolver was closed meanwhile
            raise UnresolvedError
        return asking.result()

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _closed(self, caller: str) -> None:
        self._open[caller] -= 1
        if not self._open[caller]:
            del self._open[caller]
