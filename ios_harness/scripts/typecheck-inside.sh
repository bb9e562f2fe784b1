#!/usr/bin/env bash
# What typecheck.sh runs in the harness's folder, where there is a swiftc.
set -euo pipefail
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT

# module NAME FLAGS... FILES...: write NAME.swiftmodule
module() {
    local name=$1
    shift
    swiftc -emit-module -parse-as-library -swift-version 5 -module-name "$name" -I "$built" \
        -emit-module-path "$built/$name.swiftmodule" -suppress-warnings "$@"
}
app() {
    module PoseBench -enable-testing Device/*.swift App/*.swift "$@"
}

# In the order in which they import each other.
for stub in CoreVideo CoreImage CoreML AVFoundation UIKit XCTest; do
    module "$stub" "Stubs/$stub.swift"
done
# shellcheck disable=SC2046
module PoseBenchCore -package-name posebench $(find Sources/PoseBenchCore -name '*.swift')
app
module DeviceTests DeviceTests/*.swift
rejected=0
for planted in Stubs/planted/*.swift; do
    words=$(sed -n '1s|^// ||p' "$planted")
    if output=$(app "$planted" 2>&1); then
        echo "typecheck: $planted was accepted: the check proves nothing."
        exit 1
    elif ! grep -qF "$words" <<<"$output"; then
        echo "typecheck: $planted was rejected, but not with: $words"
        echo "$output"
        exit 1
    fi
    rejected=$((rejected + 1))
done
files=$(ls Device/*.swift App/*.swift DeviceTests/*.swift | wc -l)
echo "typecheck: $((files)) Apple-only files agree with our stubs;" \
    "$rejected planted wrong calls were rejected."
