"""What to write instead of ops that no converter has."""

from __future__ import annotations

import re

# A pattern of op names of ONNX or aten, and the closest way round.
_ADVICE = (
    (
        r"\bDFT\b|\bSTFT\b|fft|stft",
        "Do the Fourier transform outside the graph, or as a MatMul with its fixed matrix.",
    ),
    (
        r"\bNonZero\b|\bUnique\b|\bCompress\b|nonzero|_?unique|masked_select|unbacked|"
        r"data-dependent|GuardOnDataDependent",
        "The shape of its result depends on the data: keep the shape fixed with torch.where or"
        " topk of a fixed k, or select outside the graph.",
    ),
    (r"bincount|histc", "Count with (x[:, None] == torch.arange(n)).sum(0), or outside the graph."),
    (
        r"\bDet\b|\bInverse\b|linalg|cholesky|\bsvd\b|\bqr\b",
        "Do the linear algebra outside the graph, or write a 2x2 or 3x3 case as arithmetic.",
    ),
    (r"\bcomplex|view_as_(real|complex)", "Carry real and imaginary part as two float tensors."),
    (
        r"\bGridSample\b|grid_sampl|AffineGrid|affine_grid",
        "Use grid_sample with 4D inputs and a grid made outside the graph,"
        " or interpolate for a fixed resize.",
    ),
    (
        r"\btorch_upsample_",
        "Resize by scale_factor: a size that is read off another tensor is open where the package"
        " takes several.",
    ),
    (r"\bNonMaxSuppression\b|\bnms\b", "End the graph before it and suppress in the app."),
    (
        r"\bGRU\b|\bLSTM\b|\bRNN\b",
        "Give the PyTorch network as .pt2 or TorchScript: the route torch has recurrent layers.",
    ),
)


def advice_for(reason: str, otherwise: str) -> str:
    """Return the advice for the first op of the table named in ``reason``."""
    return next((text for pattern, text in _ADVICE if re.search(pattern, reason)), otherwise)
