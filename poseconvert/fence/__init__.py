"""A fence around what strangers send: their files meet native code in a child process.

::

    supervisor.py   what the user started: starts the child, watches it, says how it ended
    inside.py       the child's side: what it tells the supervisor, and the limits it puts on itself
    limits.py       how much memory and time a foreign file may cost, with reasons
    syscalls.py     Linux: no new programs, no network, no other process (seccomp)
    writing.py      Linux: files are written where the command writes, nowhere else (Landlock)

Nothing here loads a library that is not Python's own. Used as a library, poseconvert runs in the
caller's process, and every function here does nothing.
"""
