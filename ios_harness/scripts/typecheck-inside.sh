#!/usr/bin/env bash
# What typecheck.sh runs in the harness's folder, where there is a swiftc.
set -euo pipefail
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT

# module NAME VERSION FLAGS... FILES...: write NAME.swiftmodule, as a language version checks it
module() {
    local name=$1 version=$2
    shift 2
    # To SIL: what is handed from one actor or thread to another is checked after the types are.
    swiftc -emit-sil -parse-as-library -swift-version "$version" -module-name "$name" \
        -I "$built" -wmo -emit-module -emit-module-path "$built/$name.swiftmodule" -o "$built/$name.sil" \
        -suppress-warnings "$@"
}
app() {
    module PoseBench 6 -enable-testing Device/*.swift App/*.swift "$@"
}

# In the order in which they import each other.
for stub in CoreVideo CoreImage CoreML AVFoundation UIKit XCTest; do
    module "$stub" 5 Stubs/"$stub"*.swift
done
# shellcheck disable=SC2046
module PoseBenchCore 6 -package-name posebench $(find -L Sources/PoseBenchCore -name '*.swift')
app
module DeviceTests 6 DeviceTests/*.swift
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
core=$(grep -lR 'canImport(CoreML)' Sources/PoseBenchCore/ | wc -l)
echo "typecheck: $((files + core)) Apple-only files agree with our stubs, by the rules of Swift 6;" \
    "$rejected planted wrong calls were rejected."
