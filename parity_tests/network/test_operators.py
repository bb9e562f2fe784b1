"""The one list of operators: all of them exist, none names a file, takes over memory or waits."""

import pytest
import torch

from poseconvert.network.operators import ATEN, PRIMS, TORCHSCRIPT_PRIM, is_aten, is_exported, words

#: Arguments that are text and name no file: modes, norms, equations, messages, and text itself.
TEXT = words(
    """
    a b s t el type key idx item self old new string substr separator chars message assert_msg
    mode padding rounding_mode equation norm approximate ord UPLO driver indexing interpolation
    padding_side reduce side pad_mode api_name
    """
)


def schemas(name):
    return torch._C._jit_get_schemas_for_operator(f"aten::{name}")


def test_every_listed_operator_exists():
    assert [name for name in sorted(ATEN) if not schemas(name)] == []
    assert [name for name in sorted(PRIMS) if not hasattr(torch.ops.prims, name)] == []


def test_no_listed_operator_takes_more_than_tensors_numbers_and_known_text():
    forbidden = ("Storage", "Stream", "__torch__", "QScheme", "Future", "RRef", "Capsule")
    odd, text = [], []
    for name in sorted(ATEN):
        for form in (name, f"{name}_"):
            for schema in schemas(form):
                for argument in schema.arguments:
                    kind = str(argument.type)
                    if any(word in kind for word in forbidden):
                        odd.append(f"{form}: {argument.name} {kind}")
                    if kind in ("str", "Optional[str]") and argument.name not in TEXT:
                        text.append(f"{form}: {argument.name}")
    assert odd == []
    assert text == []


@pytest.mark.parametrize(
    "name",
    sorted(
        words(
            """
    from_file save load set_ resize_ resize_as_ _resize_output_ record_stream to_here wait fork
    manual_seed set_data _set_ _print get_gradients backward owner_name confirmed_by_owner
    pin_memory _pin_memory cuda _nnpack_available _dirichlet_grad is_owner local_value
    _unsafe_set_version_counter _foreach_add_ segment_reduce _cudnn_init_dropout_state
    """
        )
    ),
)
def test_what_reaches_beyond_its_tensors_is_not_listed(name):
    assert not is_aten(name)
    assert not is_exported(f"torch.ops.aten.{name}.default")


@pytest.mark.parametrize(
    "target",
    [
        "torch.ops.aten.add.out",
        "torch.ops.aten.add.Tensor_out",
        "torch.ops.aten.conv2d",
        "torch.ops.aten.conv2d.__globals__",
        "torch.ops.aten.conv2d.default.__class__",
        "torch.ops.prims.copy_to.default",
        "torch.ops._c10d_functional.all_reduce.default",
        "torch.ops.higher_order.cond",
        "torch.hub.load",
        "torch.load",
        "_operator.attrgetter",
        "_operator.call",
        "math.floor",
        "#x:y",
        "torch.ops.aten.cónv2d.default",
        "",
    ],
)
def test_a_target_that_is_no_listed_operator_is_refused(target):
    assert not is_exported(target)


@pytest.mark.parametrize(
    "target",
    [
        "torch.ops.aten.conv2d.default",
        "torch.ops.aten.relu_.default",
        "torch.ops.aten.add.Tensor",
        "torch.ops.aten.slice.Tensor",
        "torch.ops.aten.scaled_dot_product_attention.default",
        "torch.ops.prims.convert_element_type.default",
        "_operator.getitem",
    ],
)
def test_what_networks_are_exported_with_is_listed(target):
    assert is_exported(target)


def test_questions_to_a_tensor_are_no_way_round():
    assert {"fork", "Print", "PythonOp", "CallFunction", "load", "AutogradZero"}.isdisjoint(
        TORCHSCRIPT_PRIM
    )
