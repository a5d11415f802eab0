#!/bin/sh
# Loads a page of `hardtack explore` in headless Chromium: prints the document as it is after the page's script has run, and leaves a
# picture of it.
#
#   chromium.sh install                       installs Debian's chromium, unless there is one
#   chromium.sh PAGE#FRAGMENT PICTURE.png
set -eu
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ "$1" = install ]; then
    if [ -z "$browser" ]; then
        sudo=$(command -v sudo || true)
        $sudo apt-get update -qq >&2
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2
    fi
    exit 0
fi
if [ -z "$browser" ]; then
    echo "there is no chromium: $0 install" >&2
    exit 1
fi
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
# Nothing of the page may need the network, so there is none.
run() {
    "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$profile" \
        --proxy-server=127.0.0.1:9 --window-size=1600,900 --virtual-time-budget=5000 "$@" 2>"$profile/log"
}
run --screenshot="$2" "file://$1" >&2 || { cat "$profile/log" >&2; exit 1; }
run --dump-dom "file://$1" || { cat "$profile/log" >&2; exit 1; }
