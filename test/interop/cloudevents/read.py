"""Reads topics of CloudEvents with both interfaces of the Python SDK: core, and
v1, which most code in use has. An answer is what each made of a record.

read.py TOPIC..."""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaConsumer
from cloudevents.core.bindings import kafka as core
from cloudevents.v1 import kafka as v1

from common import plain


def by_core(headers, r):
    e = core.from_kafka_event(core.KafkaMessage(headers=headers, key=r.key, value=r.value))
    return {"attributes": plain(e.get_attributes()), "data": e.get_data()}


def by_v1(headers, r):
    message = v1.KafkaMessage(headers=headers, key=r.key, value=r.value)
    read = v1.from_binary if "ce_specversion" in headers else v1.from_structured
    e = read(message)
    return {"attributes": plain(e.get_attributes()), "data": e.get_data()}


def attempt(read, *args):
    try:
        return read(*args)
    except Exception as e:
        return {"error": f"{type(e).__name__}: {e}"}


async def main(*topics):
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","),
        auto_offset_reset="earliest",
    )
    await consumer.start()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)  # nothing comes but its end
    end = asyncio.ensure_future(ended.wait())
    try:
        while True:
            get = asyncio.ensure_future(consumer.getone())
            await asyncio.wait([get, end], return_when=asyncio.FIRST_COMPLETED)
            if not get.done():
                get.cancel()
                break
            r = get.result()
            headers = dict(r.headers)
            print(json.dumps({"topic": r.topic, "core": attempt(by_core, headers, r), "v1": attempt(by_v1, headers, r)}))
    finally:
        await consumer.stop()


asyncio.run(main(*sys.argv[1:]))
