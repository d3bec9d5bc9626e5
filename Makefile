# Every target runs on a machine with Go, a C compiler, make and git. The pinned
# tools come from tools/go.mod.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BUF := bin/buf

.PHONY: help generate check test breaking fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' Makefile

$(BUF): tools/go.mod tools/go.sum
	@mkdir -p bin
	go build -C tools -o ../$(BUF) github.com/bufbuild/buf/cmd/buf
	@touch $(BUF)

generate: $(BUF) ## check the contracts and write gen/
	go run ./cmd/eventctl check
	$(BUF) generate --template buf.gen.options.yaml
	$(BUF) generate

check: $(BUF) ## format, vet, import rules, generated code, go.mod
	@test/check/check.sh

test: $(BUF) ## all tests, with the race detector
	go test -race ./...

breaking: $(BUF) ## refuse contract changes that break what is deployed
	@test/gate/breaking.sh

fuzz: ## fuzz each decoder for FUZZTIME (default 30s)
	@for f in $$(grep -rhoE 'func Fuzz[A-Za-z]+' pkg/event | cut -c6-); do \
	  go test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-30s} ./pkg/event; done
