#!/bin/sh
# Builds text.wasm from text.c: with clang and its linker for WebAssembly, and nothing else.
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -mcpu=mvp -O2 -nostdlib -Wall -Werror -Wl,--no-entry -Wl,-z,stack-size=4096 -o text.wasm text.c
