"""An old service that reads todos: it prints the title of each new one.

service.py GROUP [TOPIC]"""

import asyncio
import json
import os
import signal
import sys

from aiokafka import AIOKafkaConsumer


async def main(group: str, topic: str = "todos"):
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","),
        group_id=group,
        auto_offset_reset="earliest",
        value_deserializer=lambda v: json.loads(v.decode("utf-8")),
    )
    stop = asyncio.ensure_future(asyncio.Event().wait())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.cancel)
    await consumer.start()
    try:
        while True:
            get = asyncio.ensure_future(consumer.getone())
            await asyncio.wait([get, stop], return_when=asyncio.FIRST_COMPLETED)
            if not get.done():
                get.cancel()
                break
            event = get.result().value
            if event["event_type"] == "TodoCreated":
                print(f"{group}: {event['title']!r}", flush=True)
    finally:
        await consumer.stop()


asyncio.run(main(*sys.argv[1:]))
