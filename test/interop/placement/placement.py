"""Where aiokafka's producer places keys: one line for each key of the list on
standard input, its bytes in hexadecimal and then the partition of each count."""

import sys

from aiokafka.partitioner import DefaultPartitioner

COUNTS = [int(n) for n in sys.argv[1:]]

place = DefaultPartitioner()
for line in sys.stdin:
    key = bytes.fromhex(line.strip())
    partitions = [place(key, list(range(n)), list(range(n))) for n in COUNTS]
    print(line.strip(), *partitions)
