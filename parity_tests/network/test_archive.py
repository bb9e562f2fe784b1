"""An archive that would run code when loaded is refused before torch sees it."""

import io
import json
import pickle
import zipfile

import pytest
import torch
from torch import nn
from torch._export.serde.schema import SCHEMA_VERSION

from poseconvert.errors import ModelError
from poseconvert.network.archive import vet_exported, vet_torchscript
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

SHAPE = (1, 3, 8, 8)
OPTIONS = ModelOptions(inputs={"image": SHAPE})
CONFIG = "data/weights/model_weights_config.json"


class Creates:
    """A pickle of this makes a file when it is loaded the trusting way."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def refusal(path):
    with pytest.raises(ModelError) as caught:
        load_source(path, OPTIONS)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text


def entries_of(path):
    """Entries by name inside the archive's own folder."""
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def write(path, entries, folder="m/"):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(folder + name, data)
    return path


def exported(path, module, **options):
    torch.export.save(torch.export.export(module, (torch.zeros(SHAPE),), **options), path)
    return path


def pickled(content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def test_a_program_exported_in_train_mode_is_refused(tmp_path, tiny):
    tiny.train()
    try:
        path = exported(tmp_path / "train.pt2", tiny)
    finally:
        tiny.eval()
    text = refusal(path)
    assert "exported in train mode (batch norm). Call model.eval() before" in text


def test_live_dropout_is_refused(tmp_path):
    path = exported(tmp_path / "drop.pt2", nn.Dropout().train())
    assert "exported in train mode (dropout). Call model.eval() before" in refusal(path)


def test_symbolic_shapes_are_refused(tmp_path, tiny):
    size = torch.export.Dim("n", min=2, max=9)
    program = torch.export.export(tiny, (torch.zeros(4, 3, 8, 8),), dynamic_shapes=({0: size},))
    torch.export.save(program, tmp_path / "dynamic.pt2")
    assert "has symbolic shapes, export it with fixed sizes" in refusal(tmp_path / "dynamic.pt2")


def test_two_inputs_have_the_names_they_were_exported_with(tmp_path):
    class Two(nn.Module):
        def forward(self, x, y):
            return x + y

    program = torch.export.export(Two().eval(), (torch.zeros(SHAPE), torch.zeros(SHAPE)))
    torch.export.save(program, tmp_path / "two.pt2")
    assert load_source(tmp_path / "two.pt2", ModelOptions()).inputs == {"x": SHAPE, "y": SHAPE}
    renamed = {"now": SHAPE, "then": SHAPE}
    assert load_source(tmp_path / "two.pt2", ModelOptions(inputs=renamed)).inputs == renamed
    with pytest.raises(ModelError, match=r"was exported for 2 inputs .*, --input says"):
        load_source(tmp_path / "two.pt2", OPTIONS)


def test_the_layout_of_torch_2_7_is_refused(tmp_path):
    path = write(tmp_path / "old.pt2", {"serialized_exported_program.json": b"{}", "version": b""})
    assert "a torch.export archive of torch 2.7 or older, which holds pickles." in refusal(path)


def use_pickle(entries, evil):
    config = json.loads(entries[CONFIG])
    for name, stored in config["config"].items():
        stored["use_pickle"] = True
        entries["data/weights/" + stored["path_name"]] = pickled(evil)
        assert name
    entries[CONFIG] = json.dumps(config).encode()


def shouted(entries, evil):
    use_pickle(entries, evil)
    entries[CONFIG.upper()] = entries.pop(CONFIG)


def target(name):
    def change(entries, evil):
        program = entries["models/model.json"].replace(b"torch.ops.aten.conv2d.default", name)
        assert program != entries["models/model.json"]
        entries["models/model.json"] = program

    return change


TRICKS = {
    "weights stored as a pickle": (use_pickle, "is stored as a pickle. Refused; give --trust-p"),
    "the same in capitals": (shouted, "holds 'DATA/WEIGHTS/MODEL_WEIGHTS_CONFIG.JSON', which"),
    "constants that are objects": (
        lambda e, evil: e.update(
            {
                "data/constants/model_constants_config.json": json.dumps(
                    {"config": {"c": {"path_name": "custom_obj_0", "use_pickle": False}}}
                ).encode(),
                "data/constants/custom_obj_0": pickle.dumps(evil),
            }
        ),
        "c is stored as a pickle",
    ),
    "a pickle nobody asked for": (
        lambda e, evil: e.update({"data/weights/more.pt": pickled(evil)}),
        "holds 'data/weights/more.pt', which torch.export does not write",
    ),
    "compiled code": (
        lambda e, _: e.update({"data/aotinductor/model/x.so": b"\x7fELF"}),
        "holds 'data/aotinductor/model/x.so', which",
    ),
    "torch.hub.load as an operator": (
        target(b"torch.hub.load"),
        "calls 'torch.hub.load', which is not an operator that networks",
    ),
    "os.system behind an operator's name": (
        target(b"torch.ops.aten.x.y.__globals__"),
        "which is not an operator that networks",
    ),
    "a second program by another ending": (
        lambda e, _: e.update({"models/model_json": b'{"guards_code": ["1"]}'}),
        "holds 'models/model_json', which",
    ),
    "a program called a config": (
        lambda e, _: e.update({"models/x_config.json": b'{"config": {}}'}),
        "holds 'models/x_config.json', which",
    ),
    "sympy text": (
        lambda e, _: e.update({"models/model.json": b'{"a": [{"expr_str": "__import__(1)"}]}'}),
        "has symbolic shapes",
    ),
    "a config that is a list": (
        lambda e, _: e.update({CONFIG: b"[]"}),
        "model_weights_config.json is damaged",
    ),
    "a config of numbers": (
        lambda e, _: e.update({CONFIG: b'{"config": {"a": 1}}'}),
        "is damaged",
    ),
    "endless brackets": (
        lambda e, _: e.update({"models/model.json": b"[" * 200_000}),
        "models/model.json is damaged",
    ),
}


@pytest.mark.parametrize("name", TRICKS)
def test_an_archive_that_would_run_code_is_refused_and_does_not(forms, tmp_path, name):
    trick, text = TRICKS[name]
    trace = tmp_path / "ran"
    entries = entries_of(forms["exported.pt2"])
    trick(entries, Creates(trace))
    assert text in refusal(write(tmp_path / "trick.pt2", entries))
    assert not trace.exists()


def old_program_beside(forms, evil):
    """The old layout at the top, where torch falls back to it, behind a new-looking archive."""
    program = entries_of(forms["exported.pt2"])["models/model.json"]
    return {
        "m/archive_format": b"pt2",
        "version": ".".join(map(str, SCHEMA_VERSION)),
        "serialized_exported_program.json": program,
        "serialized_state_dict.pt": pickled(evil),
        "serialized_constants.pt": b"",
        "serialized_example_inputs.pt": b"",
    }


def test_torch_s_fallback_to_the_old_layout_is_never_reached(forms, tmp_path):
    trace = tmp_path / "ran"
    entries = old_program_beside(forms, Creates(trace))
    path = write(tmp_path / "both.pt2", entries, folder="")
    assert "entries are repeated or lie outside one folder" in refusal(path)
    assert not trace.exists()
    with pytest.raises(Exception):  # noqa: B017, PT011  # whatever follows the pickle
        torch.export.load(path)
    assert trace.exists(), "torch no longer falls back: this test tests nothing"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("again", ["m/models/model.json", "m/models/MODEL.json"])
def test_an_entry_that_is_there_twice_is_refused(forms, tmp_path, again):
    path = write(tmp_path / "twice.pt2", entries_of(forms["exported.pt2"]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(again, b"{}")
    assert "entries are repeated" in refusal(path)


def vetted(vet, path):
    with zipfile.ZipFile(vet(path)) as copy:
        return {name.partition("/")[2]: copy.read(name) for name in copy.namelist()}


@pytest.mark.parametrize(
    ("form", "vet", "entry"),
    [
        ("exported.pt2", vet_exported, "models/model.json"),
        ("scripted.pt", vet_torchscript, "data.pkl"),
    ],
)
def test_torch_reads_the_bytes_that_were_vetted_where_an_archive_has_two_directories(
    forms, tmp_path, form, vet, entry
):
    """Of two archives end to end Python reads the second, and torch, by offset, the first."""
    entries = entries_of(forms[form])
    hidden = entries | {entry: bytes(len(entries[entry]))}
    path = write(tmp_path / form, hidden)
    path.write_bytes(path.read_bytes() + write(tmp_path / "shown", entries).read_bytes())
    reader = torch._C.PyTorchFileReader(str(path))
    assert reader.get_record(entry) == hidden[entry], "torch and Python read alike"
    with zipfile.ZipFile(vet(path)) as copy:
        packed = {n.partition("/")[2]: copy.read(n) for n in copy.namelist()}
    assert packed == vetted(vet, write(tmp_path / "alone", entries))
    assert load_source(path, OPTIONS).inputs == {"image": SHAPE}


@pytest.mark.parametrize("form", ["scripted.pt", "exported.pt2"])
def test_a_damaged_entry_is_refused_by_its_checksum(forms, tmp_path, form):
    data = bytearray(forms[form].read_bytes())
    with zipfile.ZipFile(forms[form]) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
        data[largest.header_offset + 200] ^= 1
    path = tmp_path / form
    path.write_bytes(data)
    assert "damaged" in refusal(path)
