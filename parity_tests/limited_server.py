"""Reads files in forked children with little memory and little time: one import for all of them.

A line of JSON in, ``{"read": NAME, "path": PATH, "seconds": 2, "megabytes": 200}``; a line out,
``{"said": TEXT, "seconds": FLOAT, "grown": MEGABYTES}``, where TEXT starts with the kind of the
exception, or is "read", "killed by signal N" or "no end".
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path


def onnx(path):
    from poseconvert.graph.reader import read_onnx

    read_onnx(path)


def picture(path):
    from poseconvert.imaging.picture import read_picture

    read_picture(path)


def checkpoint(path):
    from poseconvert.network.loading import load_source
    from poseconvert.network.source import ModelOptions

    load_source(path, ModelOptions())


def dataset(path):
    from poseconvert.datasets.reading import open_dataset

    open_dataset(path.name.partition("-")[0], path, count=None)


def endless(path):
    while True:
        time.sleep(1)


def slow(path):
    time.sleep(0.3)


def greedy(path):
    bytearray(1 << 40)


def killed(path):
    os.kill(os.getpid(), signal.SIGSEGV)


def filled(path):
    bytes(range(256)) * (path.stat().st_size << 12)


READERS = {
    reader.__name__: reader
    for reader in (onnx, picture, checkpoint, dataset, endless, slow, greedy, killed, filled)
}


def kilobytes(field):
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1])


def child(order, pipe):
    before, data = kilobytes("VmRSS"), kilobytes("VmData")
    if data:
        most = (data << 10) + (int(order["megabytes"]) << 20)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    started = time.perf_counter()
    try:
        READERS[order["read"]](Path(os.fsdecode(bytes.fromhex(order["path"]))))
        said = "read"
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    answer = {
        "said": said.encode(errors="backslashreplace").decode()[:2000],
        "seconds": time.perf_counter() - started,
        "grown": (kilobytes("VmHWM") - before) / 1024,
    }
    os.write(pipe, json.dumps(answer).encode())


def served(order):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            child(order, writing)
        finally:
            os._exit(0)  # whatever was raised, this is not the server
    os.close(writing)
    ended = time.monotonic() + float(order["seconds"]) * 5  # a loaded machine is no hang
    status = None
    while time.monotonic() < ended and status is None:
        done, code = os.waitpid(pid, os.WNOHANG)
        status = code if done else None
        time.sleep(0 if done else 0.002)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    text = os.read(reading, 1 << 20)
    os.close(reading)
    if text:
        return text.decode()
    signalled = status is not None and os.WIFSIGNALED(status)
    said = f"killed by signal {os.WTERMSIG(status)}" if signalled else "no memory to answer"
    said = "no end" if status is None else said
    return json.dumps({"said": said, "seconds": 0, "grown": 0})


def main():
    for name in sys.argv[1:]:
        __import__(name)
    for line in sys.stdin:
        print(served(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
