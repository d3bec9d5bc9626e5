"""Publishes events with the old producer: a request is an event's topic, type,
version and fields, the answer is where its record is."""

import asyncio
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "old"))

from events import MODELS  # noqa: E402
from producer import EventProducer  # noqa: E402


async def main():
    producer = EventProducer(os.environ["KAFKA_BROKERS"].split(","))
    await producer.start()
    try:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            request = json.loads(line)
            model = MODELS[request["type"], request["version"]]
            at = await producer.publish(request["topic"], model(**request["fields"]))
            print(json.dumps({"topic": at.topic, "partition": at.partition, "offset": at.offset}))
    finally:
        await producer.stop()


asyncio.run(main())
