"""How workers are told of recordings: inside this process, or over RabbitMQ.

A message is the id of a recording and no more than a hint that there is work: what is true stands
in the database, and a message that is lost or comes twice does no harm. So it is acknowledged when
it is taken. (RabbitMQ would also end a consumer that keeps one for half an hour.)
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Final

from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.announcements import Announcements
from ovoz.serving.neighbours import Probe

_TASK: Final = "ovoz.recognise"
_AGAIN_S: Final = 300.0
"""After so long in RabbitMQ's queue a recording is announced once more."""
_UNHEARD_S: Final = 10.0
"""After so long a recording that nobody took is announced again, where the queue is empty."""
_PATIENCE_S: Final = 10.0
_TOGETHER: Final = 50
"""Messages that are under way to RabbitMQ at once; it confirms each of them."""
_RETRY_S: Final = 3.0
_LOG: Final = logging.getLogger(__name__)


class EmbeddedBroker(AsyncBroker):
    """Messages inside one process, in order; they end with it, as the database does not."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()

    async def kick(self, message: BrokerMessage) -> None:
        """As :meth:`AsyncBroker.kick`."""
        self._messages.put_nowait(message.message)

    async def listen(self) -> AsyncGenerator[bytes | AckableMessage, None]:
        """As :meth:`AsyncBroker.listen`."""
        while True:
            yield await self._messages.get()


def configured_broker(settings: JobsSettings) -> AsyncBroker:
    """RabbitMQ where there is a URL, this process where there is none."""
    if not settings.broker_url:
        return EmbeddedBroker()
    from taskiq_aio_pika import AioPikaBroker, Exchange, Queue  # needless without RabbitMQ

    name = settings.queue
    return AioPikaBroker(
        settings.broker_url,
        qos=max(1, settings.workers),
        exchange=Exchange(name=name),
        task_queues=[Queue(name=name)],
        dead_letter_queue=Queue(name=f"{name}.dead"),
    )


class Deliveries:
    """Announces recordings to workers, and has this process be one of them.

    Args:
        broker: carries the messages.
        announcements: knows what is queued, and notes what was announced.
        work: does the work; its argument is a recording's id.
        workers: recordings worked on side by side; 0: other processes work.
        queue: its name in RabbitMQ.
    """

    def __init__(
        self,
        broker: AsyncBroker,
        announcements: Announcements,
        work: Callable[[str], Awaitable[None]],
        workers: int,
        queue: str = "",
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._announcements = announcements
        self._workers = workers
        self._embedded = isinstance(broker, EmbeddedBroker)
        self._underway: set[str] = set()
        self._started = False
        self._finish = asyncio.Event()
        # No Neighbour: its deadline would cancel the question, and aiormq closes a channel whose
        # question is cancelled, with the messages that are under way in it.
        self.probe = Probe(self._answers)

        async def recognise(recording_id: str) -> None:
            try:
                await work(recording_id)
            finally:
                self._underway.discard(recording_id)

        self._task = broker.register_task(recognise, task_name=_TASK)

    async def announce(self, recording_ids: Sequence[str]) -> None:
        """Tell workers of recordings; those that could not be told of are told of later."""
        if not self._started:
            return
        if self._embedded:
            new = [one for one in recording_ids if one not in self._underway]
            self._underway.update(new)
            for one in new:
                await self._task.kiq(one)
            return
        for first in range(0, len(recording_ids), _TOGETHER):
            if not await self._publish(recording_ids[first : first + _TOGETHER]):
                return

    async def _publish(self, recording_ids: Sequence[str]) -> bool:
        """Publish some messages together, and note those that the broker has confirmed.

        Returns:
            Whether it has confirmed all of them; a slow one is given the rest later.
        """
        sending = {one: asyncio.create_task(self._kick(one)) for one in recording_ids}
        # A lost connection is waited for without end.
        _, late = await asyncio.wait(sending.values(), timeout=_PATIENCE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        confirmed = [one for one, task in sending.items() if _succeeded(task)]
        if confirmed:
            await self._announcements.call(self._announcements.note, confirmed)
        if len(confirmed) < len(recording_ids):
            _LOG.warning(
                "the broker of jobs took %d of %d messages", len(confirmed), len(recording_ids)
            )
        return len(confirmed) == len(recording_ids)

    async def _kick(self, recording_id: str) -> None:
        await self._task.kiq(recording_id)

    async def announce_waiting(self) -> None:
        """Tell workers of all queued recordings that they may not know of."""
        if self._embedded and not self._workers:
            return
        asked = self._announcements
        again_s = 0.0 if self._embedded else _AGAIN_S
        waiting = await asked.call(asked.unannounced, again_s=again_s)
        if waiting:
            await self.announce(waiting)
        if self._embedded or not self._started:
            return
        unheard = await asked.call(asked.unheard, since_s=_UNHEARD_S)
        if unheard and await self._is_queue_empty():
            _LOG.warning("the queue of jobs was emptied: %d are announced again", len(unheard))
            await self.announce(unheard)

    async def _is_queue_empty(self) -> bool:
        """Whether RabbitMQ holds no message for workers, as after a purge."""
        async with asyncio.timeout(_PATIENCE_S):
            return await self._count_messages() == 0

    async def _answers(self) -> bool:
        await self._count_messages()
        return True

    async def _count_messages(self) -> int:
        """Messages in RabbitMQ's queue.

        Raises:
            ConnectionError: there is no connection yet.
        """
        channel = getattr(self._broker, "write_channel", None)
        if channel is None:
            raise ConnectionError("not connected")
        underlay = await channel.get_underlay_channel()
        told = await underlay.queue_declare(self._queue, passive=True)
        return int(told.message_count or 0)

    async def run(self) -> None:
        """Keep the connection, and work, until :meth:`stop`; what is under way is then waited for.

        A broker that is away is waited for: jobs are accepted meanwhile.
        """
        while not self._finish.is_set():
            try:
                self._broker.is_worker_process = self._workers > 0
                await self._broker.startup()
                self._underway.clear()  # a receiver that failed forgets what it had taken
                self._started = True
                if self._workers:
                    await self._receiver().listen(self._finish)
                else:
                    await self._finish.wait()
            except Exception as error:  # whatever it is, the next connection may do
                _LOG.warning("the broker of jobs does not answer: %s", type(error).__name__)
            finally:
                self._started = False
                await self._close()
            await self._pause(_RETRY_S)

    def stop(self) -> None:
        """Take no more work."""
        self._finish.set()

    def _receiver(self) -> Receiver:
        return Receiver(
            self._broker,
            max_async_tasks=self._workers,
            run_startup=False,
            ack_type=AcknowledgeType.WHEN_RECEIVED,
        )

    async def _close(self) -> None:
        try:
            await self._broker.shutdown()
        except Exception as error:  # it was not whole, or is gone
            _LOG.warning("the broker of jobs was not closed: %s", type(error).__name__)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._finish.wait(), seconds)
        except TimeoutError:
            return


def _succeeded(task: "asyncio.Task[None]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
