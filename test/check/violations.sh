#!/usr/bin/env bash
# Breaks every import rule in a copy of the tree, and requires that depguard and
# imports.sh name each violation: a rule that a typo in a glob has switched off
# looks just like a rule that is kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c '[ ! -e "{}" ] || printf "%s\0" "{}"' |
  tar -cf - --null -T - | tar -xf - -C "$copy"
cd "$copy"

module=github.com/eventcontracts/eventcontracts
kafka=github.com/confluentinc/confluent-kafka-go/v2/kafka
franz=github.com/twmb/franz-go/pkg
todo=$module/gen/events/todo/v1
# file, what it imports, and what imports.sh must say ("-": depguard alone sees it)
rows="
gen/events/audit/v1       $kafka                              who reads payloads must not link a Kafka client
gen/events/audit/v1       $module/pkg/event                   a payload reader must not link the validator
pkg/event                 $kafka                              who reads payloads must not link a Kafka client
pkg/event                 $franz/kgo                          who reads payloads must not link a Kafka client
pkg/event                 $todo                               the toolkit works on anybody's contracts
pkg/eventbus              $todo                               the toolkit works on anybody's contracts
pkg/eventbus              $franz/kgo                          franz-go is for tests
pkg/eventbus              $module/internal/broker             only eventctl broker
pkg/eventbustest          $todo                               -
pkg/service               github.com/google/uuid              -
pkg/service               $module/pkg/event                   -
examples/audit            $module/internal/eventctx           nobody who copies a service can import what is internal
examples/notifier         $module/internal/eventctx           nobody who copies a service can import what is internal
examples/todo-api         $module/examples/internal/process   nobody who copies a service can import what is internal
internal/account          $module/pkg/event                   the account shares no code with what it checks
internal/account          $module/internal/eventctx           the account shares no code with what it checks
internal/account          $kafka                              the checker is a pure function
internal/account/observe  $module/pkg/eventbus                the account shares no code with what it checks
internal/account/observe  $module/conversions/todo            the account shares no code with what it checks
pkg/kafkaconn             $module/pkg/event                   a connection is below everything that connects
pkg/kafkaconn             google.golang.org/protobuf/proto    a connection is below everything that connects
internal/token            google.golang.org/protobuf/proto    a connection is below everything that connects
internal/diagnose         google.golang.org/protobuf/proto    a connection is below everything that connects
internal/config           $kafka                              problems are collected for every configuration
internal/changeset        go.yaml.in/yaml/v3                  files are changed the same way
internal/textedit         github.com/google/uuid              files are changed the same way
internal/protoedit        $module/gen/eventcontracts/v1       an edit knows the language of a file
internal/protoedit        github.com/spf13/cobra              an edit knows the language of a file
internal/servicesedit     $module/pkg/event                   an edit knows the language of a file
internal/gosource         $module/pkg/event                   messages are written as source without contracts
internal/servicegen       $module/pkg/eventbus                a service is written as text
internal/kafkaclient      $module/internal/catalog            clients know records, and neither contracts
internal/kafkaclient      github.com/spf13/cobra              clients know records, and neither contracts
internal/breaker          $kafka                              the breaker knows neither records nor handlers
internal/flow             $kafka                              the scheduler knows neither Kafka nor protobuf
internal/flow             google.golang.org/protobuf/proto    the scheduler knows neither Kafka nor protobuf
internal/deadletter       $kafka                              what a dead letter says is known without
internal/deadletter       $franz/kgo                          what a dead letter says is known without
internal/deadletter       github.com/spf13/cobra              what a dead letter says is known without
internal/terminal         $module/pkg/event                   what is printed and suggested is text
internal/suggest          google.golang.org/protobuf/proto    what is printed and suggested is text
internal/contexts         github.com/spf13/cobra              a file becomes a connection without
internal/contexts         $module/internal/kafkaclient        a file becomes a connection without
internal/authoring        $kafka                              contracts are written without a Kafka client
internal/authoring        github.com/spf13/cobra              contracts are written without a Kafka client
internal/manpage          $module/pkg/event                   a manual page is text about commands
internal/recordview       $kafka                              records are looked at without
internal/recordview       github.com/spf13/cobra              records are looked at without
internal/topicsync        github.com/spf13/cobra              topics are compared and created without
internal/topicsync        $module/internal/terminal           topics are compared and created without
internal/groups           github.com/spf13/cobra              groups are looked at and reset without
internal/groups           $module/internal/catalog            groups are looked at and reset without
internal/topicname        google.golang.org/protobuf/proto    a name is text
internal/headername       google.golang.org/protobuf/proto    a name is text
internal/spec             google.golang.org/protobuf/proto    a spec is text
internal/contractproto    buf.build/go/protovalidate          contracts are written and read without
internal/contractrepo     google.golang.org/protobuf/proto    where files are is known without
internal/repogen          github.com/spf13/cobra              a repository is made without
internal/gogen            $module/internal/catalog            code is generated from descriptors
internal/gocodec          $module/pkg/event                   code is generated from descriptors
pkg/eventrt               github.com/google/uuid              what generated code links
pkg/eventrt               $module/internal/headername         what generated code links
internal/fixture          $kafka                              fixtures are made of a contract alone
internal/fixture          $module/internal/catalog            fixtures are made of a contract alone
internal/payloadjson      $kafka                              a payload is read with a contract alone
internal/payloadjson      $module/internal/terminal           a payload is read with a contract alone
internal/inputfile        google.golang.org/protobuf/proto    a file is read the same way
internal/disclosure       $kafka                              what may be seen is decided below everything
internal/descriptor       buf.build/go/protovalidate          descriptors are read without a registry
internal/release          $kafka                              a state is frozen without a broker
internal/release          github.com/spf13/cobra              a state is frozen without a broker
internal/gate             $kafka                              a change is judged without
internal/gate             github.com/spf13/cobra              a change is judged without
internal/changelog        $module/pkg/event                   what changed is said wherever
internal/changelog        github.com/spf13/cobra              what changed is said wherever
internal/contractlock     google.golang.org/protobuf/proto    -
internal/compat           $module/pkg/event                   two states are compared wherever
internal/compat           github.com/spf13/cobra              two states are compared wherever
internal/valueset         buf.build/go/protovalidate          what rules mean is known without
internal/validator        github.com/spf13/cobra              the one engine for all who
internal/gencodec         github.com/spf13/cobra              generated code judges a message
cmd/eventctl              $todo                               the toolkit works on anybody's contracts
internal/cli              $todo                               the toolkit works on anybody's contracts
internal/catalog          $todo                               the toolkit works on anybody's contracts
internal/cli              $franz/kfake                        the embedded broker has one owner
conversions/todo          $franz/kgo                          franz-go is for tests
conversions/todo          $module/pkg/eventbustest            test support is for tests
internal/catalog          testing                             test support is for tests
"
n=0
while read -r dir path _; do
  [ -n "$dir" ] || continue
  n=$((n + 1))
  name=$(go list -f '{{.Name}}' "./$dir")
  printf 'package %s\n\nimport _ "%s"\n' "$name" "$path" >"$dir/violation$n.go"
