#!/usr/bin/env bash
# What make check runs: every rule that needs no test run. It reports all
# findings before it fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0
finding() { echo "check: $1" >&2; bad=1; }

unformatted=$(git ls-files '*.go' | grep -v '^gen/' | xargs go tool -modfile=tools/go.mod gofumpt -l) || finding "gofumpt failed"
[ -z "$unformatted" ] || finding "not gofumpt-formatted: run go tool -modfile=tools/go.mod gofumpt -w on"$'\n'"$unformatted"

go vet ./... || finding "go vet"

# A service that only reads payloads must not need a C compiler.
CGO_ENABLED=0 go build ./gen/... ./pkg/event/... || finding "gen and pkg/event do not build without cgo"

# reaches PACKAGES PATTERN REASON: no package of PACKAGES may depend on PATTERN.
reaches() {
  local found
  found=$(go list -deps -f '{{.ImportPath}}' $1 | grep -E "$2" || true)
  [ -z "$found" ] || finding "$1 reaches $(echo $found): $3"
}
module=github.com/eventcontracts/eventcontracts
reaches "./gen/... ./pkg/event/..." 'confluentinc|twmb/' "contracts must not link a Kafka client"
reaches "./gen/..." "$module/pkg/|buf.build/go/protovalidate|cel-go" "a payload reader must not link the validator"
reaches "./cmd/... ./internal/cli ./internal/catalog/..." "$module/gen/events" "eventctl works on anybody's contracts"

# imports PATTERN ALLOWED REASON: only packages that match ALLOWED may import
# PATTERN directly, tests aside.
imports() {
  local found
  found=$(go list -f '{{.ImportPath}} {{join .Imports " "}}' ./... | grep -E " ([^ ]*/)?($1)( |$)" | cut -d' ' -f1 | grep -vE "$2" || true)
  [ -z "$found" ] || finding "$(echo $found) imports $1: $3"
}
imports 'franz-go/pkg/kgo|franz-go/pkg/kadm' '^$' "franz-go is for tests"
imports 'franz-go/pkg/kfake' '/internal/broker$' "the embedded broker has one owner"
imports 'pkg/eventbustest' '^$' "test support is for tests"
imports 'testing' '/pkg/eventbustest$' "test support is for tests"

bin/buf lint || finding "buf lint"
bin/buf format -d --exit-code proto || finding "buf format: run bin/buf format -w proto"
go run ./cmd/eventctl check || finding "the contracts"

# The generated code must be what the contracts say, from nothing.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c '[ -e "{}" ] && printf "%s\0" "{}"' | tar -cf - --null -T - | tar -xf - -C "$work"
rm -rf "$work/gen"
for template in buf.gen.options.yaml buf.gen.yaml; do
  (cd "$work" && "$OLDPWD/bin/buf" generate --template "$template") || finding "buf generate --template $template"
done
diff -r gen "$work/gen" || finding "generated code is not current: run make generate"

go mod tidy -diff || finding "go.mod is not tidy: run go mod tidy"
(cd tools && go mod tidy -diff) || finding "tools/go.mod is not tidy: run go mod tidy in tools"
exit $bad
