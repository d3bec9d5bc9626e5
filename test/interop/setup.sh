#!/usr/bin/env bash
# What the interop tests need beside Go, Java and Maven: kcat, .venv with the
# packages of requirements.txt, and Kafka's command-line tools in jars/.
set -euo pipefail
cd "$(dirname "$0")"
command -v kcat >/dev/null || { echo "kcat is missing: apt-get install kcat" >&2; exit 1; }
command -v python3 >/dev/null || { echo "Python is missing: apt-get install python3 python3-venv" >&2; exit 1; }
command -v mvn >/dev/null || { echo "Maven is missing: apt-get install maven" >&2; exit 1; }
if ! cmp -s requirements.txt .venv/.requirements; then
  rm -rf .venv
  python3 -m venv .venv || { echo "python3 makes no virtual environment: apt-get install python3-venv" >&2; exit 1; }
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
  .venv/bin/pip check --disable-pip-version-check >/dev/null
  cp requirements.txt .venv/.requirements
fi
if ! cmp -s pom.xml jars/.pom; then
  rm -rf jars
  mvn -B -q dependency:copy-dependencies
  cp pom.xml jars/.pom
fi
