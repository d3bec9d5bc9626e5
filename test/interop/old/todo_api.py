"""The old service that writes todos: one for each title.

todo_api.py TITLE..."""

import asyncio
import os
import sys
from uuid import uuid4

from events import TodoCreatedV1
from producer import EventProducer


async def main(*titles: str):
    producer = EventProducer(os.environ["KAFKA_BROKERS"].split(","))
    await producer.start()
    try:
        user = uuid4()
        for title in titles:
            await producer.publish("todos", TodoCreatedV1(todo_id=uuid4(), user_id=user, title=title))
    finally:
        await producer.stop()


asyncio.run(main(*sys.argv[1:]))
