#!/usr/bin/env bash
# What make breaking runs. The baseline is $BREAKING_BASE, else the merge base
# with origin/main if HEAD is not on it, else HEAD~1. The state that is judged is
# the work tree's, so that a change can be tried before it is committed.
#
# Exit codes: 0 compatible, or nothing to compare with; 2 the baseline cannot be
# found; anything else is buf's, a refusal.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { echo "breaking: $1"; }
# A wrong guess would pass a breaking change, so what is unknown is an error.
unknown() {
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
    say "$1: this clone is shallow: run git fetch --unshallow (in CI: check out with fetch-depth: 0)" >&2
  else
    say "$1: $2" >&2
  fi
  exit 2
}

# What lint finds is told beside what breaks: one may be the reason of the other.
linted=0
bin/buf lint || linted=$?

base=${BREAKING_BASE:-} # empty in GitHub's push event, where there is no pull request
why="BREAKING_BASE"
if [ -z "$base" ] && git rev-parse -q --verify origin/main >/dev/null && ! git merge-base --is-ancestor HEAD origin/main; then
  base=$(git merge-base HEAD origin/main) ||
    unknown "HEAD and origin/main have no commit in common" "set BREAKING_BASE to the commit to compare with"
  why="merge base with origin/main"
fi
if [ -z "$base" ]; then
  if ! base=$(git rev-parse -q --verify HEAD~1); then
    [ "$(git rev-parse --is-shallow-repository)" = false ] || unknown "HEAD~1 is not here" ""
    say "this is the first commit: nothing to compare with"
    exit $linted
  fi
  why="HEAD~1"
fi
commit=$(git rev-parse -q --verify "$base^{commit}") ||
  unknown "the baseline \"$base\" is no commit here" "fetch it, or set BREAKING_BASE to one that is"
# No grep -q: it ends early, and the pipe's failure would read as "no contracts".
if ! git ls-tree -r --name-only "$commit" -- proto | grep '\.proto$' >/dev/null; then
  say "no contracts in the baseline ${commit:0:12} ($why): nothing to compare with"
  exit $linted
fi

if bin/buf breaking proto --exclude-imports --against ".git#ref=$commit,subdir=proto"; then
  say "no breaking change since ${commit:0:12} ($why)"
  exit $linted
else
  status=$?
  say "the change above would break deployed services or retained records; the baseline is ${commit:0:12} ($why)." >&2
  say "keep the field or file as it was, or add the event to the next major's package." >&2
  exit $status
fi
