"""Every rule fires on a package that has what it speaks of, and not on one that nearly has."""

import importlib.util
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from poseconvert.errors import UsageError
from poseconvert.mil.analysis.rules.rule import BLOCKING, PRINTED
from poseconvert.mil.analysis.rules.table import (
    RULES,
    RuleChoice,
    find_firings,
    recorded_firings,
    rule_choice,
)
from poseconvert.mil.package.features import ArrayFeature, Flexibility, ImageFeature
from poseconvert.mil.package.program import (
    Block,
    Constant,
    Function,
    Operation,
    Package,
    Program,
    TensorType,
)


def tensor(dtype, *shape):
    return TensorType(dtype, tuple(shape))


def stored(value):
    array = np.asarray(value)
    kinds = {"f": "fp32", "i": "int32", "b": "bool", "U": "string"}
    return Constant(TensorType(kinds[array.dtype.kind], array.shape), array)


def op(kind, name="y", gives=None, **reads):
    """One op; a name in angle brackets is a value, anything else is stored."""
    inputs = {
        key: (value[1:-1] if isinstance(value, str) and value[:1] == "<" else stored(value),)
        for key, value in reads.items()
    }
    made = gives or tensor("fp32", 1, 1, 4, 4)
    return Operation(kind, name, inputs, ((name, made),), {})


SQUARE = tensor("fp32", 1, 1, 7, 7)


@dataclass
class Made:
    """A package in few words."""

    ops: list = field(default_factory=list)
    x: TensorType = SQUARE
    more: dict = field(default_factory=dict)
    opset: str = "CoreML6"
    inputs: tuple = (ArrayFeature("x", (1, 1, 7, 7), "fp32"),)
    outputs: tuple = (ArrayFeature("y", (1, 1, 4, 4), "fp32"),)
    spec: int = 7

    def package(self):
        values = (("x", self.x), *self.more.items())
        block = Block(values, tuple(self.ops), tuple(one.name for one in self.outputs))
        function = Function(self.opset, values, block)
        program = Program({"main": function})
        return Package(Path("p"), self.spec, self.inputs, self.outputs, program, {})


def pool(kind="avg_pool", **changed):
    given = {
        "x": "<x>",
        "kernel_sizes": [2, 2],
        "strides": [3, 3],
        "pad_type": "custom",
        "pad": [0, 0, 0, 0],
        "ceil_mode": True,
        "exclude_padding_from_average": False,
    }
    return Made([op(kind, **given | changed)])


def conv(weight, kind="conv", **changed):
    given = {"x": "<x>", "weight": np.zeros(weight), "pad_type": "valid"} | changed
    spatial = {3: (9,), 4: (9, 9), 5: (9, 9, 9)}[len(weight)]
    return Made([op(kind, **given)], x=tensor("fp32", 1, weight[1], *spatial))


def deconv(**changed):
    given = {"weight": (2, 2, 4, 4), "pad_type": "custom", "strides": [2, 2]}
    return conv(given.pop("weight"), "conv_transpose", **given | {"pad": [1, 1, 1, 1]} | changed)


def half(kind, gives=None, **reads):
    return Made([op(kind, gives=gives, **{"x": "<x>"} | reads)], x=tensor("fp16", 2, 8, 16))


def after(first, second, dtype="fp16", **reads):
    made = tensor(dtype, 2, 8, 16)
    return Made(
        [op(first, "a", made, x="<x>"), op(second, "y", made, **{"x": "<a>"} | reads)], x=made
    )


def image(dtype="fp32", shape=(1, 3, 8, 8), **feature):
    made = tensor(dtype, *shape)
    described = ImageFeature("y", **{"width": 8, "height": 8, "colour_space": "RGB"} | feature)
    return Made([op("relu", "y", made, x="<x>")], x=made, outputs=(described,))


def flexible(*shapes, ops=(), opset="CoreML6", **ranges):
    described = ArrayFeature("x", shapes[0], "fp32", Flexibility(shapes[1:], **ranges))
    return Made(list(ops), inputs=(described,), opset=opset)


def attention(batch, mask=True):
    made = tensor("fp32", batch, 8, 8)
    ops = [op("add" if mask else "mul", "a", made, x="<x>", y=np.zeros((8, 8)))]
    ops += [op("softmax", "s", made, x="<a>"), op("matmul", "y", made, x="<s>", y="<x>")]
    return Made(ops, x=made)


