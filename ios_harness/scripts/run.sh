#!/usr/bin/env bash
# Run the device tests on one phone and keep the result bundle.
#
#   scripts/run.sh UDID TEAM [TEST...]    e.g. scripts/run.sh 00008020-... ABCDE12345 ParityTests
#
# TEST is a class of DeviceTests; without one all of them run, which takes hours. All classes of one
# call share a run id, which bench import asks for: to run some classes only, name them in one call.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# -lt 2 ]; then
    echo "usage: scripts/run.sh UDID TEAM [TEST...]; scripts/devices.sh lists identifiers" >&2
    exit 2
fi
command -v xcodebuild >/dev/null || { echo "run.sh: needs Xcode 16 on a Mac." >&2; exit 2; }
if [ ! -e Resources/plan.json ]; then
    echo "run.sh: Resources/plan.json is missing. Run: poseconvert ios-bundle CONVERSION -o Resources" >&2
    exit 2
fi
udid=$1 team=$2
shift 2
only=()
for test in "$@"; do
    only+=("-only-testing:DeviceTests/$test")
done
mkdir -p results
bundle="results/$udid-$(date -u +%Y%m%dT%H%M%SZ).xcresult"
# A failed test is a result too: the bundle is named either way.
status=0
xcodebuild test -project PoseBench.xcodeproj -scheme PoseBench \
    -destination "platform=iOS,id=$udid" -resultBundlePath "$bundle" \
    -allowProvisioningUpdates DEVELOPMENT_TEAM="$team" \
    ${POSEBENCH_ID_PREFIX:+POSEBENCH_ID_PREFIX="$POSEBENCH_ID_PREFIX"} \
    ${only[@]+"${only[@]}"} || status=$?
echo "results in $bundle"
exit "$status"
