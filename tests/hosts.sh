#!/usr/bin/env bash
# Shows on which hosts the VM builds and runs, and how large it is: libraries for targets without a standard library, the
# VM's tests and the golden files on other byte orders and pointer widths, and firmware for a Cortex-M4 in an emulator.
#
#     tests/hosts.sh                  does everything, then prints the tables
#     tests/hosts.sh firmware s390x   only rows whose names begin like one of these; the tables have the others as they were last seen
#     tests/hosts.sh --keep [NAME…]   writes the tables to docs/hosts.md as well
#
# Fails if something did that was tried, or if firmware exceeds the budget that is stated for it.
#
# Needs a Debian system with its security suite: what it uses of it, it installs or unpacks below target/hosts (a compiler with
# the sources of the standard library, emulators, linkers). Takes an hour or more on two cores.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=${HOSTS_DIR:-$root/target/hosts}
rows=$work/rows
mkdir -p "$work/logs" "$rows"
report=$work/hosts.md
failed=0
keep=
only=()
for argument in "$@"; do
  case $argument in
    --keep) keep=yes ;;
    *) only+=("$argument") ;;
  esac
done

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

# Runs something with that compiler. It is a release; building the standard library is what it has to be talked into.
other() {
  env RUSTC="$work/rust/usr/bin/rustc" LD_LIBRARY_PATH="$work/rust/usr/lib/x86_64-linux-gnu" RUSTC_BOOTSTRAP=1 CARGO_TERM_COLOR=never \
    CARGO_TARGET_DIR="$work/build" CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG=false "$@"
}

# Dependencies needn't be fast here.
quick=(--config 'profile.dev.package."*".opt-level=0')
# What runs in an emulator must be: tests of how soon a guest can be stopped have limits of time.
emulated=(--config 'profile.dev.opt-level=1')

export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x-static -L /usr/s390x-linux-gnu"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu"
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc
# x86-64 runs it by itself; only its libraries lie elsewhere.
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUNNER="/usr/i686-linux-gnu/lib/ld-linux.so.2 --library-path /usr/i686-linux-gnu/lib"
lld=$(dirname "$(dirname "$(rustc --print target-libdir)")")
export CARGO_TARGET_THUMBV7EM_NONE_EABI_LINKER=$lld/$(rustc -vV | sed -n 's/host: //p')/bin/rust-lld

# ── Rows of the tables ──

