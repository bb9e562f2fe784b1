"""Ops without conversion are refused by name, with the closest way round."""

import pytest

from poseconvert.drift import Parity
from poseconvert.errors import StageError
from poseconvert.pipeline.routes import Trial, shipped
from poseconvert.stages.advice import advice_for
from poseconvert.stages.coreml_options import Way


@pytest.mark.parametrize(
    ("op", "advice"),
    [
        ("DFT", "Fourier transform outside"),
        ("NonZero", "depends on the data"),
        ("Unique", "depends on the data"),
        ("Det", "linear algebra outside"),
        ("GridSample", "4D inputs"),
        ("NonMaxSuppression", "suppress in the app"),
        ("GRU", "the route torch"),
        ("Bernoulli", "Replace the op in the model"),
    ],
)
def test_a_graph_that_no_route_converts_is_refused_with_advice(op, advice):
    lacking = Trial(Way("onnxsim"), Parity.NOT_RUN, made=False, reason=f"lacks {op}")
    with pytest.raises(StageError) as caught:
        shipped([lacking])
    assert f"lacks {op}" in str(caught.value)
    assert advice in str(caught.value)


@pytest.mark.parametrize("op", ["aten.linalg_svd", "aten::bincount", "aten._fft_r2c"])
def test_ops_of_torch_have_advice(op):
    assert advice_for(f"No decompositions registered for {op}", "none") != "none"
