#!/usr/bin/env bash
# Export the attachments of a result bundle into a folder for poseconvert bench import.
#
#   scripts/export.sh results/UDID-TIME.xcresult attachments/a12
set -euo pipefail
if [ $# -ne 2 ] || [ ! -d "$1" ]; then
    echo "usage: scripts/export.sh BUNDLE.xcresult FOLDER" >&2
    exit 2
fi
command -v xcrun >/dev/null || { echo "export.sh: needs Xcode 16 on a Mac." >&2; exit 2; }
if [ -e "$2" ]; then
    echo "export.sh: $2 is there already. Name a new folder: runs are never mixed." >&2
    exit 2
fi
xcrun xcresulttool export attachments --path "$1" --output-path "$2"
echo "exported to $2; next: poseconvert bench import $2"
