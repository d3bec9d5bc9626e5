"""Writes CloudEvents with either interface of the Python SDK. A request is
{api, mode, topic, attributes, data or bytes}, the answer is where it is."""

import asyncio
import json
import os
import sys
from datetime import datetime

from aiokafka import AIOKafkaProducer
from cloudevents.core.bindings import kafka as core
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1 import kafka as v1
from cloudevents.v1.http import CloudEvent as CloudEventV1


def message(request):
    attributes, data = request["attributes"], request.get("data")
    if "bytes" in request:
        data = request["bytes"].encode()
    if request["api"] == "core":
        attributes["time"] = datetime.fromisoformat(attributes["time"])
        to = {"binary": core.to_binary_event, "structured": core.to_structured_event}[request["mode"]]
        return to(CloudEvent(attributes, data))
    event = CloudEventV1(attributes, data)
    if request["mode"] == "structured":
        return v1.to_structured(event)
    # v1 marshals bytes no further than the caller does.
    return v1.to_binary(event, data_marshaller=(lambda b: b) if "bytes" in request else None)


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","))
    await producer.start()
    try:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            request = json.loads(line)
            m = message(request)
            key = m.key.encode() if isinstance(m.key, str) else m.key
            at = await producer.send_and_wait(request["topic"], value=m.value, key=key, headers=list(m.headers.items()))
            print(json.dumps({"partition": at.partition, "offset": at.offset}))
    finally:
        await producer.stop()


asyncio.run(main())
