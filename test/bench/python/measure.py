"""What the Python peers share: the task, the events, the clock. As package measure has it
for Go: the same window, the same figures."""

import json
import os
import random
import resource
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[2] / "interop" / "old"))

TASK = json.loads(os.environ["EVENTCONTRACTS_BENCH_ROLE"])
SERIES = TASK["Series"]
WORDS = "buy milk write report call supplier review invoice book train water plants".split()


def fields(n):
    """What the n-th event is made of: the sizes are those of the Go peers' events."""
    r = random.Random(n)
    text = lambda: " ".join(r.choices(WORDS, k=5))  # noqa: E731
    return {
        "todo_id": UUID(int=r.getrandbits(128), version=4),
        "user_id": UUID(int=r.getrandbits(128), version=4),
        "title": text(),
        "description": text(),
        "priority": r.choice(["low", "medium", "high", "urgent"]),
        "due_date": datetime(2027, 1, 1) + timedelta(minutes=r.randrange(500_000)),
    }


FIELDS = [fields(n) for n in range(1000)]


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Measures from now on."""

    def __init__(self):
        self.cpu, self.began = cpu(), time.perf_counter()

    def stop(self, n):
        took, used = time.perf_counter() - self.began, cpu() - self.cpu
        return {"PerSecond": n / took, "CPUMicros": used / n * 1e6}


async def publish(send):
    """Measures send(first, count), which returns when all are acknowledged."""
    await send(0, TASK["Warm"])
    meter = Meter()
    await send(0, TASK["Records"])
    return meter.stop(TASK["Records"]) | {"Done": TASK["Warm"] + TASK["Records"]}


class Window:
    """Measures the handling of records from the Warm-th on. done is set behind the last one."""

    def __init__(self, done):
        self.done, self.handled, self.meter, self.result, self.first = done, 0, None, None, 0

    def count(self, n=1):
        self.handled += n
        if self.meter is None and self.handled >= TASK["Warm"]:
            self.meter, self.first = Meter(), self.handled
        elif self.result is None and self.meter and self.handled >= self.first + TASK["Records"]:
            self.result = self.meter.stop(self.handled - self.first)
            self.done.set()


def answer(result):
    print(json.dumps(result), flush=True)
