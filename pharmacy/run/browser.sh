#!/bin/sh
# See that the browser journeys have a browser: one on PATH, else Playwright's own, else (as root on Debian) from apt.
set -eu
cd "$(dirname "$0")/../.."
say() { printf '%s\n' "$*" >&2; }

if [ -z "${HOME:-}" ] || [ ! -w "${HOME:-/nonexistent}" ]; then HOME="$PWD/.boot/home"; mkdir -p "$HOME"; export HOME; fi

starts() { # a browser that starts and renders, not only one that is there
  .venv/bin/python pharmacy/run/browser_starts.py "$@" >/dev/null 2>&1
}
on_path() { for name in chromium chromium-browser google-chrome; do command -v $name && return; done || return 1; }

if found=$(on_path) && starts "$found"; then exit 0; fi
if starts; then exit 0; fi
say 'Getting a browser for the journeys ...'
if .venv/bin/python -m playwright install chromium >/dev/null 2>&1 && starts; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends chromium fonts-liberation </dev/null >/dev/null 2>&1 ||
    { apt-get update </dev/null >/dev/null && apt-get install -y --no-install-recommends chromium fonts-liberation </dev/null >&2; } || :
  if found=$(on_path) && starts "$found"; then exit 0; fi
fi
say 'The tests drive a browser and none could be started or installed here.'
say 'Install Chromium (Debian: apt install chromium), then run make test again.'
exit 1
