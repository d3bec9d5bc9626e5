"""Reads topics as the old services did: each record through its Pydantic model
and through a handler of raw dicts that indexes every field. An answer is what
both made of a record."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "old"))

options = argparse.ArgumentParser()
options.add_argument("group")
options.add_argument("topics", nargs="+")
options.add_argument("--plain", action="store_true", help="as pip install aiokafka leaves it, without the codecs of its extras")
options.add_argument("--assignor", choices=["range", "roundrobin"], help="instead of aiokafka's default")
options = options.parse_args()
if options.plain:
    sys.modules["cramjam"] = None  # importing it fails

from aiokafka import AIOKafkaConsumer  # noqa: E402
from aiokafka.coordinator.assignors.range import RangePartitionAssignor  # noqa: E402
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor  # noqa: E402
from events import MODELS, parse  # noqa: E402

HEAD = ["event_id", "event_type", "event_version", "timestamp", "correlation_id"]


def by_model(value):
    try:
        return {"model": parse(value).model_dump(mode="json")}
    except Exception as e:
        return {"model_error": f"{type(e).__name__}: {e}"}


def by_dict(value):
    try:
        data = json.loads(value)
        model = MODELS[data["event_type"], data["event_version"]]
        return {"dict": {name: data[name] for name in HEAD + [f for f in model.model_fields if f not in HEAD]}}
    except Exception as e:
        return {"dict_error": f"{type(e).__name__}: {e}"}


async def main():
    assignor = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}
    more = {"partition_assignment_strategy": (assignor[options.assignor],)} if options.assignor else {}
    consumer = AIOKafkaConsumer(
        *options.topics,
        bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","),
        group_id=options.group,
        auto_offset_reset="earliest",
        heartbeat_interval_ms=200,  # a rebalance is seen soon
        **more,
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


asyncio.run(main())
