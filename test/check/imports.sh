#!/usr/bin/env bash
# The import rules that need the whole graph, beside those of .golangci.yml,
# which see one file at a time. It reports all findings before it fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0
finding() { echo "imports: $1" >&2; bad=1; }
module=github.com/eventcontracts/eventcontracts

# reaches DIRS PATTERN REASON: no package below one of DIRS may depend on PATTERN.
reaches() {
  local dir deps found
  for dir in $1; do
    [ -d "$dir" ] || continue
    deps=$(go list -deps -f '{{.ImportPath}}' "./$dir/...") || { finding "$dir cannot be listed"; continue; }
    found=$(grep -E "$2" <<<"$deps" || true)
    [ -z "$found" ] || finding "$dir reaches $(echo $found) : $3"
  done
}
reaches "gen pkg/event pkg/eventrt" 'confluentinc|twmb/' "who reads payloads must not link a Kafka client"
reaches "gen" "$module/pkg/event$|$module/pkg/event/|buf.build/go/protovalidate|cel-go" "a payload reader must not link the validator"
reaches "cmd internal/cli internal/catalog pkg" "$module/gen/events" "the toolkit works on anybody's contracts"
reaches "internal/flow" 'confluentinc|twmb/|google.golang.org/protobuf|buf.build/' "the scheduler knows neither Kafka nor protobuf"
reaches "internal/topicname internal/headername" "google.golang.org/|buf.build/|confluentinc|twmb/|$module/(pkg|gen)/" "a name is text: who checks one links nothing for it"
reaches "internal/descriptor" "confluentinc|twmb/|buf.build/go/protovalidate|cel-go|$module/pkg/" "descriptors are read without a registry and a validation engine"
reaches "pkg/eventbus" 'twmb/' "a service links one Kafka client, and no test broker"

# imports PATTERN ALLOWED REASON: only packages that match ALLOWED may import
# PATTERN directly, tests aside. test/ holds suites, which are tests.
direct=$(go list -f '{{.ImportPath}} {{join .Imports " "}}' ./... | grep -v "^$module/test/") || finding "the packages cannot be listed"
imports() {
  local found
  found=$(grep -E " ([^ ]*/)?($1)( |$)" <<<"$direct" | cut -d' ' -f1 | grep -vE "$2" || true)
  [ -z "$found" ] || finding "$(echo $found) imports $1 : $3"
}
imports 'franz-go/pkg/kgo|franz-go/pkg/kadm' '^$' "franz-go is for tests"
imports 'franz-go/pkg/kfake' '/internal/broker$' "the embedded broker has one owner"
imports 'internal/broker' '/(internal/cli|pkg/eventbustest|examples/.*)$' "only eventctl broker, tests' support and the demo start a broker"
imports 'pkg/eventbustest' '^$' "test support is for tests"
imports 'testing' '/pkg/eventbustest$' "test support is for tests"
exit $bad
