"""The old generator's producer."""

import json

from aiokafka import AIOKafkaProducer

from events import BaseEvent


class EventProducer:
    def __init__(self, brokers: str):
        self._producer = AIOKafkaProducer(
            bootstrap_servers=brokers,
            value_serializer=lambda v: json.dumps(v).encode("utf-8"),
            key_serializer=lambda k: k.encode("utf-8"),
        )

    async def start(self):
        await self._producer.start()

    async def stop(self):
        await self._producer.stop()

    async def publish(self, topic: str, event: BaseEvent):
        return await self._producer.send_and_wait(
            topic, value=event.model_dump(mode="json"), key=str(event.event_id)
        )