# Whether a row of this name is wanted.
wanted() {
  local name
  [ ${#only[@]} = 0 ] && return 0
  for name in "${only[@]}"; do [[ $1 == "$name"* ]] && return 0; done
  return 1
}

# row NAME TEXT: keeps a row, with the day that it was seen on.
row() { printf '%s %s |\n' "$2" "$(date -u +%F)" | tee "$rows/$1"; }

# library TARGET NOTE: does the VM build without the standard library?
library() {
  local built=yes log=$work/logs/build-$1
  wanted "$1-library" || return 0
  # BLAKE3 has C and assembler for some targets, which take their vendors' tools; this makes it do without.
  CARGO_FEATURE_PURE=1 other cargo build -Zbuild-std=core,alloc "${quick[@]}" --target "$1" -p hardtack-vm --no-default-features \
    --features integrity,float,refs,fused >"$log" 2>&1 || built="**no**" failed=1
  row "$1-library" "| $1 | no | $built | | | $2 |"
}

# tests TARGET DISPATCHER NOTE [CARGO-FLAGS]: do the VM's tests and the golden files pass there?
tests() {
  local target=$1 dispatcher=$2 note=$3 log=$work/logs/test-$1-$2 ran=yes passed broken
  wanted "$target-tests-$dispatcher" || return 0
  shift 3
  other timeout 7200 cargo test -Zbuild-std=std "${quick[@]}" "$@" --target "$target" -p hardtack-vm --lib --tests --no-fail-fast \
    >"$log" 2>&1 || failed=1
  passed=$(awk '/^test result/ { n += $4 } END { print n + 0 }' "$log")
  broken=$(awk '/^test result/ { n += $6 } END { print n + 0 }' "$log")
  grep -q '^test result' "$log" || ran="**no**"
  row "$target-tests-$dispatcher" "| $target | yes | yes | $ran | $passed passed, $broken failed | $dispatcher; $note |"
}

flash() { size -A "$1" | awk '$1 ~ /^\.(vector_table|text|rodata|data)$/ { n += $2 } END { print n }'; }
kib() { awk -v bytes="$1" 'BEGIN { printf "%.1f", bytes / 1024 }'; }

# firmware NAME FEATURES BUDGET LIMIT: how large is it, what does it use, and does it run? The budget is the goal in KiB for the
# VM's part, the limit what it may have at most until it meets that.
firmware() {
  local name=firmware-$1 features=$2 budget=$3 limit=$4 log=$work/logs/firmware-$1 out=$work/build/thumbv7em-none-eabi/release all vm ok=yes met
  wanted "$name" || return 0
  cd vm/examples/mcu || return 1
  if ! other cargo build --release -Zbuild-std=core,alloc --target thumbv7em-none-eabi --features "$features" >"$log" 2>&1; then
    cd "$root" || return 1
    row "$name" "| ${features:-none} | **not built** | | | | | | | | | |"
    failed=1
    return
  fi
  cd "$root" || return 1
  if ! timeout 300 qemu-system-arm -machine mps2-an386 -nographic -semihosting-config enable=on,target=native -kernel "$out/hardtack-mcu" \
    >"$log.out" 2>&1; then
    ok="**no**" failed=1
  fi
  value() { awk -v phase="$1" -v name="$2" '$0 == phase { on = 1; next } /^[a-z]/ { on = 0 } on && $0 ~ name { print $NF; exit }' "$log.out"; }
  all=$(flash "$out/hardtack-mcu")
  vm=$((all - $(flash "$out/bare")))
  met=met
  [ "$vm" -gt $((budget * 1024)) ] && met="**+$(kib $((vm - budget * 1024)))**"
  if [ "$vm" -gt $((limit * 1024)) ]; then
    echo "the VM with '$features' takes $(kib "$vm") KiB, more than the $limit that it may" >&2
    failed=1
  fi
  [ "$(value load native)" -le 4096 ] || failed=1
  [ "$(value 'load what is empty' 'heap kept')" -le 256 ] || failed=1
  nm -S --size-sort -C -t d "$out/hardtack-mcu" | grep -vi ' [bd] ' | tail -25 \
    | awk '{ printf "%6d  ", $2; $1 = $2 = $3 = ""; print substr($0, 4, 110) }' >"$log.symbols"
  row "$name" "| ${features:-none} | $(kib "$all") | $(kib "$vm") | $budget | $met | $ok | $(value 'load what is empty' 'heap kept') | $(value load 'heap at most') | $(value load native) | $(value instantiate native) | $(value run native) |"
}

everything() {
  library thumbv7em-none-eabi "32-bit"
  library thumbv6m-none-eabi "32-bit, no atomic read-modify-write, no unaligned access"
  library riscv32imac-unknown-none-elf "32-bit"
  library wasm32-unknown-unknown "32-bit"
  library i686-unknown-linux-gnu "32-bit"
  library aarch64-apple-ios "library only: not linked"
  library aarch64-linux-android "library only: not linked"
  library x86_64-pc-windows-msvc "library only: not linked"
  firmware compact-base compact 48 56
  firmware compact-float compact,float 64 69
  firmware compact-all compact,float,refs,fused 160 160
  firmware base "" 48 160
  firmware all float,refs,fused 160 700
  tests i686-unknown-linux-gnu looped "32-bit"
  tests i686-unknown-linux-gnu compact "32-bit" --features compact
  tests s390x-unknown-linux-gnu looped "big-endian, 64-bit; qemu-user" "${emulated[@]}"
  tests s390x-unknown-linux-gnu compact "big-endian, 64-bit; qemu-user" "${emulated[@]}" --features compact
  tests aarch64-unknown-linux-gnu looped "64-bit; qemu-user" "${emulated[@]}"
  tests aarch64-unknown-linux-gnu threaded "64-bit; qemu-user" "${emulated[@]}" --config 'profile.dev.debug-assertions=false'
}

# rows of these names, in this order; what was never seen says so.
show() {
  local name
  for name in "$@"; do
    if [ -f "$rows/$name" ]; then cat "$rows/$name"; else echo "| $name | not tried |"; fi
  done
}

tables() {
  echo "# Hosts"
  echo
  echo "Made by \`tests/hosts.sh --keep\`. A row says when it was seen. Compiler:"
  echo "$(other "$work/rust/usr/bin/rustc" --version), with \`-Zbuild-std\`."
  echo
  echo "## Libraries and tests"
  echo
  echo "| target | std | built | ran | tests | | seen |"
  echo "|---|---|---|---|---|---|---|"
  show s390x-unknown-linux-gnu-tests-{looped,compact} aarch64-unknown-linux-gnu-tests-{looped,threaded} \
    i686-unknown-linux-gnu-tests-{looped,compact}
  show {thumbv7em-none-eabi,thumbv6m-none-eabi,riscv32imac-unknown-none-elf,wasm32-unknown-unknown,i686-unknown-linux-gnu}-library \
    {aarch64-apple-ios,aarch64-linux-android,x86_64-pc-windows-msvc}-library
  echo
  echo "## Firmware"
  echo
  echo "\`vm/examples/mcu\` for thumbv7em-none-eabi, \`opt-level = \"s\"\`, run in qemu-system-arm (machine mps2-an386, a Cortex-M4). Flash in"
  echo "KiB: all of it, and that of the VM alone, which is what the same firmware without the VM (\`bare.rs\`: vector table, console, heap, the"
  echo "guest's bytes) lacks. Heap and native stack in bytes, the stack by painting it; \`run\` includes a host function that prints."
  echo
  echo "| features | flash | of the VM | goal | | ran | heap kept by an empty module | at most by the guest's | stack of load | of instantiate | of run | seen |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
  show firmware-compact-base firmware-compact-float firmware-compact-all firmware-base firmware-all
  echo
  if [ -f "$work/logs/firmware-compact-base.symbols" ]; then
    echo "The largest symbols of the smallest, in bytes:"
    echo
    sed 's/^/    /' "$work/logs/firmware-compact-base.symbols"
    echo
  fi
  [ -f docs/hosts-notes.md ] && cat docs/hosts-notes.md
}

tools || { echo 'the tools could not be installed' >&2; exit 2; }
everything
tables >"$report"
cat "$report"
if [ -n "$keep" ]; then cp "$report" docs/hosts.md; fi
exit $failed
