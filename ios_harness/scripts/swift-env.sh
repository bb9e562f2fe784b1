# Sourced by the other scripts: finds a Swift, or makes one, and runs commands with it.
#
#   find_swift          sets SWIFT to "path" or "chroot"; else returns 1 and sets WHY to the reason
#   with_swift COMMAND  runs COMMAND in a shell in the harness's folder
#
# Where there is no swift on PATH, Debian's own is installed into a folder of its own (debootstrap,
# 3.3 GB, once): POSEBENCH_SWIFT, by default ~/.cache/posebench/swift. Nothing else is changed.
# Everything in it runs in a mount namespace that ends with the process: no mount is left behind,
# not even when it is killed.

HARNESS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOM=${POSEBENCH_SWIFT:-${XDG_CACHE_HOME:-$HOME/.cache}/posebench/swift}
SUITE=trixie
NEEDED_MB=5000

find_swift() {
    if command -v swift >/dev/null; then
        SWIFT=path
        return 0
    fi
    SWIFT=chroot
    WHY="no swift on PATH, and "
    if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ]; then
        WHY+="Debian's is installed as root on Linux only"
    elif ! command -v unshare >/dev/null || ! unshare --mount true 2>/dev/null; then
        WHY+="this system lets nobody make a mount namespace (unshare --mount)"
    elif [ ! -e "$ROOM/complete" ] && ! _make_room; then
        WHY+="$REASON"
    else
        return 0
    fi
    return 1
}

with_swift() {
    if [ "$SWIFT" = path ]; then
        (cd "$HARNESS" && bash -c "$1")
        return
    fi
    (
        flock 9
        find "$ROOM/src" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
        tar -C "$HARNESS" -ch --exclude=./.build --exclude=./results . |
            tar -C "$ROOM/src" -x
        _inside "$ROOM" "cd /src && $1"
    ) 9>"$ROOM/lock"
}

# Run a shell command in a chroot with its own /proc.
_inside() {
    env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive \
        unshare --mount --propagation private --pid --fork --kill-child \
        sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" bash -c "$2"' sh "$1" "$2" 9>&-
}

# Install Debian and its Swift beside the room and rename it into place at the end.
_make_room() {
    local partial="$ROOM.partial-$$" log="$ROOM.log"
    mkdir -p "$(dirname "$ROOM")"
    # Whoever comes second waits, and finds it made.
    exec 8>"$ROOM.lock"
    flock 8
    [ ! -e "$ROOM/complete" ] || return 0
    REASON="debootstrap is not installed (apt-get install debootstrap)"
    command -v debootstrap >/dev/null || _install debootstrap || return 1
    REASON="less than $NEEDED_MB MB are free at $(dirname "$ROOM") (set POSEBENCH_SWIFT)"
    [ "$(df -Pm "$(dirname "$ROOM")" | awk 'NR == 2 { print $4 }')" -ge "$NEEDED_MB" ] || return 1
    REASON="Debian $SUITE could not be installed, see $log"
    echo "installing Debian's Swift into $ROOM (once, about two minutes)" >&2
    trap 'rm -rf --one-file-system "$ROOM".partial-$$' EXIT
    {
        unshare --mount --propagation private \
            debootstrap --variant=minbase "$SUITE" "$partial" &&
            cp /etc/resolv.conf "$partial/etc/resolv.conf" &&
            _inside "$partial" "apt-get update -q && apt-get install -y -q --no-install-recommends \
                swiftlang libc6-dev libstdc++-14-dev g++ && apt-get clean && swift --version" &&
            mkdir "$partial/src"
    } >"$log" 2>&1 </dev/null || return 1
    touch "$partial/complete"
    rm -rf --one-file-system "$ROOM"
    mv "$partial" "$ROOM"
    rm -f "$log"
    exec 8>&-
}

_install() {
    command -v apt-get >/dev/null || return 1
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1"; } \
        >/dev/null 2>&1 </dev/null
}
