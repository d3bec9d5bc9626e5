#!/usr/bin/env bash
# What make check runs: every rule that needs no test run. It reports all
# findings before it fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
findings=()
finding() { echo "check: $1" >&2; findings+=("${1%%$'\n'*}"); }
step() { echo "-- $1"; }

# Files as the next commit would have them, new ones included.
sources() { git ls-files -z --cached --others --exclude-standard "$@" | xargs -0 -I{} sh -c '[ ! -e "{}" ] || printf "%s\0" "{}"'; }
# The modules with Go code or tools of their own; fixtures are nobody's module.
modules=$(sources 'go.mod' '*/go.mod' | tr '\0' '\n' | grep -v '/testdata/' | xargs -n1 dirname)

step "gofumpt"
unformatted=$(sources '*.go' | grep -zvE '^gen/|\.(pb|event)\.go$' | xargs -0 go tool -modfile=tools/go.mod gofumpt -l) || finding "gofumpt failed"
[ -z "$unformatted" ] || finding "not gofumpt-formatted: run go tool -modfile=tools/go.mod gofumpt -w on"$'\n'"$unformatted"

for dir in $modules; do
  [ -n "$(cd "$dir" && go list ./... 2>/dev/null)" ] || continue # holds tools only
  step "vet and lint of $dir"
  (cd "$dir" && go vet ./...) || finding "go vet in $dir"
  (cd "$dir" && "$root/bin/golangci-lint" run --config "$root/.golangci.yml" --path-mode=abs ./...) || finding "golangci-lint in $dir"
done

step "vet and lint of the suites behind build tags"
go vet -tags kafka,interop ./test/... || finding "go vet with build tags"
bin/golangci-lint run --build-tags kafka,interop ./test/... || finding "golangci-lint with build tags"

step "comments"
# In capitals: "todo" is this domain's word. Work that is left becomes an issue.
if git grep -nE '//.*\b(TODO|FIXME|XXX|HACK)\b' -- '*.go' '*.proto'; then
  finding "a comment leaves work: do it, or open an issue"
fi

step "build without cgo"
# A service that only reads payloads must not need a C compiler.
CGO_ENABLED=0 go build ./gen/... ./pkg/event/... ./pkg/eventrt/... ./internal/deadletter/... || finding "gen, pkg/event and internal/deadletter do not build without cgo"

step "import rules"
test/check/imports.sh || finding "the import rules"
test/check/violations.sh || finding "an import rule does not see what it must"

step "contracts"
bin/buf lint || finding "buf lint"
bin/buf format -d --exit-code proto || finding "buf format: run bin/buf format -w proto"
go run ./cmd/eventctl check || finding "the contracts"

step "generated code, twice from nothing"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources | tar -cf - --null -T - | tar -xf - -C "$work"
rm -rf "$work/gen"
mkdir "$work/bin" && ln -s "$root/bin/buf" "$work/bin/buf"
for run in first second; do
  if make -s -C "$work" -o bin/buf generate >"$work/log" 2>&1; then
    diff -r gen "$work/gen" || finding "generated code is not current after the $run run: run make generate"
  else
    cat "$work/log" >&2
    finding "the $run make generate failed"
  fi
done

for dir in $modules; do
  step "go mod tidy of $dir"
  (cd "$dir" && go mod tidy -diff) || finding "$dir/go.mod is not tidy: run go mod tidy in $dir"
done
[ ${#findings[@]} != 0 ] || exit 0
# Once more together: each stands somewhere in what its tool has printed.
echo "check: ${#findings[@]} findings:" >&2
printf '  %s\n' "${findings[@]}" >&2
exit 1
