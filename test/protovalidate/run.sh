#!/usr/bin/env bash
# protovalidate's conformance suite, answered by this module's validator and generated
# codecs. Its messages are generated from the .proto files of its release, and not kept.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
module=github.com/eventcontracts/eventcontracts/test/protovalidate

version=$(go list -m -f '{{.Version}}' github.com/bufbuild/protovalidate/tools)
suite=$(cd "$root/tools" && GOFLAGS=-mod=mod go mod download -json "github.com/bufbuild/protovalidate@$version" | sed -n 's/.*"Dir": "\(.*\)",\{0,1\}$/\1/p')

clean() { chmod -R u+w work 2>/dev/null || true; rm -rf work generated.go; }
clean
trap clean EXIT
mkdir -p work/bin work/cases
cp -r "$suite/proto/protovalidate-testing/buf" work/cases/buf && chmod -R u+w work
cp -r "$root/third_party/protovalidate" work/rules
(cd "$root" && go build -o test/protovalidate/work/bin/ google.golang.org/protobuf/cmd/protoc-gen-go ./cmd/protoc-gen-go-event)
printf 'version: v2\nmodules:\n  - path: cases\n  - path: rules\n' >work/buf.yaml
cat >work/buf.gen.yaml <<YAML
version: v2
managed:
  enabled: true
  disable:
    - file_option: go_package
      path: buf/validate/validate.proto
  override:
    - file_option: go_package_prefix
      value: $module/work/gen
plugins:
  - local: bin/protoc-gen-go
    out: gen
    opt: paths=source_relative
  - local: bin/protoc-gen-go-event
    out: gen
    opt: paths=source_relative
inputs:
  - directory: cases
YAML
(cd work && "$root/bin/buf" generate)
{
  echo "package main"
  echo
  echo "import ("
  go list ./work/gen/... | sed 's/.*/	_ "&"/'
  echo ")"
} >generated.go

go build -o work/bin/executor .
status=0
go tool protovalidate-conformance --strict_message --strict_error --timeout 60s work/bin/executor 2>work/log || status=$?
awk '$2 == "of" { sure += $1; all += $3; next } { print } END { print sure " of " all " cases are valid by generated code"; exit !sure }' work/log
exit $status