done <<<"$rows"

"$root/bin/golangci-lint" run --enable-only depguard ./... >lint.out 2>&1 || true
test/check/imports.sh >imports.out 2>&1 || true

# seen DIR PATH REASON: imports.sh named this package, this import and the reason.
seen() {
  local who rest
  while read -r _ who rest; do
    [[ "$rest" = *": $3"* ]] || continue
    case "$rest" in
      reaches*) [[ "$1/" = "$who/"* && " $rest " = *" $2 "* ]] && return ;;
      *) [[ " $who $rest" = *" $module/$1 "*"imports "* ]] && return ;;
    esac
  done <imports.out
  return 1
}
bad=0
n=0
while read -r dir path want; do
  [ -n "$dir" ] || continue
  n=$((n + 1))
  grep -qF "$dir/violation$n.go:" lint.out || { echo "violations: depguard does not see $dir importing $path" >&2; bad=1; }
  [ "$want" = - ] || seen "$dir" "$path" "$want" || { echo "violations: imports.sh does not see $dir importing $path" >&2; bad=1; }
done <<<"$rows"
# What was not broken must stay silent, or the rules refuse what the design allows.
if grep '\.go:[0-9]*:' lint.out | grep -v '/violation[0-9]*\.go:' >&2; then
  echo "violations: depguard refuses the above, which nobody broke" >&2
  bad=1
fi
[ $bad = 0 ] || { tail -n 40 lint.out imports.out >&2; exit 1; }
echo "all $n violations are seen"
