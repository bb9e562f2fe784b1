#!/usr/bin/env bash
# What package-test.sh runs in a copy of the package, beside the stubs of Core ML.
set -euo pipefail
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
module() {
    local name=$1 version=$2
    shift 2
    swiftc -emit-sil -wmo -parse-as-library -swift-version "$version" -module-name "$name" -I "$built" \
        -emit-module -emit-module-path "$built/$name.swiftmodule" -o "$built/$name.sil" \
        -suppress-warnings "$@"
}
module CoreVideo 5 Stubs/CoreVideo.swift
module CoreML 5 Stubs/CoreML.swift
# SwiftPM writes Bundle.module where a target has resources.
echo 'import Foundation
extension Bundle { static var module: Bundle { .main } }' >"$built/Module.swift"
# shellcheck disable=SC2046
module PoseLoader 6 "$built/Module.swift" $(find Sources -name '*.swift')
