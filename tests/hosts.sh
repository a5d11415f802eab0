#!/usr/bin/env bash
# Shows on which hosts the VM builds and runs, and how large it is: libraries for targets without a standard library, the
# VM's tests and the golden files on other byte orders and pointer widths, and firmware for a Cortex-M4 in an emulator.
#
#     tests/hosts.sh           prints the tables
#     tests/hosts.sh --keep    also writes them to docs/hosts.md
#
# Needs a Debian system with its security suite: what it uses of it, it installs or unpacks below target/hosts (a compiler with
# the sources of the standard library, emulators, linkers). Takes from half an hour on two cores, longer where they are shared.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=${HOSTS_DIR:-$root/target/hosts}
mkdir -p "$work/logs"
report=$work/hosts.md
failed=0

# ── What is needed ──

tools() {
  local sudo packages version
  sudo=$(command -v sudo || true)
  packages=(qemu-user-static qemu-system-arm binutils
    gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-i686-linux-gnu libc6-dev-i386-cross)
  if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${packages[@]}"
  fi
  # A compiler that comes with the sources of the standard library, which it can then build for any target.
  if [ ! -x "$work/rust/usr/bin/rustc" ]; then
    mkdir -p "$work/deb" && cd "$work/deb" || return 1
    version=$(apt-cache depends libstd-rust-web-dev | sed -n 's/.*Depends: \(libstd-rust-web-1\..*\)/\1/p' | head -1)
    apt-get download -qq rustc-web libstd-rust-web-dev rust-web-src "$version" \
      "$(apt-cache depends "$version" | sed -n 's/.*Depends: \(libllvm[0-9]*\)/\1/p' | head -1)"
    for package in *.deb; do dpkg-deb -x "$package" "$work/rust"; done
    cd "$root" || return 1
  fi
}

# Runs cargo with that compiler. It is a release; building the standard library is what it has to be talked into.
other_cargo() {
  env RUSTC="$work/rust/usr/bin/rustc" LD_LIBRARY_PATH="$work/rust/usr/lib/x86_64-linux-gnu" RUSTC_BOOTSTRAP=1 \
    CARGO_TARGET_DIR="$work/build" CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG=false cargo "$@"
}

# Dependencies needn't be fast here.
quick=(--config 'profile.dev.package."*".opt-level=0')

export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x-static -L /usr/s390x-linux-gnu"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu"
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUNNER="qemu-i386-static -L /usr/i686-linux-gnu"
lld=$(dirname "$(dirname "$(rustc --print target-libdir)")")
export CARGO_TARGET_THUMBV7EM_NONE_EABI_LINKER=$lld/$(rustc -vV | sed -n 's/host: //p')/bin/rust-lld

# ── The tables ──

say() { printf '%s\n' "$*" | tee -a "$report"; }

# library TARGET NOTE: does the VM build without the standard library?
library() {
  local built=yes log=$work/logs/build-$1
  other_cargo build -Zbuild-std=core,alloc "${quick[@]}" --target "$1" -p hardtack-vm --no-default-features \
    --features integrity,float,refs,fused >"$log" 2>&1 || { built="**no**" failed=1; }
  say "| $1 | no | $built | — | | $2 |"
}

# tests TARGET DISPATCHER NOTE [CARGO-FLAGS]: do the VM's tests and the golden files pass there?
tests() {
  local target=$1 dispatcher=$2 note=$3 log=$work/logs/test-$1-$2 ran=yes passed broken
  shift 3
  timeout 3600 env CARGO_TERM_COLOR=never bash -c "$(declare -f other_cargo); work=$work; other_cargo \"\$@\"" - \
    test -Zbuild-std=std "${quick[@]}" "$@" --target "$target" -p hardtack-vm --lib --tests --no-fail-fast >"$log" 2>&1 || ran="**no**" failed=1
  passed=$(awk '/^test result/ { n += $4 } END { print n + 0 }' "$log")
  broken=$(awk '/^test result/ { n += $6 } END { print n + 0 }' "$log")
  grep -q '^test result' "$log" || ran="**no**"
  say "| $target | yes | yes | $ran | $passed passed, $broken failed | $dispatcher; $note |"
}

