#!/usr/bin/env bash
# List connected iPhones and iPads with their identifiers.
# devicectl lists no phones of iOS 16; xctrace does.
set -euo pipefail
command -v xcrun >/dev/null || { echo "devices.sh: needs Xcode on a Mac." >&2; exit 2; }
xcrun xctrace list devices 2>&1 | sed -n '/^== Devices ==/,/^== /p' | grep -iE 'iphone|ipad|^==' || true
