"""What every test may use: shared assets where there are any, and conversions made once."""

import contextlib
import fcntl
import gc
import hashlib
import importlib.util
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from types import FunctionType, MethodType

import pytest
from hypothesis import settings

# Before torch is loaded: threads that wait by spinning stall each other on shared cores,
# and the processes of pytest-xdist are parallel enough.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The same examples every time: a suite that was green stays green until something changes.
settings.register_profile("dev", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("ci", settings.get_profile("dev"), max_examples=100, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

ROOT = Path(__file__).resolve().parents[1]
SEEDED = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "seeded.py"
BESIDE = ROOT.parent / "shared" / "assets"

_frozen = [0]  # modules that were loaded then


def pytest_runtest_setup():
    """Take what was imported since out of every later collection of garbage.

    coremltools collects in each conversion; with torch, coremltools and some thousand tests in
    memory that takes half a second, nearly all of the time of a small program.
    """
    if len(sys.modules) > _frozen[0] + 100:
        _frozen[0] = len(sys.modules)
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Let no test write into the home of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSECONVERT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_assets() -> Path:
    """Folder of published models and pictures; without it the test is skipped."""
    for folder in (BESIDE, Path(os.environ.get("POSECONVERT_SHARED", "/nowhere"))):
        if (folder / "models").is_dir():
            return folder
    pytest.skip(f"no shared assets: neither {BESIDE} nor POSECONVERT_SHARED holds models/")


def load_seeded():
    spec = importlib.util.spec_from_file_location("seeded", SEEDED)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_tiny_network():
    import torch

    from poseconvert.network.dual_head import DualHeadConfig

    seeded = load_seeded()
    network = seeded.seeded_network(DualHeadConfig(width=0.25, input_size=64, depth=4))
    with torch.no_grad():
        seeded.calibrate(network, seeded.calibration_pictures(64))
    return network


@pytest.fixture(scope="session")
def tiny_network():
    """A calibrated dual-head net: width 0.25, 64x64, 24 joints, 4 depth bins."""
    return make_tiny_network()


class _Pickler(pickle.Pickler):
    """Of what a measurement knows, everything but how to open its artifacts again."""

    def reducer_override(self, value):
        nested = isinstance(value, FunctionType) and "<locals>" in value.__qualname__
        return (type(None), ()) if nested or isinstance(value, MethodType) else NotImplemented


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """``once(name, make)``: what ``make(folder)`` returned, made by one of all workers.

    ``folder`` is new and everyone's: read what is in it, copy it, do not change it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"

    def once(name, make):
        folder = shared / name
        kept = shared / f"{name}.pickle"
        shared.mkdir(exist_ok=True)
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that did not end well
                folder.mkdir()
                value = make(folder)
                with kept.with_suffix(".partial").open("wb") as file:
                    _Pickler(file).dump(value)
                kept.with_suffix(".partial").replace(kept)
        return pickle.loads(kept.read_bytes())

    return once


def _of_content(options):
    """Options as text, with what a file says in the place of its name."""

    def said(value):
        path = Path(value) if isinstance(value, str | Path) else None
        if path and path.is_absolute() and path.is_file():
            return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        return [said(one) for one in value] if isinstance(value, list | tuple) else repr(value)

    return json.dumps({name: said(value) for name, value in options.items()}, sort_keys=True)


@pytest.fixture(scope="session")
def converted(once):
    """``converted(model, **options)``: what ``convert`` measured on a copy of it, as ``once``."""

    def converted(model, /, **options):
        from poseconvert.conversion.ours import remember
        from poseconvert.pipeline.convert.convert import ConvertOptions, convert
        from poseconvert.reports.json import write_json

        def make(folder):
            copy = Path(shutil.copy(model, folder))
            target = folder / f"{copy.stem}.poseconvert"
            target.mkdir()
            chosen = ConvertOptions(**options)
            made = convert(copy, target, target=target, options=chosen, progress=lambda step: None)
            write_json(made, target / "parity.json")
            return made

        key = hashlib.sha256(model.read_bytes() + _of_content(options).encode())
        made = once(f"{model.name}-{key.hexdigest()[:16]}", make)
        remember(made.folder)  # in this worker's cache: it was made here
        return made

    return converted


@pytest.fixture(scope="session")
def tiny_model(once):
    def make(folder):
        from poseconvert.network.checkpoint import save_checkpoint

        path, network = folder / "tiny.safetensors", make_tiny_network()
        name = "dual_head_mobilenet_v1"
        save_checkpoint(path, network, architecture=name, config=network.config)
        return path

    return once("tiny", make)


@pytest.fixture(scope="session")
def tiny_conversion(tiny_model, converted):
    """The conversion folder of ``tiny_model``; read it, copy it, do not change it."""
    return converted(tiny_model).folder


@pytest.fixture
def conversion_copy(tiny_conversion, tmp_path):
    """A copy a test may damage; MODEL is not beside it."""
    return Path(shutil.copytree(tiny_conversion, tmp_path / "copy.poseconvert"))


class _Server(subprocess.Popen):
    """A process that forks children to do what it is told, a line of JSON each."""

    def __init__(self, script, *words):
        command, pipe = [sys.executable, ROOT / "parity_tests" / script, *words], subprocess.PIPE
        super().__init__(command, stdin=pipe, stdout=pipe, text=True)

    def ask(self, order):
        self.stdin.write(json.dumps(order, default=str) + "\n")
        self.stdin.flush()
        return json.loads(self.stdout.readline())


@pytest.fixture(scope="session")
def servers():
    """A stack of processes, which end with the session."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def limited(servers):
    """Read a file in a child that may take 2 seconds and 200 MB; return what it said.

    Forked from a server that has imported what such files need: with torch it takes ten times.
    """
    rooms = {"onnx": "graph.reader", "picture": "imaging.picture", "dataset": "datasets.coco",
             "checkpoint": "network.loading"}  # fmt: skip
    started = {}

    def read(kind, path, *, seconds=2, megabytes=200):
        if kind not in started:
            modules = [f"poseconvert.{rooms[kind]}"] if kind in rooms else []
            started[kind] = servers.enter_context(_Server("limited_server.py", *modules))
        order = {"read": kind, "path": os.fsencode(path).hex()}
        answer = started[kind].ask(order | {"seconds": seconds, "megabytes": megabytes})
        assert answer["seconds"] < seconds, answer
        assert answer["grown"] < megabytes, answer
        return answer["said"]

    return read


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory, servers):
    """``warm_python(*words, cwd=folder)``: how ``python WORDS`` ended, and what it printed.

    In a process of its own, forked from one that has imported torch, ONNX and coremltools. Not
    for tests of what a program imports, or of how a command starts its children.
    """
    said = tmp_path_factory.mktemp("warm")
    out, err = said / "out", said / "err"
    server = servers.enter_context(_Server("warm_server.py"))

    def run(*words, cwd, **environment):
        order = {"words": words, "folder": cwd, "out": out, "err": err}
        order["environment"] = os.environ | {"PYTHONPATH": str(ROOT)} | environment
        code = server.ask(order)
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())

    return run