RANK_SIX = tensor("fp32", 1, 2, 3, 4, 5, 6)
PAIR = (ArrayFeature("x", (1, 8), "fp32"), ArrayFeature("z", (1, 8), "fp32"))
TWO = tuple(ArrayFeature(one.name, one.shape, "fp32", Flexibility(((1, 16),))) for one in PAIR)
MEAN = [op("reduce_mean", "m", x="<x>", axes=[2, 3])]
NORM = [op("layer_norm", "n", x="<x>", axes=[1])]

#: By rule: packages on which it fires, and near misses on which it does not.
CASES = {
    "PC001": (
        [pool()],
        [
            pool(exclude_padding_from_average=True),
            pool(ceil_mode=False),
            pool(strides=[5, 5]),  # (7 - 2) / 5: the last window ends inside
            pool("max_pool"),
        ],
    ),
    "PC002": (
        [pool(kernel_sizes=[7, 7], strides=[4, 4], pad=[3, 3, 3, 3], ceil_mode=False)],
        [
            pool(kernel_sizes=[7, 7], strides=[4, 4], ceil_mode=False),
            pool(kernel_sizes=[7, 7], strides=[1, 1], pad=[3, 3, 3, 3], ceil_mode=False),
            pool(kernel_sizes=[3, 3], strides=[2, 2], pad=[1, 1, 1, 1], ceil_mode=False),
        ],
    ),
    "PC003": (
        [pool(kernel_sizes=[2], strides=[2], pad_type="same_lower", ceil_mode=False)],
        [
            pool(pad_type="same_lower", ceil_mode=False),
            pool(kernel_sizes=[2], strides=[2], pad_type="same", ceil_mode=False),
        ],
    ),
    "PC010": (
        [
            Made([op("pad", x="<x>", pad=[0, 0, 1, 1, 0, 0, 0, 0], mode="reflect")]),
            Made([op("pad", x="<x>", pad=[0, 0, 0, 1, 1, 0, 0, 0], mode="replicate")]),
        ],
        [
            Made([op("pad", x="<x>", pad=[0, 0, 0, 0, 1, 1, 1, 1], mode="reflect")]),
            Made([op("pad", x="<x>", pad=[0, 0, 1, 1, 0, 0, 0, 0], mode="constant")]),
        ],
    ),
    "PC011": (
        [
            Made([op("pad", x="<x>", pad=[7, 0], mode="reflect")]),
            Made([op("pad", x="<x>", pad=[8, 0], mode="replicate")]),
        ],
        [
            Made([op("pad", x="<x>", pad=[6, 6], mode="reflect")]),
            Made([op("pad", x="<x>", pad=[7, 7], mode="replicate")]),
            Made([op("pad", x="<x>", pad=[9, 9], mode="constant")]),
        ],
    ),
    "PC020": ([deconv(pad=[1, 0, 1, 0])], [deconv(), deconv(pad=[1, 0, 1, 0], pad_type="valid")]),
    "PC021": (
        [deconv(output_shape=[1, 2, 19, 18])],
        [deconv(output_shape=[1, 2, 18, 18]), deconv(), deconv(pad_type="same")],
    ),
    "PC022": (
        [conv((4, 8, 3), dilations=[2], groups=2)],
        [
            conv((4, 8, 3), dilations=[2], groups=1),
            conv((4, 8, 3), dilations=[1], groups=2),
            conv((4, 8, 3, 3), dilations=[2, 2], groups=2),
        ],
    ),
    "PC023": (
        [conv((2, 2, 3, 2), strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1])],
        [
            conv((2, 2, 3, 3), strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]),
            conv((2, 2, 3, 2), strides=[1, 1], pad_type="custom", pad=[1, 1, 1, 1]),
            conv((2, 2, 3, 2), strides=[2, 2]),
            conv((2, 2, 3, 1), strides=[2, 2], pad_type="custom", pad=[1, 1, 0, 0]),
        ],
    ),
    "PC024": (
        [Made([op("relu", "w", x="<x>"), op("conv", x="<x>", weight="<w>")])],
        [
            conv((1, 1, 3, 3)),
            Made([op("constexpr_lut_to_dense", "w"), op("conv", x="<x>", weight="<w>")]),
        ],
    ),
    "PC025": (
        [Made([op("conv", x="<x>")], x=tensor("fp32", 1, 1, 128, 16, 16))],
        [
            Made([op("conv", x="<x>")], x=tensor("fp32", 1, 1, 64, 64, 64)),
            Made([op("conv", x="<x>")], x=tensor("fp32", 1, 1, 256, 256)),
        ],
    ),
    "PC030": (
        [Made([op("upsample_nearest_neighbor", x="<x>", scale_factor_height=1.5)])],
        [Made([op("upsample_nearest_neighbor", x="<x>", scale_factor_height=2.0)])],
    ),
    "PC031": (
        [Made([op("resize_bilinear", x="<x>")], x=tensor("fp32", 1, 4, 4))],
        [Made([op("resize_bilinear", x="<x>")])],
    ),
    "PC032": ([Made([op("crop_resize", x="<x>")])], [Made([op("crop", x="<x>")])]),
    "PC033": (
        [Made([op("resample", x="<x>", coordinates="<x>")], x=tensor("fp16", 1, 1, 4, 4))],
        [Made([op("resample", x="<x>", coordinates="<x>")])],
    ),
    "PC034": (
        [Made([op("resize_bilinear", x="<x>")], x=tensor("fp32", 1, 1, 0, 4))],
        [Made([op("resize_bilinear", x="<x>")]), Made([op("relu", x="<x>")])],
    ),
    "PC040": (
        [Made([op("reshape", "y", RANK_SIX, x="<x>")])],
        [Made([op("reshape", "y", tensor("fp32", 1, 2, 3, 4, 5), x="<x>")])],
    ),
    "PC041": (
        [Made([op("matmul", x="<x>", y="<x>")], x=tensor("int32", 4, 4))],
        [
            Made([op("matmul", x="<x>", y="<x>")], x=tensor("fp16", 4, 4)),
            Made([op("add", x="<x>", y="<x>")], x=tensor("int32", 4, 4)),
        ],
    ),
    "PC042": (
        [Made([op("reshape", "y", tensor("fp32", 1, 16385), x="<x>")])],
        [Made([op("reshape", "y", tensor("fp32", 2, 16384), x="<x>")])],
    ),
    "PC043": (
        [Made([op("expand_dims", x="<x>", axes=[0])], x=tensor("fp32"))],
        [Made([op("expand_dims", x="<x>", axes=[0])], x=tensor("fp32", 1))],
    ),
    "PC050": (
        [Made([op("relu", "tensor", x="<x>")]), Made(more={"fp16": tensor("fp32", 1)})],
        [Made([op("relu", "tensor_1", x="<x>")]), Made([op("relu", "Tensor", x="<x>")])],
    ),
    "PC051": (
        [Made(outputs=(ArrayFeature(name, (1,), "fp32"),)) for name in ("3", "a-b", "a/b", "é")],
        [Made(outputs=(ArrayFeature("_3a", (1,), "fp32"),))],
    ),
    "PC052": ([image("int32")], [image(), image("fp16")]),
    "PC053": ([image(height=9)], [image(), image(shape=(1, 3, None, 8))]),
    "PC054": ([Made(inputs=(), spec=8)], [Made(inputs=(), spec=9), Made(spec=6)]),
    "PC055": (
        [Made([op("relu", "y", tensor("fp16", 8, 13), x="<x>")],
              outputs=(ArrayFeature("y", (8, 13), "fp16"),))],
        [
            Made([op("relu", "y", tensor("fp16", 8, 32), x="<x>")],
                 outputs=(ArrayFeature("y", (8, 32), "fp16"),)),
            Made([op("relu", "y", tensor("fp32", 8, 13), x="<x>")],
                 outputs=(ArrayFeature("y", (8, 13), "fp32"),)),
        ],
    ),
    "PC060": (
        [flexible((1, 8), (8, 8))],
        [flexible((1, 8), (1, 16)), flexible((1, 8)), flexible((4, 8), ranges=((1, 8), (8, 8)))],
    ),
    "PC061": ([Made(inputs=TWO)], [Made(inputs=PAIR), Made(inputs=(TWO[0], PAIR[1]))]),
    "PC062": ([flexible((4, 8), ranges=((1, 8), (8, 8)))], [flexible((4, 8), (4, 16))]),
    "PC063": ([flexible((1, 8), (1, 16), ops=NORM)], [Made(NORM), flexible((1, 8), (1, 16))]),
    "PC064": (
        [flexible((1, 8), (1, 16), ops=MEAN, opset="CoreML5")],
        [
            flexible((1, 8), (1, 16), ops=MEAN),
            Made(MEAN, opset="CoreML5"),
            flexible((1, 8), (1, 16), ops=NORM, opset="CoreML5"),
        ],
    ),
    "PC070": ([half("softplus")], [Made([op("softplus", x="<x>")]), half("sigmoid")]),
    "PC071": (
        [after("softmax", "log")],
        [after("softmax", "log", "fp32"), after("sigmoid", "log"), after("softmax", "exp")],
    ),
    "PC072": (
        [after("exp", "cumsum"), after("exp", "reduce_sum")],
        [after("exp", "reduce_sum", "fp32"), after("relu", "reduce_sum"), after("exp", "log")],
    ),
    "PC073": (
        [half("reduce_sum_square"), after("square", "reduce_mean")],
        [after("square", "reduce_mean", "fp32"), after("abs", "reduce_mean")],
    ),
    "PC074": ([half("layer_norm")], [Made(NORM), half("instance_norm")]),
    "PC075": ([half("sqrt")], [Made([op("sqrt", x="<x>")]), half("square")]),
    "PC076": (
        [half("prelu", alpha=[1.0, 2.0])],
        [half("prelu", alpha=[2.0, 2.0]), Made([op("prelu", x="<x>", alpha=[1.0, 2.0])])],
    ),
    "PC077": (
        [Made([op("non_maximum_suppression", boxes="<x>")], x=tensor("fp16", 1, 9, 4))],
        [Made([op("non_maximum_suppression", boxes="<x>")], x=tensor("fp32", 1, 9, 4))],
    ),
    "PC080": ([attention(10)], [attention(9), attention(10, mask=False)]),
    "PC081": (
        [Made([op("scaled_dot_product_attention", query="<x>")],
              x=tensor("fp16", 1, 8, 2, 64), opset="CoreML8")],
        [
            Made([op("scaled_dot_product_attention", query="<x>")],
                 x=tensor("fp16", 1, 8, 1, 64), opset="CoreML8"),
            Made([op("scaled_dot_product_attention", query="<x>")],
                 x=tensor("fp32", 1, 8, 2, 64), opset="CoreML8"),
        ],
    ),
    "PC090": (
        [Made([op("slice_by_index", x="<x>", stride=[1, 1, 1, 2],
                  squeeze_mask=[True, False, False, False])])],
        [
            Made([op("slice_by_index", x="<x>", stride=[1, 1, 1, 1],
                     squeeze_mask=[True, False, False, False])]),
            Made([op("slice_by_index", x="<x>", stride=[1, 1, 1, 2], squeeze_mask=[False] * 4)]),
        ],
    ),
    "PC091": (
        [Made([op("slice_by_index", x="<x>", stride=[-1, 1])])],
        [Made([op("slice_by_index", x="<x>", stride=[1, 2])])],
    ),
    "PC092": (
        [
            Made([op("scatter", data="<x>", indices=[-1, 0], axis=3)], opset="CoreML8"),
            Made([op("scatter", data="<x>", indices=[7], axis=3)], opset="CoreML8"),
        ],
        [
            Made([op("scatter", data="<x>", indices=[6, 0], axis=3)], opset="CoreML8"),
            Made([op("scatter", data="<x>", indices=[-1, 0], axis=3)], opset="CoreML7"),
            Made([op("scatter", data="<x>", indices="<x>", axis=3)], opset="CoreML8"),
        ],
    ),
    "PC093": (
        [Made([op(kind, x="<x>")]) for kind in ("reduce_argmax", "topk", "argsort")],
        [Made([op("reduce_max", x="<x>")])],
    ),
    "PC094": (
        [Made([op("range_1d", start=1, end=10, step=1e-6)])],
        [Made([op("range_1d", start=1, end=10, step=0.3)])],
    ),
    "PC095": ([Made([op("random_uniform")])], [Made([op("random_normal")])]),
    "PC096": (
        [Made([op("gru", x="<x>")], x=tensor("fp32", 5, 2, 8))],
        [Made([op("gru", x="<x>")], x=tensor("fp32", 5, 1, 8))],
    ),
}  # fmt: skip


