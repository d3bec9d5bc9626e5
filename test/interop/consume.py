"""Reads topics as the old services did: each record through its Pydantic model
and through a handler of raw dicts that indexes every field. The answer to a
record is what both understood, or how they failed.

consume.py GROUP TOPIC..."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "old"))

from aiokafka import AIOKafkaConsumer  # noqa: E402
from events import MODELS, parse  # noqa: E402

HEAD = ["event_id", "event_type", "event_version", "timestamp", "correlation_id"]


def by_model(value):
    try:
        return {"model": parse(value).model_dump(mode="json")}
    except Exception as e:  # what the old services logged and dropped
        return {"model_error": f"{type(e).__name__}: {e}"}


def by_dict(value):
    try:
        data = json.loads(value)
        model = MODELS[data["event_type"], data["event_version"]]
        return {"dict": {name: data[name] for name in HEAD + [f for f in model.model_fields if f not in HEAD]}}
    except Exception as e:
        return {"dict_error": f"{type(e).__name__}: {e}"}


async def main(group, *topics):
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","),
        group_id=group,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_reader(sys.stdin, stopped.set)  # nothing comes but its end
    end = asyncio.ensure_future(stopped.wait())
    try:
        while not stopped.is_set():
            get = asyncio.ensure_future(consumer.getone())
            await asyncio.wait([get, end], return_when=asyncio.FIRST_COMPLETED)
            if not get.done():
                get.cancel()
                break
            r = get.result()
            print(json.dumps({
                "topic": r.topic, "partition": r.partition, "offset": r.offset,
                "key": r.key.decode("utf-8", "replace") if r.key is not None else None,
                **by_model(r.value), **by_dict(r.value),
            }))
    finally:
        await consumer.stop()


asyncio.run(main(*sys.argv[1:]))