# firmware FEATURES GOAL: how large is it, what does it use, and does it run?
firmware() {
  local features=$1 goal=$2 log=$work/logs/firmware-${1//,/-} elf=$work/build/thumbv7em-none-eabi/release/hardtack-mcu flash ok=
  cd vm/examples/mcu || return 1
  if ! other_cargo build --release -Zbuild-std=core,alloc --target thumbv7em-none-eabi --features "$features" >"$log" 2>&1; then
    say "| $features | **not built** | | | | | | | |"
    failed=1
    cd "$root" || return 1
    return
  fi
  cd "$root" || return 1
  timeout 120 qemu-system-arm -machine mps2-an386 -nographic -semihosting-config enable=on,target=native -kernel "$elf" \
    >"$log.out" 2>&1 || ok=" (**failed**)" failed=1
  value() { awk -v phase="$1" -v name="$2" '$0 == phase { on = 1; next } /^[a-z]/ { on = 0 } on && $0 ~ name { print $NF; exit }' "$log.out"; }
  flash=$(size -A "$elf" | awk '$1 ~ /^\.(vector_table|text|rodata|data)$/ { n += $2 } END { print n }')
  nm -S --size-sort -C -t d "$elf" | grep -vi ' [bd] ' | tail -25 | awk '{ printf "%6d  ", $2; $1 = $2 = $3 = ""; print substr($0, 4) }' >"$log.symbols"
  [ -n "$goal" ] && [ "$flash" -gt $((goal * 1024)) ] && failed=1
  say "| ${features:-base alone} | $((flash / 1024)).$((flash % 1024 * 10 / 1024)) | ${goal:-—} | $(value 'load what is empty' 'heap kept') | $(value load 'heap kept') | $(value load 'heap at most') | $(value load native) | $(value instantiate native) | $(value run native)$ok |"
}

main() {
  : >"$report"
  tools || { echo 'the tools could not be installed' >&2; exit 2; }
  say "# Hosts"
  say
  say "What \`tests/hosts.sh\` printed when it was last kept, on $(date -u +%F), with $("$work/rust/usr/bin/rustc" --version 2>/dev/null || LD_LIBRARY_PATH=$work/rust/usr/lib/x86_64-linux-gnu "$work/rust/usr/bin/rustc" --version)."
  say
  say "| target | std | built | ran | tests | |"
  say "|---|---|---|---|---|---|"
  tests s390x-unknown-linux-gnu looped "big-endian, 64-bit; qemu-user"
  tests aarch64-unknown-linux-gnu looped "64-bit; qemu-user"
  tests aarch64-unknown-linux-gnu threaded "64-bit; qemu-user" \
    --config 'profile.dev.opt-level=1' --config 'profile.dev.debug-assertions=false'
  tests i686-unknown-linux-gnu looped "32-bit; qemu-user"
  library thumbv7em-none-eabi "32-bit"
  library thumbv6m-none-eabi "32-bit, no atomic read-modify-write, no unaligned access"
  library riscv32imac-unknown-none-elf "32-bit"
  library wasm32-unknown-unknown "32-bit"
  library i686-unknown-linux-gnu "32-bit"
  library aarch64-apple-ios "library only: not linked"
  library aarch64-linux-android "library only: not linked"
  library x86_64-pc-windows-msvc "library only: not linked"
  say
  say "## Firmware"
  say
  say "\`vm/examples/mcu\` for thumbv7em-none-eabi, \`opt-level = \"s\"\`, run in qemu-system-arm (Cortex-M4). Flash in KiB is all of it: VM, heap, console,"
  say "vector table and the guest; heap and native stack in bytes. Where there is a goal, it is for flash in KiB."
  say
  say "| features | flash | goal | heap kept by an empty module | by the guest's | at most | stack of load | of instantiate | of run |"
  say "|---|---|---|---|---|---|---|---|---|"
  firmware compact 48
  firmware compact,float 64
  firmware compact,float,refs,fused 160
  firmware "" ""
  firmware float ""
  firmware float,refs,fused 160
  say
  say "The largest symbols of the smallest, in bytes:"
  say
  sed 's/^/    /' "$work/logs/firmware-compact.symbols" | tee -a "$report"
  if [ "${1:-}" = --keep ]; then
    mkdir -p docs && cp "$report" docs/hosts.md
  fi
  exit $failed
}

main "$@"
