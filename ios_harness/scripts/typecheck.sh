#!/usr/bin/env bash
# Type-check the Apple-only sources (Device, App, DeviceTests) against our own stub modules.
#
# It proves that the sources agree with our reading of Apple's signatures, and no more: see
# Stubs/README.md. To show that the check can fail, each wrong call of Stubs/planted is added in
# turn and must be rejected with the words in its first line.
#
#   scripts/typecheck.sh            where no Swift can be had: says so in words, and exits 0
#   scripts/typecheck.sh --require  there it exits 1
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/swift-env.sh"

if ! find_swift; then
    echo "The Apple-only sources were NOT type-checked: $WHY."
    [ "${1:-}" != --require ]
    exit
fi
trap 'rm -rf --one-file-system "$ROOM".partial-$$' EXIT
with_swift "bash scripts/typecheck-inside.sh"
