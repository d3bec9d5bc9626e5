"""FastStream on aiokafka, with the old models: https://faststream.ag2.ai/latest/kafka/.

publish awaits each event. publish_batch is given a thousand; a batch goes to one partition,
whatever the keys are. The subscriber has one event for each call, or a list of them
(batch=True), and the default policy, which commits what was fetched."""

import asyncio
import logging
from typing import List

from faststream.kafka import KafkaBroker, KafkaPublishMessage
from measure import FIELDS, SERIES, TASK, Window, answer, publish

# measure.py says where this is.
from events import TodoCreatedV1

PARTITIONS = 3


def broker():
    return KafkaBroker(
        TASK["Addr"],
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        linger_ms=SERIES["LingerMs"],
        max_batch_size=1_000_000,
        logger=logging.getLogger("quiet"),
        log_level=logging.DEBUG,
    )


def event(n):
    return TodoCreatedV1(**FIELDS[n % len(FIELDS)])


async def published():
    async with broker() as b:

        async def one_by_one(first, count):
            for n in range(first, first + count):
                e = event(n)
                await b.publish(e, TASK["Topic"], key=str(e.todo_id).encode())

        async def batches(first, count):
            for start in range(first, first + count, 1000):
                events = [event(n) for n in range(start, min(start + 1000, first + count))]
                await b.publish_batch(
                    *(KafkaPublishMessage(e, key=str(e.todo_id).encode()) for e in events),
                    topic=TASK["Topic"],
                    partition=start // 1000 % PARTITIONS,
                )

        return await publish(one_by_one if SERIES["Call"] == "one" else batches)


async def breathe(window):
    """Lets heartbeats and the end of the measurement have their turn, as a handler does that
    awaits anything: while records are buffered, the subscriber itself never lets go."""
    if window.done.is_set():
        await asyncio.sleep(0.01)
    elif window.handled % 1000 == 0:
        await asyncio.sleep(0)


async def consumed():
    b = broker()
    window = Window(asyncio.Event())
    settings = dict(group_id=TASK["Group"], auto_offset_reset="earliest", isolation_level="read_committed", auto_commit_interval_ms=1000, fetch_max_wait_ms=50)
    if SERIES["Call"] == "one":

        @b.subscriber(TASK["Topic"], **settings)
        async def handle(event: TodoCreatedV1):
            window.count()
            await breathe(window)

    else:

        @b.subscriber(TASK["Topic"], batch=True, **settings)
        async def handle_list(events: List[TodoCreatedV1]):
            window.count(len(events))
            await breathe(window)

    async with b:
        await b.start()
        await window.done.wait()
    return window.result | {"Done": window.handled}


answer(asyncio.run(consumed() if SERIES["Consume"] else published()))
