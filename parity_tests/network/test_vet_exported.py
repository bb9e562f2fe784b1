"""Every way in which torch.export.load runs what a ``.pt2`` says is closed before it reads."""

import collections
import enum
import json
import zipfile

import pytest
import torch
from torch import nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import vet_exported
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

SHAPE = (1, 3, 16, 16)
MODEL = "m/models/model.json"
EVIL = "__import__('pathlib').Path({!r}).touch()"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "m.pt2"
    torch.export.save(torch.export.export(nn.Conv2d(3, 4, 3).eval(), (torch.zeros(SHAPE),)), path)
    return path


def edited(plain, folder, edit):
    """Copy a program with ``edit`` done to the JSON of its graph."""
    path = folder / "m.pt2"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("/models/model.json"):
                program = json.loads(data)
                edit(program)
                data = json.dumps(program).encode()
            copy.writestr(name, data)
    return path


def refusal(path):
    with pytest.raises(ModelError) as caught:
        load_source(path, ModelOptions())
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) - len(str(path)) < 300
    return text


def guards(program, evil):
    program["guards_code"] = [evil]


def target(name):
    def edit(program, evil):
        program["graph_module"]["graph"]["nodes"][0]["target"] = name

    return edit


def renamed(program, evil):
    """The input's name, which becomes a parameter in source code."""
    text = json.dumps(program).replace('"input"', json.dumps(f"input={evil}"))
    program.update(json.loads(text))


def argument_names(program, evil):
    signature = program["graph_module"]["module_call_graph"][0]["signature"]
    signature["forward_arg_names"] = [f"input={evil}"]


def node_name(program, evil):
    program["graph_module"]["graph"]["nodes"][0]["name"] = f"conv2d\n{evil}"


def parameter(program, evil):
    for spec in program["graph_module"]["signature"]["input_specs"]:
        if "parameter" in spec:
            spec["parameter"]["parameter_name"] = f'w", {evil}) #'


def tree(kind, context):
    def edit(program, evil):
        signature = program["graph_module"]["module_call_graph"][0]["signature"]
        signature["out_spec"] = json.dumps(
            [1, {"type": kind, "context": context, "children_spec": []}]
        )

    return edit


def keyed(program, evil):
    """A key of a dict among the inputs: it is written into source code as it stands."""
    leaf = {"type": None, "context": None, "children_spec": []}
    key = f"a':0}}), self._in_spec)\n{evil}\ndef g(self, x):\n    z = (([x], {{'b"
    named = {"type": "builtins.dict", "context": json.dumps([key]), "children_spec": [leaf]}
    none = {"type": "builtins.tuple", "context": "null", "children_spec": []}
    both = {"type": "builtins.tuple", "context": "null", "children_spec": [none, named]}
    signature = program["graph_module"]["module_call_graph"][0]["signature"]
    signature["in_spec"] = json.dumps([1, both])
    signature["forward_arg_names"] = ["x"]


FACTORY = {
    "default_factory_module": "os",
    "default_factory_name": "getcwd",
    "dict_context": [],
}
ENUM = json.dumps([{"__enum__": True, "fqn": "antigravity:X", "name": "A"}])
TRICKS = {
    "guards are Python": (guards, "has guards, which are Python code"),
    "from_file": (target("torch.ops.aten.from_file.default"), "'torch.ops.aten.from_file.default'"),
    "set_": (target("torch.ops.aten.set_.source_Storage"), "'torch.ops.aten.set_.source_Storage'"),
    "an out= form": (target("torch.ops.aten.conv2d.out"), "'torch.ops.aten.conv2d.out'"),
    "a collective": (target("torch.ops._c10d_functional.broadcast.default"), "'torch.ops._c10d"),
    "a target that is a list": (target(["torch.load"]), "which is not an operator"),
    "an input's name": (renamed, "for name"),
    "names of arguments": (argument_names, "for forward_arg_names"),
    "a node's name": (node_name, "for name"),
    "a parameter's name": (parameter, "for parameter_name"),
    "a tree that imports": (tree("collections.defaultdict", FACTORY), "something else than"),
    "a key that is code": (keyed, "something else than"),
    "an enum that imports": (tree("builtins.dict", ENUM), "something else than"),
    "a class of a library": (tree("transformers.X", "null"), "something else than"),
    "an object": (
        lambda p, _: p["graph_module"]["graph"].update(custom_obj_values={"a": {"name": "x"}}),
        "an object of a custom class",
    ),
    "a field that is code": (
        lambda p, evil: p["graph_module"]["graph"]["tensor_values"].update({evil: None}),
        "has a value",
    ),
    "a very long name": (
        lambda p, _: p["graph_module"]["graph"]["nodes"][0].update(name="x" * 100_000),
        "for name",
    ),
}


@pytest.mark.parametrize("name", TRICKS)
def test_what_torch_would_run_is_refused_by_name_and_does_not_run(plain, tmp_path, name):
    edit, text = TRICKS[name]
    trace = tmp_path / "ran"
    path = edited(plain, tmp_path, lambda program: edit(program, EVIL.format(str(trace))))
    assert text in refusal(path)
    assert not trace.exists()