def fired(made):
    return {firing.rule.id for firing in find_firings(made.package())}


def pairs(which):
    return [(rule, made) for rule, cases in CASES.items() for made in cases[which]]


def test_every_rule_has_a_package_that_fires_it_and_a_near_miss():
    assert list(CASES) == [rule.id for rule in RULES]
    assert all(fires and misses for fires, misses in CASES.values())


@pytest.mark.parametrize(("rule", "made"), pairs(0), ids=lambda one: one if str(one) == one else "")
def test_it_fires(rule, made):
    assert rule in fired(made)


@pytest.mark.parametrize(("rule", "made"), pairs(1), ids=lambda one: one if str(one) == one else "")
def test_a_near_miss_does_not_fire(rule, made):
    assert rule not in fired(made)


def test_ids_are_unique_in_order_and_of_one_form():
    ids = [rule.id for rule in RULES]

    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"PC\d{3}", one) for one in ids)


def test_only_what_core_ml_printed_blocks():
    assert {rule.evidence for rule in RULES if rule.kind in BLOCKING} == set(PRINTED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_why_and_what_to_do_and_who_says_so(rule):
    for text in (rule.otherwise, rule.cure):
        assert text[0].isupper() or text[0] in "\"'", text
        assert text.endswith((".", '."', '".')), text
    assert re.search(r"#\d+|\.py|\.cc", rule.source)


def test_reserved_names_are_those_coremltools_renames():
    from coremltools.converters.mil.mil.passes.defs.preprocess import NameSanitizer

    from poseconvert.mil.analysis.rules.interface import _RESERVED

    renamed = {name for name in _RESERVED if NameSanitizer().sanitize_name(name) != name}
    assert renamed == _RESERVED
    assert NameSanitizer().sanitize_name("tensors") == "tensors"


def test_those_that_block_come_first():
    made = Made([op("softplus", "a", tensor("fp16", 4), x="<x>")], x=tensor("fp16", 4))
    made.ops.append(op("reshape", "y", RANK_SIX, x="<a>"))

    firings = find_firings(made.package())

    assert [firing.rule.id for firing in firings] == ["PC040", "PC070"]
    assert [firing.blocks for firing in firings] == [True, False]


def test_a_firing_says_where_what_and_the_cure():
    (firing,) = find_firings(Made([op("reshape", "big", RANK_SIX, x="<x>")]).package())

    assert str(firing) == (
        "PC040 (refused by the compiler) big: reshape gives rank 6. The package does not load:"
        ' "Error in declaring network", "Invalid rank: 6". Join axes before the op, and part them'
        " after it. [apple/coremltools#1723, #1474, #832]"
    )


@pytest.mark.parametrize(
    ("select", "ignore", "found"),
    [
        ((), (), {"PC040", "PC070"}),
        (("PC04",), (), {"PC040"}),
        ((), ("PC040",), {"PC070"}),
        (("PC0",), ("PC07",), {"PC040"}),
        (("PC05",), (), set()),
    ],
)
def test_rules_are_selected_and_ignored_by_the_beginning_of_their_id(select, ignore, found):
    made = Made([op("softplus", "a", tensor("fp16", 4), x="<x>")], x=tensor("fp16", 4))
    made.ops.append(op("reshape", "y", RANK_SIX, x="<a>"))
    choice = rule_choice(select, ignore)

    assert {firing.rule.id for firing in find_firings(made.package(), choice)} == found
    assert bool(choice) == bool(select or ignore)


@pytest.mark.parametrize("given", [{"select": ["PC9"]}, {"ignore": ["E501"]}, {"select": [""]}])
def test_a_rule_that_is_none_is_refused(given):
    with pytest.raises(UsageError, match=r"no rule begins with .*PC001 to PC\d{3}"):
        rule_choice(**given)


def test_every_rule_is_asked_where_none_is_chosen():
    assert all(RuleChoice().asks(rule) for rule in RULES)


def test_what_fired_once_is_known_again_by_id_and_op():
    again = recorded_firings([("PC010", "pad"), ("PC999", "x")])

    assert [(one.rule.id, one.place.op, one.blocks) for one in again] == [("PC010", "pad", True)]


ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def healthy():
    path = ROOT / "benchmarks" / "healthy_rules.py"
    spec = importlib.util.spec_from_file_location("healthy_rules", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(8))
def test_nothing_that_decides_fires_on_a_network_that_uses_its_ops_rightly(healthy, tmp_path, seed):
    ops, fired, ill = healthy.judged(seed, tmp_path)

    assert ill == ""
    assert len(ops & healthy.spoken_of()) > 2
    assert [rule for rule, kind in fired if kind in BLOCKING] == []


def test_the_500_of_the_benchmark_were_of_these_rules(healthy):
    """Run benchmarks/healthy_rules.py again where this fails."""
    stored = json.loads(healthy.OUT.read_text())

    assert (stored["networks"], stored["not_healthy"], stored["deciding"]) == (500, [], [])
    assert stored["ops"].keys() == healthy.spoken_of()
    assert min(stored["ops"].values()) >= healthy.LEAST
