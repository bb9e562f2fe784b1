"""What to write instead of ops that no converter has."""

from __future__ import annotations

import re

# Whole names of ops of ONNX or aten, or whole words of a message, and the closest way round.
_ADVICE = (
    (
        r"DFT|I?STFT|i?stft|_?fft_(i?[rh]?fft(2|n|freq|shift)?|[rc]2[rc])|torch\.fft\.\w+",
        "Do the Fourier transform outside the graph, or as a MatMul with its fixed matrix.",
    ),
    (
        r"NonZero|Unique|Compress|nonzero(_static|_numpy)?|_?unique(2|_dim|_consecutive)?|"
        r"masked_select|unbacked|data-dependent|GuardOnDataDependent\w*",
        "The shape of its result depends on the data: keep the shape fixed with torch.where or"
        " topk of a fixed k, or select outside the graph.",
    ),
    (r"bincount|histc", "Count with (x[:, None] == torch.arange(n)).sum(0), or outside the graph."),
    (
        r"Det|Inverse|_?linalg_\w+|torch\.linalg\.\w+|cholesky(_inverse|_solve)?|svd|qr",
        "Do the linear algebra outside the graph, or write a 2x2 or 3x3 case as arithmetic.",
    ),
    (
        r"complex(32|64|128)?|Complex(Half|Float|Double)|view_as_(real|complex)(_copy)?",
        "Carry real and imaginary part as two float tensors.",
    ),
    (
        r"GridSample|grid_sample|grid_sampler(_[23]d)?|AffineGrid|affine_grid(_generator)?",
        "Use grid_sample with 4D inputs and a grid made outside the graph,"
        " or interpolate for a fixed resize.",
    ),
    (
        r"torch_upsample_\w+",
        "Resize by scale_factor: a size that is read off another tensor is open where the package"
        " takes several.",
    ),
    (r"NonMaxSuppression|nms", "End the graph before it and suppress in the app."),
    (
        r"GRU|LSTM|RNN",
        "Give the PyTorch network as .pt2 or TorchScript: the route torch has recurrent layers.",
    ),
)


def advice_for(reason: str, otherwise: str) -> str:
    """Return the advice for the first op of the table named in ``reason``."""
    return next(
        (text for names, text in _ADVICE if re.search(rf"(?<!\w)({names})(?!\w)", reason)),
        otherwise,
    )
