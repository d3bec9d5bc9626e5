# Every target runs on a machine with Go, a C compiler, make and git. The pinned
# tools come from the modules under tools/, which no user of this one inherits.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BUF := bin/buf
LINT := bin/golangci-lint
PLUGIN := bin/buf-plugin-event-contract
EVENTCTL := bin/eventctl
CODECS := bin/protoc-gen-go-event
VULN := bin/govulncheck
SECRETS := bin/gitleaks
SBOM := bin/cyclonedx-gomod
SIGN := bin/cosign
KAFKA := test/kafka/jars/.fetched

.PHONY: FORCE help tools kafka-jars test-race test-plain test-programs test-faults test-gate test-reference test-conformance test-kafka test-interop test-platforms generate check test breaking demo example bench fuzz mutate vuln secrets sbom sign dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' Makefile

$(BUF): tools/go.mod tools/go.sum
	@mkdir -p bin
	go build -C tools -o ../$(BUF) github.com/bufbuild/buf/cmd/buf
	@touch $(BUF)

# It is built from this module's own packages: the go command knows whether they changed.
$(PLUGIN): FORCE
	@mkdir -p bin
	@go build -C tools/cmd/buf-plugin-event-contract -o ../../../$(PLUGIN) .

$(EVENTCTL): FORCE
	@mkdir -p bin
	@go build -o $(EVENTCTL) ./cmd/eventctl

# buf empties gen/ before it runs plugins, and this one needs a part of it to be built.
$(CODECS): FORCE
	@mkdir -p bin
	@go build -o $(CODECS) ./cmd/protoc-gen-go-event

FORCE:

$(LINT): tools/lint/go.mod tools/lint/go.sum
	@mkdir -p bin
	go build -C tools/lint -o ../../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(LINT)

$(SECRETS): tools/secrets/go.mod tools/secrets/go.sum
	@mkdir -p bin
	go build -C tools/secrets -o ../../$(SECRETS) github.com/zricethezav/gitleaks/v8
	@touch $(SECRETS)

$(SBOM): tools/release/go.mod tools/release/go.sum
	@mkdir -p bin
	go build -C tools/release -o ../../$(SBOM) github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
	@touch $(SBOM)

# By far the larger one of the two: a list needs no signature.
$(SIGN): tools/release/go.mod tools/release/go.sum
	@mkdir -p bin
	go build -C tools/release -o ../../$(SIGN) github.com/sigstore/cosign/v2/cmd/cosign
	@touch $(SIGN)

$(VULN): tools/vuln/go.mod tools/vuln/go.sum
	@mkdir -p bin
	go build -C tools/vuln -o ../../$(VULN) golang.org/x/vuln/cmd/govulncheck
	@touch $(VULN)

tools: $(BUF) $(LINT) $(PLUGIN) ## build the pinned tools into bin/

generate: $(BUF) ## check the contracts, and write gen/, fixtures/ and contracts.lock
	$(BUF) generate --template buf.gen.options.yaml
	go run ./cmd/eventctl lock
	go run ./cmd/eventctl check
	go run ./cmd/eventctl fixtures
	@$(MAKE) --no-print-directory -o $(BUF) $(CODECS)
	$(BUF) generate

check: $(BUF) $(LINT) $(PLUGIN) ## format, lint, import rules, generated code, go.mod
	@test/check/check.sh

# The race detector looks at what goroutines do at once, and makes all else four to ten
# times as slow. So packages whose code and tests start no goroutine are named here, and
# tested without it: test/check refuses one that starts some. What is not named is
# tested with it, a new package too, and then sees into the code of these as well, where
# a consumer decodes on its workers or a command loads contracts.
PLAIN := \
  conversions examples/internal/target \
  internal/account/observe internal/authoring internal/catalog/topicplan internal/changeset internal/changelog internal/compat \
  internal/config internal/contexts internal/contractlock internal/contractproto internal/contractrepo internal/deadletter \
  internal/descriptor internal/diagnose internal/disclosure internal/fixture internal/gencodec internal/gocodec internal/gogen internal/gosource \
  internal/headername internal/manpage internal/payloadjson internal/protoedit internal/recordview \
  internal/release internal/repogen internal/rulecost internal/servicesedit internal/spec \
  internal/suggest internal/terminal internal/textedit internal/topicname internal/topicsync internal/validator \
  internal/valueset pkg/event pkg/eventrt pkg/kafkaconn test/check test/codec test/contracts test/docs \
  test/mutate
