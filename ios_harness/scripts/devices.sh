#!/usr/bin/env bash
# List connected phones with their identifiers. devicectl does not list phones of iOS 16; xctrace does.
set -euo pipefail
command -v xcrun >/dev/null || { echo "devices.sh: needs Xcode on a Mac." >&2; exit 2; }
xcrun xctrace list devices 2>&1 | sed -n '/^== Devices ==/,/^== /p' | grep -iE 'iphone|^==' || true
