"""aiokafka with Pydantic models, as the old generator had it, in two ways.

One by one: the old producer as it is, whose publish_batch awaits each event, and which asks
for the acknowledgement of the leader alone.
Otherwise: the same models, with the settings that aiokafka's documentation names for
throughput and safety (https://aiokafka.readthedocs.io/en/stable/producer.html): send without
waiting, enable_idempotence, acks="all", lz4, a larger batch.
The consumers are the old one, which gives handlers dicts, and the one with models."""

import asyncio
import json

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from measure import FIELDS, SERIES, TASK, Window, answer, publish

# measure.py says where these are.
from events import TodoCreatedV1, parse
from producer import EventProducer


async def one_by_one():
    producer = EventProducer(TASK["Addr"])
    await producer.start()

    async def send(first, count):
        for n in range(first, first + count):
            await producer.publish(TASK["Topic"], TodoCreatedV1(**FIELDS[n % len(FIELDS)]))

    try:
        return await publish(send)
    finally:
        await producer.stop()


async def all_at_once():
    producer = AIOKafkaProducer(
        bootstrap_servers=TASK["Addr"],
        value_serializer=lambda v: json.dumps(v).encode("utf-8"),
        key_serializer=lambda k: k.encode("utf-8"),
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        linger_ms=SERIES["LingerMs"],
        max_batch_size=1_000_000,
    )
    await producer.start()

    async def send(first, count):
        outstanding = []
        for n in range(first, first + count):
            event = TodoCreatedV1(**FIELDS[n % len(FIELDS)])
            outstanding.append(await producer.send(TASK["Topic"], value=event.model_dump(mode="json"), key=str(event.todo_id)))
            if len(outstanding) == 1000:
                await asyncio.gather(*outstanding)
                outstanding.clear()
        await asyncio.gather(*outstanding)

    try:
        return await publish(send)
    finally:
        await producer.stop()


async def consume(read):
    consumer = AIOKafkaConsumer(
        TASK["Topic"],
        bootstrap_servers=TASK["Addr"],
        group_id=TASK["Group"],
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        auto_commit_interval_ms=1000,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    window = Window(asyncio.Event())
    try:
        while not window.done.is_set():
            read((await consumer.getone()).value)
            window.count()
    finally:
        await consumer.stop()  # commits
    return window.result | {"Done": window.handled}


def main():
    if SERIES["Consume"]:
        read = parse if SERIES["Call"] == "model" else lambda value: json.loads(value.decode("utf-8"))
        return consume(read)
    return one_by_one() if SERIES["Call"] == "one" else all_at_once()


answer(asyncio.run(main()))