# Minutes of computing about what a change of contracts breaks, with a run of their own.
GATE := test/gate test/reality
# They build whole programs, and run them: the services, their images, what a page says.
# What is tested is built without the detector, and the tests start goroutines to make load.
PROGRAMS := examples/deploy examples/system internal/servicegen test/quickstart
# Tested both ways: what writes and compiles contracts, in files that say !race, without.
BOTH := internal/catalog internal/cli internal/gate
# Minutes of a whole system under faults, with a run of their own.
FAULTS := test/faults
RACE = $(filter-out $(PLAIN:%=./%) $(GATE:%=./%) $(PROGRAMS:%=./%) $(FAULTS:%=./%),$(shell go list ./... | sed "s,^$$(go list -m),.,"))
UNRACED = $(shell grep -l '^//go:build.*!race' $(BOTH:%=%/*_test.go) | xargs grep -ho '^func Test[A-Za-z0-9_]*' | cut -c6- | paste -s -d '|' -)

# Most tests with the detector wait for a broker more than they compute. So twice as many
# run beside one another as there are processors, and the others, which only compute, take
# what is left of those.
test: $(BUF) $(PLUGIN) $(CODECS) ## all tests but the following ones, with the race detector where goroutines are
	@$(MAKE) --no-print-directory -k -j 2 test-race test-plain

# The longest suite begins first. A test that hangs is ended with its goroutines' stacks,
# well before CI is.
test-race:
	@go test -race -timeout 10m -parallel $$((2 * $$(getconf _NPROCESSORS_ONLN))) ./test/integration $(RACE)

test-plain:
	@status=0; \
	nice -n 19 go test -timeout 10m $(PLAIN:%=./%) || status=1; \
	nice -n 19 go test -timeout 10m -run '^($(UNRACED))$$' $(BOTH:%=./%) || status=1; \
	exit $$status

test-programs: $(BUF) $(PLUGIN) $(CODECS) ## what builds and runs whole programs: the example services, their images, new services, the quickstart's page
	go test -timeout 10m $(PROGRAMS:%=./%)
	go test -C test/bench -timeout 10m ./...

test-faults: ## consumers killed, frozen, joining and leaving under load, with an account of every event; and bugs planted in the bus, which it must find
	go test -race -timeout 10m -run TestF $(FAULTS:%=./%)
	go test -timeout 10m -skip TestF $(FAULTS:%=./%)

test-gate: $(BUF) $(PLUGIN) ## the gate on clones, and its verdicts beside what readers do after 10,000 random edits
	go test -timeout 20m $(GATE:%=./%)

test-reference: ## the codec without generated code, in which the same tests pass
	go test -tags reference -timeout 10m ./pkg/event ./pkg/eventrt ./test/codec

# What is run is protovalidate's, of the release whose rules this module has.
test-conformance: $(BUF) ## protovalidate's conformance suite, by generated code and the reference
	test/protovalidate/run.sh

$(KAFKA): test/kafka/pom.xml
	mvn -B -q -f test/kafka/pom.xml dependency:copy-dependencies
	@touch $(KAFKA)

kafka-jars: $(KAFKA) ## fetch Apache Kafka into test/kafka/jars

# The suite itself, on as many single nodes as there are processors here, and on
# three together. KAFKA_BROKERS takes a cluster of yours for the single nodes of
# test/integration, and for no others. It must have none of the contracts' topics;
# KAFKA_EMPTY=yes deletes those that it has.
test-kafka: $(BUF) $(KAFKA) ## the integration suite on Apache Kafka
	go test -race -tags kafka -timeout 15m -p 1 ./test/kafka ./test/security ./test/integration ./examples/notifier ./examples/system

test-interop: $(KAFKA) ## other clients beside the bus: aiokafka, kcat, the Java client
	@test/interop/setup.sh
	go test -tags interop -count=1 -timeout 5m ./test/interop/...
	cd test/interop/cloudevents && go test -tags interop -count=1 -timeout 5m ./...

test-platforms: ## build and run eventctl for musl, ARM64 and dynamic librdkafka too
	@test/platforms/platforms.sh

# What lint finds is told beside what breaks: one may be the reason of the other.
breaking: $(BUF) $(PLUGIN) $(EVENTCTL) ## refuse contract changes that break what is deployed
	@status=0; $(BUF) lint || status=1; $(EVENTCTL) gate || status=$$?; exit $$status

demo: ## publish, handle, fail, dead-letter and redrive on an embedded broker
	go run ./examples/demo

example: ## todo-api, notifier and audit as three processes: one request's way through them, and a stop under load
	go run ./examples/system

# It says first what it measures and how long that takes; what it shows is in test/bench/results.
# BENCH has options, such as -kafka, -only REGEXP or -list (go run . -help in test/bench).
bench: ## the bus beside the raw client and others, as ratios; latency; what grows; what reading costs for each byte; a new event
	@test/bench/python/setup.sh
	cd test/bench && go run . $(BENCH)
	go test -run '^$$' -bench BenchmarkCost -benchtime 5x ./pkg/event
	go test -run '^$$' -bench 'BySize' -benchtime 20x ./test/codec
	go test -run '^$$' -bench 'BenchmarkParse|BenchmarkNew' ./internal/spec ./internal/cli

# What is found is made smaller for a second each: with Go's minute for each input that
# is merely new, most of the time went into that.
fuzz: ## fuzz each decoder for FUZZTIME (default 30s)
	@grep -rnoE '^func Fuzz[A-Za-z0-9]+' --include='*_test.go' pkg internal test/codec | while IFS=: read -r file _ name; do \
	  echo "$$file: $${name#func }"; \
	  go test -run '^$$' -fuzz "^$${name#func }\$$" -fuzztime $${FUZZTIME:-30s} -fuzzminimizetime $${FUZZMINIMIZETIME:-1s} "./$$(dirname "$$file")" </dev/null; done

# Minutes, and a test for each mistake: no part of CI's run on every change.
mutate: ## plant mistakes in the code one at a time, and require a test to notice each
	go run ./test/mutate

# What is known against the code that is called, tests included. It asks
# vuln.go.dev, so that its answer changes without a change here: no gate.
vuln: $(VULN) ## known vulnerabilities in what is linked
	@status=0; for dir in $(shell git ls-files '*go.mod' | grep -vE '/testdata/|^tools/' | xargs -n1 dirname); do \
	  echo "-- $$dir"; $(VULN) -C $$dir -test -tags kafka,interop ./... || status=1; done; exit $$status

secrets: $(SECRETS) ## passwords and keys in any commit
	@$(SECRETS) git --no-banner --redact --config .gitleaks.toml .

dist: ## eventctl for this system with its licences, as dist/eventctl_VERSION_OS_ARCH.tar.gz
	@.ci/dist $${VERSION:-v0.0.0}

# In a clone: it asks git for the version, and does not understand linked worktrees.
sbom: $(SBOM) ## what eventctl is built of, as dist/eventctl.cdx.json (CycloneDX)
	@mkdir -p dist
	$(SBOM) app -json -licenses -main cmd/eventctl -output dist/eventctl.cdx.json .

# Without a key: by the identity that GitHub gives the workflow, for which whoever
# verifies asks (SECURITY.md).
sign: $(SIGN) ## sign dist/checksums.txt, in a release's workflow
	$(SIGN) sign-blob --yes --bundle dist/checksums.txt.sigstore.json dist/checksums.txt
