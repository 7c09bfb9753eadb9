"""The queue before the model, with a model that the test controls."""

import asyncio
import threading

import numpy as np
import pytest

from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.inference.lanes import Lane
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.queue import ModelQueue, OverloadedError

SECOND = 16_000


class Held:
    """A model that answers with the length of what it was given, once released."""

    def __init__(self, batch_frames: int = 0) -> None:
        self.batch_frames = batch_frames
        self.batches: list[int] = []
        self.go = threading.Event()

    def transcribe_all(self, batch):
        assert self.go.wait(10)
        self.batches.append(len(batch))
        return [HotWordsError("no") if one.options.hot_words else len(one.samples) for one in batch]


def spoken(seconds: float = 1, hot_words: tuple[str, ...] = ()) -> RecognitionRequest:
    samples = np.zeros(round(seconds * SECOND), np.float32)
    return RecognitionRequest(samples, RecognitionOptions(hot_words=hot_words))


async def under_way(queue: ModelQueue, model: Held, *lengths: float) -> list[asyncio.Task]:
    tasks = [asyncio.create_task(queue.transcribe(model, spoken(one))) for one in lengths]
    await asyncio.sleep(0.05)
    return tasks


def test_what_waits_is_read_together_and_answered_apart() -> None:
    async def scenario() -> None:
        model, queue = Held(batch_frames=1000), ModelQueue(places=64, workers=1)
        tasks = await under_way(queue, model, 1)
        tasks += await under_way(queue, model, 2, 3, 2)
        assert queue.depth == 3
        model.go.set()
        served = await asyncio.gather(*tasks)
        assert [one.transcript for one in served] == [
            SECOND, 2 * SECOND, 3 * SECOND, 2 * SECOND,
        ]  # fmt: skip
        # 3 s x 3 is padded to 900 frames, four would be over the 1,000.
        assert model.batches == [1, 3]
        assert all(one.entered_ns <= one.started_ns for one in served)

    asyncio.run(scenario())


def test_batches_are_bounded_by_their_padded_frames() -> None:
    async def scenario() -> None:
        model, queue = Held(batch_frames=500), ModelQueue(places=64, workers=1)
        tasks = await under_way(queue, model, 1)
        tasks += await under_way(queue, model, 1, 2, 4, 30)
        model.go.set()
        await asyncio.gather(*tasks)
        assert model.batches == [1, 2, 1, 1]

    asyncio.run(scenario())


def test_one_by_one_on_several_workers_where_batches_do_not_pay() -> None:
    async def scenario() -> None:
        model, queue = Held(), ModelQueue(places=64, workers=2)
        tasks = await under_way(queue, model, *[1] * 5)
        assert queue.depth == 3
        model.go.set()
        await asyncio.gather(*tasks)
        assert model.batches == [1] * 5

    asyncio.run(scenario())


def test_who_is_gone_is_not_worked_for() -> None:
    async def scenario() -> None:
        model, queue = Held(), ModelQueue(places=64, workers=1)
        tasks = await under_way(queue, model, 1, 2, 3)
        tasks[1].cancel()
        await asyncio.sleep(0)
        model.go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[1], asyncio.CancelledError)
        assert model.batches == [1, 1]

    asyncio.run(scenario())


def test_places_are_counted_and_given_back() -> None:
    queue = ModelQueue(places=2, workers=1)
    with queue.place(60), queue.place(60):
        with pytest.raises(OverloadedError, match="retry after") as refused, queue.place(60):
            pass
        assert refused.value.retry_s >= 1
        with pytest.raises(OverloadedError):
            queue.refuse_when_full()
    queue.refuse_when_full()


def test_a_wait_that_would_be_in_vain_is_refused_at_once() -> None:
    async def scenario() -> None:
        model, queue = Held(), ModelQueue(places=64, workers=1)
        (task,) = await under_way(queue, model, 1)
        await asyncio.sleep(0.2)
        model.go.set()
        await task  # one takes about 0.25 s
        with queue.place(1), queue.place(1), pytest.raises(OverloadedError), queue.place(0.1):
            pass

    asyncio.run(scenario())


def test_hot_words_spoil_their_own_recording_only() -> None:
    async def scenario() -> None:
        model, queue = Held(batch_frames=1000), ModelQueue(places=64, workers=1)
        blocking = asyncio.create_task(queue.transcribe(model, spoken()))
        await asyncio.sleep(0.05)
        bad = asyncio.create_task(queue.transcribe(model, spoken(1, ("x",))))
        good = asyncio.create_task(queue.transcribe(model, spoken(2)))
        await asyncio.sleep(0.05)
        model.go.set()
        results = await asyncio.gather(blocking, bad, good, return_exceptions=True)
        assert isinstance(results[1], HotWordsError)
        assert results[2].transcript == 2 * SECOND
        assert model.batches == [1, 2]

    asyncio.run(scenario())


def test_a_fault_of_the_model_is_told_to_all_of_its_batch_and_to_nobody_else() -> None:
    class Broken(Held):
        def transcribe_all(self, batch):
            assert self.go.wait(10)
            raise MemoryError("none left")

    async def scenario() -> None:
        broken, queue = Broken(), ModelQueue(places=64, workers=1)
        tasks = await under_way(queue, broken, 1, 1)
        broken.go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, MemoryError) for one in results)
        model = Held()
        model.go.set()
        assert (await queue.transcribe(model, spoken(1))).transcript == SECOND

    asyncio.run(scenario())


def test_recordings_and_streams_share_the_model_by_weight() -> None:
    async def scenario() -> None:
        class Noting(Held):
            def transcribe_all(self, batch):
                order.append("draft" if batch[0].options.draft else "other")
                return super().transcribe_all(batch)

        order: list[str] = []
        model, queue = Noting(), ModelQueue(places=64, workers=1, streams_share=0.25)
        blocking = asyncio.create_task(queue.transcribe(model, spoken()))
        await asyncio.sleep(0.05)
        draft = RecognitionRequest(spoken().samples, RecognitionOptions(draft=True))
        tasks = [blocking]
        for _ in range(12):
            tasks.append(asyncio.create_task(queue.transcribe(model, spoken())))
            tasks.append(asyncio.create_task(queue.transcribe(model, draft, Lane.DRAFTS)))
        await asyncio.sleep(0.05)
        assert queue.depth == 12
        model.go.set()
        await asyncio.gather(*tasks)
        # While both wait, three of four are recordings; then the drafts have the model alone.
        assert order[1:13].count("other") == 9
        assert order[-8:] == ["draft"] * 8

    asyncio.run(scenario())


def test_finals_of_streams_come_before_drafts() -> None:
    async def scenario() -> None:
        model, queue = Held(), ModelQueue(places=64, workers=1)
        tasks = [asyncio.create_task(queue.transcribe(model, spoken(9)))]
        await asyncio.sleep(0.05)
        assert not queue.is_busy
        done: list[str] = []
        for name, lane in (("draft", Lane.DRAFTS), ("final", Lane.FINALS)):
            task = asyncio.create_task(queue.transcribe(model, spoken(), lane))
            task.add_done_callback(lambda _, name=name: done.append(name))
            tasks.append(task)
        await asyncio.sleep(0.05)
        assert queue.is_busy
        model.go.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
        assert done == ["final", "draft"]

    asyncio.run(scenario())
