#!/usr/bin/env bash
# What the interop tests need beside Go: .venv with the packages of
# requirements.txt, and kcat.
set -euo pipefail
cd "$(dirname "$0")"
command -v kcat >/dev/null || { echo "kcat is missing: apt-get install kcat" >&2; exit 1; }
command -v python3 >/dev/null || { echo "Python is missing: apt-get install python3 python3-venv" >&2; exit 1; }
if [ -f .venv/.requirements ] && cmp -s requirements.txt .venv/.requirements; then
  exit 0
fi
rm -rf .venv
python3 -m venv .venv || { echo "python3 makes no virtual environment: apt-get install python3-venv" >&2; exit 1; }
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
.venv/bin/pip check --disable-pip-version-check >/dev/null
cp requirements.txt .venv/.requirements
