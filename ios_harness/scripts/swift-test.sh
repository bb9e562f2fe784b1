#!/usr/bin/env bash
# Run the harness's Swift tests, on any Mac and on Linux.
#
#   scripts/swift-test.sh            where no Swift can be had: says so in words, and exits 0
#   scripts/swift-test.sh --require  there it exits 1
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/swift-env.sh"

if ! find_swift; then
    echo "Swift tests were NOT run: $WHY."
    [ "${1:-}" != --require ]
    exit
fi
log=$(mktemp)
trap 'rm -f "$log"; rm -rf --one-file-system "$ROOM".partial-$$' EXIT
failed=0
with_swift "swift test" >"$log" 2>&1 </dev/null || failed=$?
# XCTest sums up every suite; the last line that does is the sum of all.
sum=$(grep -E 'Executed [0-9]+ tests?, with' "$log" | tail -n 1 || true)
count=$(sed -E 's/.*Executed ([0-9]+) tests?.*/\1/' <<<"$sum")
if [ "$failed" != 0 ]; then
    grep -E 'error:|Fatal error' "$log" || tail -n 40 "$log"
    echo "Swift tests failed (${sum:-nothing was run})."
    exit 1
elif [ -z "$sum" ] || [ "$count" = 0 ]; then
    tail -n 40 "$log"
    echo "Swift tests failed: not one was run."
    exit 1
fi
echo "Swift tests: $count executed, all passed ($SWIFT)."
