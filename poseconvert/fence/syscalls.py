"""Linux: a process that starts no program, opens no socket and touches no other process.

A classic BPF program is given to the kernel, which runs it before every system call. Source:
linux/seccomp.h, linux/filter.h, linux/audit.h; system call numbers of asm/unistd_64.h and
asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Iterable, Sequence

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _TSYNC = 1, 1
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_DENY = _ERRNO | errno.EPERM
_X32 = 0x40000000


_NONE = -1  # this machine has no such call
# Programs: "no such file" is what callers expect and survive.
_ABSENT = {"execve": (59, 221), "execveat": (322, 281)}
# By name, the numbers on x86_64 and aarch64.
_DENIED = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "accept": (43, 202),
    "bind": (49, 200),
    "listen": (50, 201),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "accept4": (288, 242),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "setns": (308, 268),
    "unshare": (272, 97),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "personality": (135, 92),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "mount_setattr": (442, 442),
}
# Modes, owners, times and attributes of files: Landlock does not know them, and libraries set
# them on copies. They are answered as done, and nothing is.
_IDLE = {
    "chmod": (90, _NONE),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, _NONE),
    "fchown": (93, 55),
    "lchown": (94, _NONE),
    "fchownat": (260, 54),
    "utime": (132, _NONE),
    "utimes": (235, _NONE),
    "futimesat": (261, _NONE),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}
_IOCTL, _TGKILL, _PRLIMIT = (16, 29), (234, 131), (302, 261)
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # they type into the user's terminal
_MACHINES = ("x86_64", "aarch64")
_AUDIT = (0xC000003E, 0xC00000B7)
_SECCOMP = (317, 277)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.POINTER(_Instruction)))


def deny_syscalls() -> bool:
    """Deny them to every thread of this process, for good; False where the system cannot."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    machine = _MACHINES.index(platform.machine())
    code = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_EQUAL, 1, 0, _AUDIT[machine]),
        _Instruction(_RETURN, 0, 0, _KILL),
        _Instruction(_LOAD, 0, 0, _NUMBER),
        _Instruction(_AT_LEAST, 0, 1, _X32),
        _Instruction(_RETURN, 0, 0, _DENY),
        *_answered((numbers[machine] for numbers in _ABSENT.values()), errno.ENOENT),
        *_answered((numbers[machine] for numbers in _DENIED.values()), errno.EPERM),
        *_answered((numbers[machine] for numbers in _IDLE.values()), 0),
        *_by_argument(_IOCTL[machine], _SECOND, (_TIOCSTI, _TIOCLINUX), found=_DENY, else_=_ALLOW),
        *_by_argument(_TGKILL[machine], _FIRST, (os.getpid(),), found=_ALLOW, else_=_DENY),
        *_by_argument(_PRLIMIT[machine], _FIRST, (0,), found=_ALLOW, else_=_DENY),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    ]
    program = _Program(len(code), (_Instruction * len(code))(*code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(
        libc.syscall(_SECCOMP[machine], _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)) == 0
    )


def _answered(numbers: Iterable[int], error: int) -> list[_Instruction]:
    return [
        instruction
        for number in numbers
        if number != _NONE
        for instruction in (
            _Instruction(_EQUAL, 0, 1, number),
            _Instruction(_RETURN, 0, 0, _ERRNO | error),
        )
    ]


def _by_argument(
    number: int, offset: int, values: Sequence[int], *, found: int, else_: int
) -> list[_Instruction]:
    """Answer one call by the low half of an argument: ``found`` where it is one of ``values``."""
    last = len(values) - 1
    return [
        _Instruction(_EQUAL, 0, len(values) + 3, number),
        _Instruction(_LOAD, 0, 0, offset),
        *(
            _Instruction(_EQUAL, last - at, int(at == last), value)
            for at, value in enumerate(values)
        ),
        _Instruction(_RETURN, 0, 0, found),
        _Instruction(_RETURN, 0, 0, else_),
    ]
