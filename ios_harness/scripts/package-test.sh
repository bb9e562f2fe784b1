#!/usr/bin/env bash
# Run the tests of a Swift package that `poseconvert ios-bundle --swift DIR` wrote, but for Core ML,
# which is type-checked against our stubs.
#
#   scripts/package-test.sh DIR            where no Swift can be had: says so in words, and exits 0
#   scripts/package-test.sh DIR --require  there it exits 1
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/swift-env.sh"
if [ ! -e "${1:-}/Package.swift" ]; then
    echo "usage: scripts/package-test.sh DIR [--require]; DIR is what ios-bundle --swift wrote" >&2
    exit 2
fi
if ! find_swift; then
    echo "The Swift package was NOT tested: $WHY."
    [ "${2:-}" != --require ]
    exit
fi
made=$(mktemp -d)
trap 'rm -rf "$made"; rm -rf --one-file-system "$ROOM".partial-$$' EXIT
cp -R "$1/." "$made"
cp -R "$HARNESS/Stubs" "$HARNESS/scripts/package-typecheck-inside.sh" "$made"
HARNESS=$made
failed=0
with_swift "bash package-typecheck-inside.sh && swift test" >"$made/log" 2>&1 </dev/null || failed=$?
sum=$(grep -E 'Executed [0-9]+ tests?, with' "$made/log" | tail -n 1 || true)
count=$(sed -E 's/.*Executed ([0-9]+) tests?.*/\1/' <<<"$sum")
if [ "$failed" != 0 ] || [ "${count:-0}" = 0 ]; then
    grep -E 'error:|Fatal error' "$made/log" || tail -n 40 "$made/log"
    echo "The Swift package failed (${sum:-nothing was run})."
    exit 1
fi
echo "Swift package: type-checked against our stubs; $count tests executed, all passed ($SWIFT)."
