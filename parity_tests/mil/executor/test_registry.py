import subprocess
import sys
from inspect import Parameter, signature

import numpy as np
import pytest

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil import Executor, missing_ops, read_package
from poseconvert.mil.executor.registry import find, op, registrations
from poseconvert.mil.package.program import OPSETS

REGISTERED = sorted((r.type, r.since) for r in registrations())
TARGETS = dict(zip(OPSETS, ("iOS15", "iOS16", "iOS17", "iOS18"), strict=True))


def coremltools_class(coreml, type, opset):
    """The class coremltools serves for an op in an opset: its newest up to that opset."""
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    assert type in SSAOpRegistry.core_ops, f"{type}: coremltools lacks it, name it in WITHOUT_CLASS"
    found = None
    for known in OPSETS[: OPSETS.index(opset) + 1]:
        versions = SSAOpRegistry.core_ops[type]
        found = versions.get(coreml.ct.target[TARGETS[known]], found)
    return found


def spec_of(coreml, type, opset):
    """Parameters of coremltools' class, but for its own way to pass blocks it has already built."""
    spec = coremltools_class(coreml, type, opset).input_spec.input_types
    return {name: kind for name, kind in spec.items() if name != "_existing_blocks"}


#: Ops without a class in coremltools, which writes write_state all the same.
WITHOUT_CLASS = {"write_state"}
# const has no input_spec: its value is an attribute; linear's defaults need a weight.
WITH_SPEC = [each for each in REGISTERED if each[0] not in {"const", *WITHOUT_CLASS}]
WITH_DEFAULTS = [each for each in WITH_SPEC if each[0] != "linear"]


@pytest.mark.parametrize(("type", "opset"), WITH_SPEC)
def test_parameters_are_core_mls_by_name_and_optionality(coreml, type, opset):
    spec = spec_of(coreml, type, opset)
    parameters = signature(find(type, opset).kernel).parameters
    wanted = {name: bool(input_type.optional) for name, input_type in spec.items()}
    assert {n: p.default is not Parameter.empty for n, p in parameters.items()} == wanted
    assert all(p.kind is Parameter.KEYWORD_ONLY for p in parameters.values())


@pytest.mark.parametrize(
    ("type", "opset"),
    [
        (type, opset)
        for type in sorted({type for type, _ in WITH_SPEC})
        for opset in OPSETS
        if find(type, opset) is not None
    ],
)
def test_no_later_form_of_an_op_has_parameters_of_its_own(coreml, type, opset):
    """An op that Core ML re-registered with other parameters must be re-registered here."""
    wanted = set(spec_of(coreml, type, opset))
    assert set(signature(find(type, opset).kernel).parameters) == wanted


@pytest.mark.parametrize(("type", "opset"), WITH_DEFAULTS)
def test_defaults_are_core_mls(coreml, type, opset):
    """Scalars only: vectors depend on the rank, which None stands for here."""
    from types import SimpleNamespace

    from coremltools.converters.mil.mil import types

    cls = coremltools_class(coreml, type, opset)
    bare = cls.__new__(cls)  # an instance, for super(), but not built from inputs
    tensor = SimpleNamespace(rank=4, shape=(1, 1, 1, 1), dtype=types.fp32)
    for name, kind in cls.input_spec.input_types.items():
        setattr(bare, name, None if kind.optional else tensor)
    ours = signature(find(type, opset).kernel).parameters
    for name, value in bare.default_inputs().items():
        if np.ndim(value) == 0 and value is not None:
            assert ours[name].default == pytest.approx(value), name


def test_kernels_are_documented_with_formula_shapes_and_source():
    for registration in registrations():
        text = registration.kernel.__doc__
        assert "Shapes\n" in text, registration
        assert "Source\n" in text, registration
        assert "``" in text.splitlines()[0], registration


def test_the_newest_form_up_to_the_opset_is_found():
    assert [find("gather", opset).since for opset in OPSETS] == [
        "CoreML5",
        "CoreML6",
        "CoreML7",
        "CoreML7",
    ]
    assert find("tardis", "CoreML8") is None


def test_registering_twice_or_for_an_unknown_opset_is_refused():
    with pytest.raises(ValueError, match='op "relu" is registered twice for CoreML5'):
        op("relu", since="CoreML5")(lambda *, x: x)
    with pytest.raises(ValueError, match='op "relu": unknown opset "CoreML1"'):
        op("relu", since="CoreML1")
    assert find("relu", "CoreML8").since == "CoreML5"


def test_all_missing_ops_are_named_before_anything_runs(save, edit):
    def of_tomorrow(model):
        block = model.mlProgram.functions["main"].block_specializations["CoreML5"]
        for operation in block.operations:
            operation.type = {"cosh": "tardis", "atan": "dalek"}.get(operation.type, operation.type)

    path = edit(save(lambda mb, x: mb.cosh(x=mb.atan(x=mb.relu(x=x))), (2, 2)), of_tomorrow)
    package = read_package(path)
    assert missing_ops(package) == missing_ops(package.program) == ("dalek", "tardis")
    with pytest.raises(UnsupportedOpError) as refusal:
        Executor(package)
    assert str(refusal.value) == (
        f"{path}: the reference executor lacks 2 of its ops in opset CoreML5: dalek, tardis. "
        "Convert with other ops, or run the package on macOS."
    )


def test_importing_the_package_loads_neither_torch_nor_coremltools():
    code = (
        "import sys, poseconvert.mil; print({'torch', 'coremltools', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert done.stderr == ""


def test_every_public_name_leads_somewhere():
    import poseconvert.mil

    for name in poseconvert.mil.__all__:
        assert getattr(poseconvert.mil, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        poseconvert.mil.nothing  # noqa: B018


@pytest.mark.parametrize(("type", "opset"), REGISTERED)
def test_an_op_is_found_by_its_name(type, opset):
    """Its file is named as the op, in the folder of its family."""
    assert find(type, opset).kernel.__module__.split(".")[-1] == type
