#!/usr/bin/env bash
# Run the device tests on one phone and keep the result bundle.
#
#   scripts/run.sh [--quick] [--resume] [--name NAME] UDID TEAM [TEST...]
#   scripts/run.sh --quick --name mine 00008020-... ABCDE12345
#
# --quick   parity, load times, compute plan and one burst on each unit: less than ten minutes.
# --resume  go on with the last run of this NAME: what it measured is not measured again.
# --name    what the run is called in results/; else the phone's identifier.
# TEST      a class of DeviceTests; without one all of them run, which takes hours.
#
# All classes of one run share a run id, which bench import asks for: to run some classes only, name
# them in one call, or go on with --resume.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage() {
    echo "usage: scripts/run.sh [--quick] [--resume] [--name NAME] UDID TEAM [TEST...];" \
        "scripts/devices.sh lists identifiers" >&2
    exit 2
}
quick=0 resume=0 name=
while [[ "${1:-}" == --* ]]; do
    case "$1" in
        --quick) quick=1 ;;
        --resume) resume=1 ;;
        --name) name=${2:-} && shift ;;
        *) usage ;;
    esac
    shift || usage
done
[ $# -ge 2 ] || usage
udid=$1 team=$2 name=${name:-$1}
shift 2
if [[ ! "$name" =~ ^[A-Za-z0-9_-]+$ ]]; then
    echo "run.sh: --name $name: use letters, digits, - and _ only." >&2
    exit 2
fi
command -v xcodebuild >/dev/null || { echo "run.sh: needs Xcode 16 on a Mac." >&2; exit 2; }
if [ ! -e PoseBenchData/plan.json ]; then
    echo "run.sh: PoseBenchData/plan.json is missing. Run:" \
        "poseconvert ios-bundle CONVERSION -o PoseBenchData" >&2
    exit 2
fi
mkdir -p results
if ! mkdir "results/.busy-$udid" 2>/dev/null; then
    echo "run.sh: $udid is being measured by another run.sh. Wait for it;" \
        "if none runs: rmdir results/.busy-$udid" >&2
    exit 2
fi
trap 'rmdir "results/.busy-$udid"' EXIT

started=$(date -u +%Y%m%dT%H%M%SZ)
if [ "$resume" = 1 ] && [ ! -s "results/$name.run" ]; then
    echo "run.sh: results/$name.run is missing: no run called $name was begun. Omit --resume." >&2
    exit 2
elif [ "$resume" = 0 ]; then
    echo "$name-$started-$$" >"results/$name.run"
fi
run=$(cat "results/$name.run")
[ "$quick" = 0 ] || [ $# -gt 0 ] ||
    set -- ParityTests LoadTests ComputePlanTests LatencyTests
only=()
for test in "$@"; do
    only+=("-only-testing:DeviceTests/$test")
done
bundle="results/$name-$started.xcresult" log="results/$name-$started.log"
echo "run $run; all that xcodebuild says is in $log"
# xcodebuild hands TEST_RUNNER_X to the tests as X. A failed test is a result too: the bundle is
# named either way.
status=0
TEST_RUNNER_POSEBENCH_RUN=$run TEST_RUNNER_POSEBENCH_QUICK=$quick \
    xcodebuild test -project PoseBench.xcodeproj -scheme PoseBench \
    -destination "platform=iOS,id=$udid" -resultBundlePath "$bundle" \
    -derivedDataPath ".build/xcode-$udid" \
    -allowProvisioningUpdates DEVELOPMENT_TEAM="$team" \
    ${POSEBENCH_ID_PREFIX:+POSEBENCH_ID_PREFIX="$POSEBENCH_ID_PREFIX"} \
    ${only[@]+"${only[@]}"} 2>&1 | tee "$log" |
    awk '/posebench: |error:|^\*\* |Test Case .*(passed|failed)/ { print; fflush() }' || status=$?
ln -sfn "$(basename "$bundle")" "results/latest-$name.xcresult"
echo "results in $bundle, also called results/latest-$name.xcresult; next:"
echo "  scripts/export.sh $name"
echo "  poseconvert bench show attachments/$name --html $name.html"
if [ "$status" != 0 ]; then
    echo "it ended with $status; what broke off goes on with: scripts/run.sh --resume --name $name ..."
fi
exit "$status"
