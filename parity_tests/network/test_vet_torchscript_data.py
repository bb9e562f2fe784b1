"""The pickles of TorchScript name no native class, and no tensor reaches beyond its record."""

import pickle
import zipfile

import pytest
import torch
from torch import nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import vet_torchscript

SHAPE = (1, 3, 16, 16)


class Holds(nn.Module):
    """Lists, a dict, a constant, a buffer that shares its storage."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.sizes = [1, 2]
        self.scale = 0.5
        self.names: dict[str, float] = {"a": 1.0}
        whole = torch.arange(12.0)
        self.register_buffer("whole", whole)
        self.register_buffer("part", whole[2:8].reshape(2, 3).t())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for size in self.sizes:
            x = x * size
        return self.conv(x) * self.scale + self.part.sum() * self.names["a"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "m.pt"
    torch.jit.script(Holds().eval()).save(path)
    return path


def with_entry(plain, folder, entry, change):
    path = folder / "m.pt"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            copy.writestr(name, change(data) if name == f"m/{entry}" else data)
    return path


def test_data_as_torch_writes_it_is_read(plain):
    loaded = torch.jit.load(vet_torchscript(plain), map_location="cpu")
    x = torch.ones(SHAPE)
    torch.testing.assert_close(loaded(x), torch.jit.load(plain)(x))


def named(module, name):
    """A pickle that names a class and builds an object of it."""
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81X\x01\x00\x00\x00ab."


@pytest.mark.parametrize("entry", ["data.pkl", "constants.pkl"])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("__torch__.torch.classes.aten", "OpaqueObject"),
        ("__torch__.torch.classes.quantized", "Conv2dPackedParamsBase"),
        ("builtins", "eval"),
        ("os", "system"),
        ("torch._utils", "_rebuild_qtensor"),
        ("torch", "load"),
        ("torch.jit._pickle", "build_tensor_from_id"),
    ],
)
def test_a_class_that_no_network_needs_is_refused_by_name(plain, tmp_path, entry, module, name):
    path = with_entry(plain, tmp_path, entry, lambda data: named(module, name))
    with pytest.raises(ModelError, match=f"names {module}.{name}, which no network needs"):
        vet_torchscript(path)


def larger(data):
    """Claim a hundred times the elements of each storage."""
    read = pickle.PickleBuffer(data).raw().tobytes()
    assert b"K\x09" in read, "the convolution's nine weights"
    return read.replace(b"K\x09", b"K\xff")


def test_a_storage_larger_than_its_record_is_refused(plain, tmp_path):
    with pytest.raises(ModelError, match=r"says that record . has 255 elements of 4 bytes"):
        vet_torchscript(with_entry(plain, tmp_path, "data.pkl", larger))


@pytest.mark.parametrize(
    ("count", "offset", "sizes", "strides"),
    [
        (6, 1, (2, 3), (3, 1)),
        (6, 0, (2, 3), (4, 1)),
        (6, -1, (2,), (1,)),
        (6, 0, (-2,), (1,)),
        (6, 0, (2,), (-1,)),
        (6, 1 << 62, (1,), (1,)),
        (0, 0, (1,), (1,)),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path, count, offset, sizes, strides):
    from poseconvert.network.vet_torchscript_data import _within_storage

    with pytest.raises(pickle.UnpicklingError, match="beyond its storage"):
        _within_storage(count, offset, sizes, strides, False, {})


@pytest.mark.parametrize(
    ("count", "offset", "sizes", "strides"),
    [
        (6, 0, (2, 3), (3, 1)),
        (6, 0, (3, 2), (1, 3)),
        (1, 0, (4, 4), (0, 0)),
        (0, 0, (0, 3), (3, 1)),
    ],
)
def test_a_view_inside_its_storage_is_not(count, offset, sizes, strides):
    from poseconvert.network.vet_torchscript_data import _within_storage

    _within_storage(count, offset, sizes, strides, False, {})


def test_a_damaged_pickle_is_one_line(plain, tmp_path):
    for damage in (b"", b"\x80\x02", b"garbage", b"\x80\x02(((((."):
        path = with_entry(plain, tmp_path, "data.pkl", lambda data, damage=damage: damage)
        with pytest.raises(ModelError, match=r"data\.pkl is damaged"):
            vet_torchscript(path)
