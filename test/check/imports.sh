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
reaches "internal/breaker" 'confluentinc|twmb/|google.golang.org/protobuf|buf.build/' "the breaker knows neither records nor handlers"
reaches "internal/flow" 'confluentinc|twmb/|google.golang.org/protobuf|buf.build/' "the scheduler knows neither Kafka nor protobuf"
reaches "internal/deadletter" 'confluentinc|twmb/|spf13/' "what a dead letter says is known without a Kafka client and a command line"
# All of this module but itself: of internal/ whatever does not begin with "ac". What is
# below examples/ cannot be imported anyway.
reaches "internal/account" "$module/(cmd|conversions|gen|pkg|test)/|$module/internal/([^a]|a[^c])" "the account shares no code with what it checks"
reaches "internal/topicname internal/headername" "google.golang.org/|buf.build/|confluentinc|twmb/|$module/(pkg|gen)/" "a name is text: who checks one links nothing for it"
reaches "internal/spec" "google.golang.org/|buf.build/|confluentinc|twmb/|$module/(pkg|gen)/" "a spec is text: what it means in a contract is contractproto's"
reaches "internal/contractproto" "confluentinc|twmb/|spf13/|buf.build/go/protovalidate|cel-go|$module/pkg/" "contracts are written and read without a registry and a client"
reaches "internal/contractrepo" "google.golang.org/|buf.build/|confluentinc|twmb/|spf13/|$module/(pkg|gen)/" "where files are is known without reading contracts"
reaches "internal/gogen internal/gocodec" "buf.build/go/|confluentinc|twmb/|spf13/|$module/(pkg/|gen/events|internal/catalog)" "code is generated from descriptors, whoever compiled them"
reaches "pkg/eventrt" "buf.build/|github.com/google/|$module/(gen|internal|pkg/event$|pkg/event/)" "what generated code links is std and protobuf"
reaches "internal/repogen" "confluentinc|twmb/|spf13/|$module/(gen/events|internal/cli)" "a repository is made without a Kafka client and a command line"
reaches "internal/gosource" "confluentinc|twmb/|spf13/|buf.build/|$module/(gen|pkg|internal/[^g])" "messages are written as source without contracts and their rules"
reaches "internal/servicegen" "confluentinc|twmb/|spf13/|$module/(gen/events|pkg/eventbus|internal/cli)" "a service is written as text, and links nothing of what it is built on"
reaches "internal/payloadjson" "confluentinc|twmb/|spf13/|$module/(gen/events|internal/catalog|internal/terminal|pkg/eventbus)" "a payload is read with a contract alone"
reaches "internal/fixture" "confluentinc|twmb/|spf13/|$module/(gen/events|internal/catalog|pkg/eventbus)" "fixtures are made of a contract alone"
reaches "internal/descriptor" "confluentinc|twmb/|buf.build/go/protovalidate|cel-go|$module/pkg/" "descriptors are read without a registry and a validation engine"
reaches "internal/inputfile" "google.golang.org/|buf.build/|confluentinc|twmb/|$module/(pkg|gen)/" "a file is read the same way whatever is in it"
reaches "internal/disclosure" "confluentinc|twmb/|spf13/|buf.build/go/protovalidate|cel-go|$module/pkg/" "what may be seen is decided below everything that shows it"
reaches "internal/valueset" "confluentinc|twmb/|spf13/|buf.build/go/protovalidate|cel-go|$module/pkg/" "what rules mean is known without evaluating one"
reaches "internal/validator" "confluentinc|twmb/|spf13/|bufbuild/protocompile|$module/pkg/" "the one engine for all who ask it"
reaches "internal/gencodec" "confluentinc|twmb/|spf13/|bufbuild/protocompile|$module/(gen/events|pkg/event$|pkg/event/)" "generated code judges a message whatever it is of"
reaches "internal/release" "confluentinc|twmb/|spf13/|$module/(gen/events|pkg/eventbus|internal/(cli|gate))" "a state is frozen without a broker and a command line"
reaches "internal/gate" "confluentinc|twmb/|spf13/|$module/(gen/events|pkg/eventbus|internal/cli)" "a change is judged without a broker and a command line"
reaches "internal/changelog" "confluentinc|twmb/|spf13/|bufbuild/protocompile|$module/(pkg|gen/events|internal/catalog)" "what changed is said wherever states come from"
reaches "internal/contractlock" "confluentinc|twmb/|spf13/|$module/(pkg|gen/events|internal/catalog)" "a lock is text about a state, wherever it came from"
reaches "internal/compat" "confluentinc|twmb/|spf13/|bufbuild/protocompile|buf.build/go/bufplugin|$module/(pkg|gen/events|internal/catalog)" "two states are compared wherever they come from"
reaches "internal/config" 'confluentinc|twmb/|google.golang.org/|buf.build/' "problems are collected for every configuration, and it knows none"
# All that is not the standard library: of this module's internal/ whatever begins with neither "c" nor "t".
reaches "internal/changeset internal/textedit" "^(go|google|golang|gopkg|buf|cel)[^/]*[.]|^github.com/[^e]|$module/(cmd|conversions|gen|pkg|test)/|$module/internal/[^ct]" "files are changed the same way whatever is in them"
reaches "internal/protoedit internal/servicesedit" "confluentinc|twmb/|buf.build/|spf13/|$module/(gen/|pkg/|internal/catalog)" "an edit knows the language of a file, and no contracts"
reaches "pkg/kafkaconn internal/token internal/diagnose" "google.golang.org/|buf.build/|twmb/|$module/(gen|pkg/event|internal/kafkaclient)" "a connection is below everything that connects, and knows no events"
reaches "internal/kafkaclient" "$module/(gen/|pkg/eventbus|internal/catalog|internal/cli)|spf13/" "clients know records, and neither contracts nor the bus"
reaches "internal/terminal internal/suggest" "google.golang.org/|buf.build/|confluentinc|twmb/|spf13/|$module/(gen|pkg)/" "what is printed and suggested is text, and links nothing"
reaches "internal/contexts" "google.golang.org/|buf.build/|twmb/|spf13/|$module/(gen/|pkg/event|internal/(cli|catalog|kafkaclient|terminal))" "a file becomes a connection without a command line, and without connecting"
reaches "internal/authoring" "confluentinc|twmb/|spf13/|$module/(gen/events|pkg/eventbus|internal/cli)" "contracts are written without a Kafka client and a command line"
reaches "cmd internal pkg" "spf13/cobra/doc|go-md2man|blackfriday" "manual pages are written without a Markdown converter, which all who import this module would get"
reaches "internal/manpage" "confluentinc|twmb/|google.golang.org/|buf.build/|$module/(gen|pkg|internal/[^m])" "a manual page is text about commands, whatever they do"
reaches "internal/recordview" "confluentinc|twmb/|spf13/|$module/(gen/events|pkg/eventbus)" "records are looked at without a Kafka client and a command line"
reaches "internal/topicsync" "twmb/|spf13/|$module/(gen/events|pkg/eventbus|internal/cli|internal/terminal)" "topics are compared and created without a command line, and without printing"
reaches "internal/groups" "twmb/|spf13/|$module/(gen/|pkg/event|internal/(cli|catalog|terminal))" "groups are looked at and reset without contracts and a command line"
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

# directly DIR PATTERN REASON: the package in DIR, tests aside, may not import PATTERN.
directly() {
  local found
  found=$(grep "^$module/$1 " <<<"$direct" | tr ' ' '\n' | tail -n +2 | grep -E "$2" || true)
  [ -z "$found" ] || finding "$module/$1 imports $(echo $found) : $3"
}
directly internal/account 'confluentinc|twmb/' "the checker is a pure function, and package observe has the client"
for dir in examples/audit examples/notifier examples/todo-api; do
  directly "$dir" "^$module/(.*/)?internal/" "nobody who copies a service can import what is internal"
done
exit $bad
