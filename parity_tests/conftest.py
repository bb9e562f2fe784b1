"""What every test may use: shared assets where there are any, and one small conversion."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Before torch is loaded: threads that wait by spinning stall each other on shared cores,
# and the processes of pytest-xdist are parallel enough.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SEEDED = Path(__file__).parents[1] / "reference_models" / "dual_head_mobilenet_v1" / "seeded.py"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "assets"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Let no test write into the home of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSECONVERT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_assets() -> Path:
    """Folder of published models and pictures; the test is skipped where there is none."""
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
    config = DualHeadConfig(width=0.25, input_size=64, depth=4)
    network = seeded.seeded_network(config)
    pictures = seeded.calibration_pictures(config.input_size)
    with torch.no_grad():
        seeded.calibrate(network, pictures)
    return network


@pytest.fixture(scope="session")
def tiny_network():
    """A calibrated dual-head net: width 0.25, 64x64, 24 joints, 4 depth bins."""
    return make_tiny_network()


@pytest.fixture(scope="session")
def tiny_model(tiny_network, tmp_path_factory):
    from poseconvert.network.checkpoint import save_checkpoint

    path = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save_checkpoint(
        path, tiny_network, architecture="dual_head_mobilenet_v1", config=tiny_network.config
    )
    return path


@pytest.fixture(scope="session")
def tiny_conversion(tiny_model):
    """The conversion folder of ``tiny_model``; read it, copy it, do not change it."""
    from poseconvert.conversion.ours import remember
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.reports.json import write_json

    folder = tiny_model.with_name("tiny.poseconvert")
    folder.mkdir()
    options = ConvertOptions()
    made = convert(tiny_model, folder, target=folder, options=options, progress=lambda step: None)
    write_json(made, folder / "parity.json")
    remember(folder)
    return folder


@pytest.fixture
def conversion_copy(tiny_conversion, tmp_path):
    """A copy a test may damage; MODEL is not beside it."""
    return Path(shutil.copytree(tiny_conversion, tmp_path / "copy.poseconvert"))


@pytest.fixture(scope="session")
def limited():
    """Read a file in a child that may take 2 seconds and 200 MB; return what it said.

    A server forks those children; it has imported what the kind of file needs, and no more:
    a process that has loaded torch takes ten times as long to fork.
    """
    script = Path(__file__).with_name("limited_server.py")
    rooms = {"onnx": "graph.reader", "picture": "imaging.picture", "dataset": "datasets.coco",
             "checkpoint": "network.loading"}  # fmt: skip
    servers = {}

    def read(kind, path, *, seconds=2, megabytes=200):
        if kind not in servers:
            servers[kind] = subprocess.Popen(
                [sys.executable, script, f"poseconvert.{rooms[kind]}"]
                if kind in rooms
                else [sys.executable, script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        server = servers[kind]
        order = {"read": kind, "path": os.fsencode(path).hex()}
        server.stdin.write(json.dumps(order | {"seconds": seconds, "megabytes": megabytes}) + "\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        assert answer["seconds"] < seconds, answer
        assert answer["grown"] < megabytes, answer
        return answer["said"]

    yield read
    for server in servers.values():
        server.stdin.close()
        server.stdout.close()
        server.wait()
