#!/usr/bin/env bash
# Records where aiokafka and the Java client place keys, for 1 to 100 partitions:
# testdata/placement.aiokafka and testdata/placement.java. It needs what
# make test-interop does; its tests run the same and compare.
set -euo pipefail
cd "$(dirname "$0")/.."
counts="1 2 3 6 7 12 50 100"
keys=$(python3 placement/keys.py)
.venv/bin/python placement/placement.py $counts <<<"$keys" >"${1:-testdata}/placement.aiokafka"
java -Xshare:auto -XX:TieredStopAtLevel=1 -cp '../kafka/jars/*' placement/Placement.java $counts <<<"$keys" >"${1:-testdata}/placement.java"
