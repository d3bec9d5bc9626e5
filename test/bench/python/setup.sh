#!/usr/bin/env bash
# What the Python peers need: .venv with the packages of requirements.txt, which includes that
# of the interoperability tests.
set -euo pipefail
cd "$(dirname "$0")"
command -v python3 >/dev/null || { echo "Python is missing: apt-get install python3 python3-venv" >&2; exit 1; }
if ! cat requirements.txt ../../interop/requirements.txt | cmp -s - .venv/.requirements; then
  rm -rf .venv
  python3 -m venv .venv || { echo "python3 makes no virtual environment: apt-get install python3-venv" >&2; exit 1; }
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
  .venv/bin/pip check --disable-pip-version-check >/dev/null
  cat requirements.txt ../../interop/requirements.txt >.venv/.requirements
fi
