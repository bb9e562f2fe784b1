#!/usr/bin/env bash
# Export the attachments of a result bundle into a folder for poseconvert bench.
#
#   scripts/export.sh NAME                     results/latest-NAME.xcresult to attachments/NAME
#   scripts/export.sh BUNDLE.xcresult FOLDER   any bundle to any new folder
set -euo pipefail
if [ $# -eq 1 ]; then
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    set -- "results/latest-$1.xcresult" "attachments/$1"
fi
if [ $# -ne 2 ] || [ ! -d "$1" ]; then
    echo "usage: scripts/export.sh NAME, or BUNDLE.xcresult FOLDER${1:+; $1 is not there}" >&2
    exit 2
fi
command -v xcrun >/dev/null || { echo "export.sh: needs Xcode 16 on a Mac." >&2; exit 2; }
if [ -e "$2" ]; then
    echo "export.sh: $2 is there already. Name a new folder: runs are never mixed." >&2
    exit 2
fi
mkdir -p "$(dirname "$2")"
xcrun xcresulttool export attachments --path "$1" --output-path "$2"
echo "exported to $2; next: poseconvert bench show $2"
