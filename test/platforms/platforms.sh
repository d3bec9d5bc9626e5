#!/usr/bin/env bash
# Builds eventctl for each platform that this machine can build for, and runs it:
# a broker, one event published and read back, between processes of that build.
# docs/platforms.md states what is found here.
#
#   test/platforms/platforms.sh [go|glibc|musl|arm64|dynamic]...
#
# It needs Debian's musl-tools, gcc-aarch64-linux-gnu, qemu-user-static,
# librdkafka-dev, pkg-config, binutils and file, and pip for one wheel. About 3
# minutes the first time, for the C client is linked anew for each.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
broker="" # the process id of the broker that runs
finish() {
  [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "FAIL $*" >&2
  exit 1
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install musl-tools gcc-aarch64-linux-gnu qemu-user-static librdkafka-dev pkg-config binutils file"
  done
}

# smoke COMMAND... runs eventctl by that command against its own broker.
smoke() {
  local log=$work/broker.log addr="" id=75c3a7cf-305a-4632-99f7-e2a7eeb089cb tries
  : >"$log"
  "$@" broker --port 0 >"$log" 2>&1 &
  broker=$!
  for tries in $(seq 300); do
    addr=$(sed -n 's/^export KAFKA_BROKERS=//p' "$log")
    [ -z "$addr" ] || break
    kill -0 "$broker" 2>/dev/null || fail "the broker ended: $(cat "$log")"
    sleep 0.1
  done
  [ -n "$addr" ] || fail "the broker did not start: $(cat "$log")"
  "$@" publish --brokers "$addr" TodoDeleted "{\"todo_id\":\"$id\",\"user_id\":\"$id\",\"deleted_at\":\"2026-01-02T15:04:05Z\",\"reason\":\"Grüße\"}"
  "$@" tail todos --brokers "$addr" --json | grep -qF '"reason":"Grüße"' || fail "the event did not come back"
  kill "$broker"
  wait "$broker" || fail "the broker did not stop in order: $(cat "$log")"
  broker=""
}

# glibc_of FILE is the newest glibc that the file asks for.
glibc_of() {
  objdump -T "$1" 2>/dev/null | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1
}

# Pure Go: contracts, codecs and conversions need no C compiler, the bus does.
go_() {
  local os arch
  for os in linux darwin windows; do
    for arch in amd64 arm64; do
      CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build ./gen/... ./pkg/event/... ./conversions/...
      echo "ok   pure Go $os/$arch: gen, pkg/event, conversions"
    done
  done
  # Where int has 32 bits: seconds since 1970 and the limits of 64-bit fields do not fit.
  CGO_ENABLED=0 GOARCH=386 go vet ./gen/... ./pkg/event ./conversions/...
  if [ "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" = linux/amd64 ]; then
    CGO_ENABLED=0 GOARCH=386 go test ./pkg/eventrt ./test/codec
  fi
  echo "ok   pure Go of 32 bits: gen, pkg/event, conversions; the codecs' tests"
  if CGO_ENABLED=0 go build ./pkg/eventbus 2>"$work/err"; then
    fail "pkg/eventbus builds without cgo, and the docs say that it does not"
  fi
  grep -q 'undefined: kafka\.' "$work/err" || fail "pkg/eventbus without cgo: $(cat "$work/err")"
  echo "ok   pkg/eventbus without cgo is refused: $(grep -m1 -o 'undefined: kafka\..*' "$work/err")"
}

glibc() {
  need cc objdump
  go build -o "$work/glibc" ./cmd/eventctl
  smoke "$work/glibc"
  echo "ok   glibc: needs $(glibc_of "$work/glibc"), linked on glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2)"
}

musl() {
  need musl-gcc file chroot
  if CC=musl-gcc go build -o "$work/musl" ./cmd/eventctl 2>"$work/err"; then
    fail "musl takes the library for glibc, and the docs say that it does not"
  fi
  grep -q 'undefined reference to' "$work/err" || fail "musl without its tag: $(cat "$work/err")"
  CC=musl-gcc go build -tags musl -o "$work/musl" ./cmd/eventctl
  file "$work/musl" | grep -q 'interpreter /lib/ld-musl-' || fail "not linked to musl: $(file "$work/musl")"
  smoke "$work/musl"
  echo "ok   musl, its loader and nothing else of the system: $(objdump -p "$work/musl" | awk '/NEEDED/ {print $2}' | xargs)"

  # A root with the binary and the contracts in it, as an image FROM scratch is.
  local root=$work/root
  mkdir -p "$root/tmp"
  cp -r proto third_party buf.yaml services.yaml "$root"
  CC=musl-gcc go build -tags musl -ldflags '-linkmode external -extldflags -static' -o "$root/eventctl" ./cmd/eventctl
  file "$root/eventctl" | grep -q 'statically linked' || fail "not static: $(file "$root/eventctl")"
  smoke chroot "$root" /eventctl
  echo "ok   musl, static, in a root without any library"
}

arm64() {
  need aarch64-linux-gnu-gcc qemu-aarch64-static file aarch64-linux-gnu-objdump
  CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc go build -o "$work/arm64" ./cmd/eventctl
  file "$work/arm64" | grep -q 'ARM aarch64' || fail "not ARM64: $(file "$work/arm64")"
  smoke qemu-aarch64-static -L /usr/aarch64-linux-gnu "$work/arm64"
  echo "ok   arm64, emulated: needs $(aarch64-linux-gnu-objdump -T "$work/arm64" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1)"
}

# dynamic links librdkafka.so: the system's, which is too old, then the one that
# Confluent ships in its Python wheel, with the headers of the Go module.
#
# Go's build cache keeps what was compiled against another librdkafka, linker
# flags included: it knows neither what pkg-config says nor the headers.
# CGO_CFLAGS it does know, so each build here has its own.
dynamic() {
  need pkg-config python3
  local have least=2.15.0 build=${work##*.}
  have=$(pkg-config --modversion rdkafka) || fail "librdkafka-dev is missing"
  if [ "$(printf '%s\n' "$have" $least | sort -V | head -1)" != $least ]; then
    if CGO_CFLAGS="-O2 -g -DBUILD_$build" go build -tags dynamic -o "$work/dynamic" ./cmd/eventctl 2>"$work/err"; then
      fail "librdkafka $have was accepted"
    fi
    grep -q "requires librdkafka v$least or later" "$work/err" || fail "librdkafka $have: $(cat "$work/err")"
    echo "ok   dynamic with the system's librdkafka $have is refused: it has to be $least"
  fi

  local lib=$work/rdkafka so headers
  mkdir -p "$lib/include" "$work/wheel"
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$work/wheel" confluent-kafka==$least
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel/x"
  cp "$work"/wheel/x/confluent_kafka.libs/librdkafka-*.so* "$lib"
  so=$(cd "$lib" && ls librdkafka-*.so*)
  ln -s "$so" "$lib/librdkafka.so"
  headers=$(go list -m -f '{{.Dir}}' github.com/confluentinc/confluent-kafka-go/v2)/kafka/librdkafka_vendor
  ln -s "$headers" "$lib/include/librdkafka"
  printf 'Name: rdkafka\nDescription: rdkafka\nVersion: %s\nCflags: -I%s/include\nLibs: -L%s -lrdkafka\n' $least "$lib" "$lib" >"$lib/rdkafka.pc"
  CGO_CFLAGS="-O2 -g -DBUILD_${build}_wheel" PKG_CONFIG_PATH=$lib go build -tags dynamic -o "$work/dynamic" ./cmd/eventctl
  objdump -p "$work/dynamic" | grep -q "NEEDED *$so" || fail "not linked to $so"
  smoke env LD_LIBRARY_PATH="$lib" "$work/dynamic"
  echo "ok   dynamic with librdkafka $least"
}

[ $# -gt 0 ] || set -- go glibc musl arm64 dynamic
for what in "$@"; do
  echo "== $what"
  case $what in
    go) go_ ;;
    glibc | musl | arm64 | dynamic) "$what" ;;
    *) fail "$what: give go, glibc, musl, arm64 or dynamic" ;;
  esac
done
