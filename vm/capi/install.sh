#!/usr/bin/env bash
# Builds the C libraries and installs them with the header, the module map and a pkg-config file.
#
#   vm/capi/install.sh --prefix DIR [--no-wasi] [--target TRIPLE] [--from DIR]
#
# --no-wasi   leaves WASI out of the libraries
# --target    builds for another target of rustc's
# --from      doesn't build: takes libhardtack_capi.{a,so,dylib} from this directory, built with or without WASI as said
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix= from= target= features=() cflags=' -DHARDTACK_WASI'
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=$2; shift 2 ;;
    --from) from=$2; shift 2 ;;
    --target) target=$2; shift 2 ;;
    --no-wasi) features=(--no-default-features) cflags=; shift ;;
    --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit ;;
    *) echo "install.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
done
[ -n "$prefix" ] || { echo 'install.sh: --prefix is missing; see --help' >&2; exit 2; }
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
version=$(sed -n 's/^#define HARDTACK_VERSION "\(.*\)"/\1/p' "$here/include/hardtack.h")
short=${version%.*}

if [ -z "$from" ]; then
  cargo build --manifest-path "$here/Cargo.toml" --release ${target:+--target "$target"} ${features[@]+"${features[@]}"}
  directory=$(cargo metadata --manifest-path "$here/Cargo.toml" --format-version 1 --no-deps |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
  from=$directory/${target:+$target/}release
fi

mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
cp "$here/include/hardtack.h" "$here/include/module.modulemap" "$prefix/include/"
cp "$from/libhardtack_capi.a" "$prefix/lib/libhardtack.a"
if [ -f "$from/libhardtack_capi.so" ]; then
  cp "$from/libhardtack_capi.so" "$prefix/lib/libhardtack.so.$short"
  ln -sf "libhardtack.so.$short" "$prefix/lib/libhardtack.so"
elif [ -f "$from/libhardtack_capi.dylib" ]; then
  cp "$from/libhardtack_capi.dylib" "$prefix/lib/libhardtack.$short.dylib"
  ln -sf "libhardtack.$short.dylib" "$prefix/lib/libhardtack.dylib"
fi
# What Rust's standard library needs of the system where it is linked statically.
case ${target:-$(uname -s)} in
  *apple* | Darwin) libs='-lSystem -lm' ;;
  *) libs='-lpthread -ldl -lm' ;;
esac
url=$(sed -n 's/^repository *= *"\(.*\)"/\1/p' "$here/../../Cargo.toml")
sed -e "s|@prefix@|$prefix|" -e "s|@version@|$version|" -e "s|@cflags@|$cflags|" -e "s|@libs_private@|$libs|" \
  -e "s|@url@|$url|" "$here/hardtack.pc.in" > "$prefix/lib/pkgconfig/hardtack.pc"
echo "installed hardtack $version in $prefix"
