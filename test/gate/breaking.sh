#!/usr/bin/env bash
# What make breaking runs. The baseline is $BREAKING_BASE, else the merge base
# with origin/main if HEAD is not on it, else HEAD~1.
set -euo pipefail
cd "$(dirname "$0")/../.."

base=${BREAKING_BASE:-}
if [ -z "$base" ] && git rev-parse -q --verify origin/main >/dev/null && ! git merge-base --is-ancestor HEAD origin/main; then
  base=$(git merge-base HEAD origin/main || true)
fi
if [ -z "$base" ]; then
  base=$(git rev-parse -q --verify HEAD~1 || true)
fi
if [ -z "$base" ]; then
  echo "breaking: this is the first commit: nothing to compare with"
  exit 0
fi
if ! commit=$(git rev-parse -q --verify "$base^{commit}"); then
  echo "breaking: baseline \"$base\" is no commit here: fetch it, or set BREAKING_BASE to one" >&2
  exit 2
fi
if [ -z "$(git ls-tree -r --name-only "$commit" -- proto | grep '\.proto$' || true)" ]; then
  echo "breaking: no contracts in the baseline ${commit:0:12}: nothing to compare with"
  exit 0
fi

bin/buf lint
if bin/buf breaking proto --exclude-imports --against ".git#ref=$commit,subdir=proto"; then
  echo "breaking: no breaking change since ${commit:0:12}"
else
  status=$?
  echo "breaking: the change above would break deployed services or retained records (baseline ${commit:0:12})." >&2
  echo "breaking: keep the field or file as it was, or add the event to the next major's package." >&2
  exit $status
fi
