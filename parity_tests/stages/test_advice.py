"""Ops without conversion are refused by name, with the closest way round."""

import pytest

from poseconvert.drift import Parity
from poseconvert.errors import StageError
from poseconvert.pipeline.convert.routes import Trial, shipped
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


@pytest.mark.parametrize(
    ("op", "advice"),
    [
        ("aten.linalg_svd", "linear algebra outside"),
        ("aten::linalg_inv_ex.inverse", "linear algebra outside"),
        ("aten._linalg_det.default", "linear algebra outside"),
        ("aten::cholesky_solve", "linear algebra outside"),
        ("aten::bincount", "Count with"),
        ("aten::histc", "Count with"),
        ("aten._fft_r2c", "Fourier transform outside"),
        ("aten::fft_rfft2", "Fourier transform outside"),
        ("aten.fft_irfftn.default", "Fourier transform outside"),
        ("'fft_fftshift'", "Fourier transform outside"),
        ("torch.fft.ifft", "Fourier transform outside"),
        ("aten::stft", "Fourier transform outside"),
        ("aten.view_as_real_copy.default", "two float tensors"),
        ("torch.complex64", "two float tensors"),
        ("ComplexFloat", "two float tensors"),
        ("aten::_unique2", "depends on the data"),
        ("aten.unique_consecutive", "depends on the data"),
        ("GuardOnDataDependentSymNode", "depends on the data"),
        ("aten::grid_sampler_3d", "4D inputs"),
        ("aten.affine_grid_generator", "4D inputs"),
        ("torch_upsample_bilinear", "Resize by scale_factor"),
        ("torchvision::nms", "suppress in the app"),
    ],
)
def test_ops_of_torch_have_advice(op, advice):
    assert advice in advice_for(f"No decompositions registered for {op}", "none")


@pytest.mark.parametrize(
    "name",
    [
        "DFTBlock", "my_fft_rfft", "fft_block", "shifft_r2c", "stft_head", "NonZeroes",
        "UniqueId", "unique_id", "CompressNet", "unbackedness", "bincounts", "histcolor",
        "DetHead", "DetectionOutput", "InverseSquare", "my_linalg_svd", "svdetect", "qr_code",
        "complexity", "complex_block", "ComplexGate", "view_as_reals", "grid_samples",
        "nms_free", "GRUCellBlock", "ConvLSTM", "RNNT",
    ],
)  # fmt: skip
def test_a_name_that_only_holds_the_name_of_an_op_gets_no_advice_for_it(name):
    assert advice_for(f"lacks {name}, aten::{name} and {name}.default", "none") == "none"