def test_guards_are_run_by_torch_itself(plain, tmp_path):
    """Else the first row above tests nothing."""
    trace = tmp_path / "ran"
    path = edited(plain, tmp_path, lambda program: guards(program, EVIL.format(str(trace))))
    torch.export.load(path).module()
    with pytest.raises(AssertionError, match="Guard failed"):
        torch.export.load(path).module()(torch.zeros(SHAPE))
    assert trace.exists()


def test_a_program_that_writes_a_file_does_not(tmp_path):
    """The operator reads and writes any file as memory; copy_ then writes into it."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")

    class Writes(nn.Module):
        def forward(self, x):
            mapped = torch.ops.aten.zeros.default([8])
            return x + torch.ops.aten.copy.default(mapped, x.flatten()[:8]).sum()

    plain = tmp_path / "plain.pt2"
    torch.export.save(torch.export.export(Writes().eval(), (torch.zeros(SHAPE),)), plain)

    def edit(program):
        for node in program["graph_module"]["graph"]["nodes"]:
            if node["target"].endswith("zeros.default"):
                node["target"] = "torch.ops.aten.from_file.default"
                node["inputs"] = [
                    {"name": "filename", "arg": {"as_string": str(victim)}, "kind": 1},
                    {"name": "shared", "arg": {"as_bool": True}, "kind": 1},
                    {"name": "size", "arg": {"as_int": 8}, "kind": 1},
                    {"name": "dtype", "arg": {"as_scalar_type": 1}, "kind": 2},
                ]
            if node["target"].endswith("copy.default"):
                node["target"] = "torch.ops.aten.copy_.default"

    assert "from_file" in refusal(edited(plain, tmp_path, edit))
    assert victim.read_bytes() == b"precious"


class Answers(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x):
        return self.answer(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(16, 4, batch_first=True)

    def forward(self, x):
        return self.rnn(x[:, 0])[0]


class Odd(nn.Module):
    """Modules may have names that are no identifiers."""

    def __init__(self):
        super().__init__()
        self.add_module("block-1 a/b", nn.Conv2d(3, 4, 1))

    def forward(self, x):
        return getattr(self, "block-1 a/b")(x)


def masked(x):
    x = x.clone()
    x[..., 0] = 1
    return torch.where(x > 0, x, x * 0.1)


HEALTHY = {
    "a dict of lists": Answers(lambda x: {"a": x * 2, "b": [x + 1, x - 1]}),
    "an ordered dict": Answers(lambda x: collections.OrderedDict(z=x, a=x * 2)),
    "writes in place on its own": Answers(masked),
    "einsum": Answers(lambda x: torch.einsum("bchw,bkhw->bck", x, x)),
    "bicubic": Answers(lambda x: nn.functional.interpolate(x, scale_factor=2, mode="bicubic")),
    "attention": Answers(
        lambda x: nn.functional.scaled_dot_product_attention(x, x, x) + nn.functional.gelu(x)
    ),
    "grid sample": Answers(
        lambda x: nn.functional.grid_sample(
            x, nn.functional.affine_grid(torch.eye(2, 3)[None], [1, 3, 8, 8], False)
        )
    ),
    "sorting and picking": Answers(lambda x: torch.topk(x.flatten(1), 3).values),
    "pixel shuffle": Answers(lambda x: nn.functional.pixel_unshuffle(x, 2)),
    "a recurrent layer": Recurrent(),
    "odd module names": Odd(),
    "an encoder": nn.Sequential(nn.Flatten(2), nn.TransformerEncoderLayer(256, 4, 64)),
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_programs_as_people_export_them_pass_and_answer_the_same(tmp_path, name):
    module = HEALTHY[name].eval()
    example = (torch.linspace(-1, 1, 768).reshape(SHAPE),)
    path = tmp_path / "m.pt2"
    torch.export.save(torch.export.export(module, example), path)
    vetted = torch.export.load(vet_exported(path)).module()
    expected = torch.utils._pytree.tree_leaves(module(*example))
    got = torch.utils._pytree.tree_leaves(vetted(*example))
    for one, other in zip(expected, got, strict=True):
        torch.testing.assert_close(other, one, rtol=0, atol=1e-6)


def test_sample_inputs_are_not_read(plain, tmp_path):
    """A pickle, and its keys become source code when the program is loaded."""
    with zipfile.ZipFile(vet_exported(plain)) as copy:
        assert copy.read("m/data/sample_inputs/model.pt") == b""
    with zipfile.ZipFile(plain) as whole:
        assert whole.read("m/data/sample_inputs/model.pt")


def test_the_path_of_a_module_is_kept_and_stack_traces_are_dropped(plain):
    with zipfile.ZipFile(vet_exported(plain)) as copy:
        text = copy.read(MODEL).decode()
    assert "torch.nn.modules.conv.Conv2d" in text
    assert __file__ not in text
    assert "stack_trace" not in text


class Colour(enum.Enum):
    RED = 1


def test_an_enum_in_a_tree_makes_torch_import_its_module():
    """Else the row of the enum tests nothing."""
    spec = torch.utils._pytree.tree_flatten({Colour.RED: 1})[1]
    assert "__enum__" in torch.utils._pytree.treespec_dumps(spec)
