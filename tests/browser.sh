#!/bin/sh
# The browser that the end-to-end tests drive: Chromium and a font with Chinese characters.
# Debian's package where there is one, else the build that Playwright fetches.
set -eu
if [ -n "${CALLGRADER_CHROMIUM:-}" ] || command -v chromium >/dev/null; then exit 0; fi
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
if grep -q '^ID=debian' /etc/os-release; then
    as_root apt-get update -q
    as_root apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk
else
    .venv/bin/playwright install --with-deps chromium
fi
