"""What public sources say of the ops that a chip's Neural Engine runs: every row with its source.

Apple publishes no such table, so this one forecasts and knows nothing. Most of it was measured by
ANEForge on Macs, on its own way to the Neural Engine; Core ML may choose otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["yes", "no", "unknown"]

ANEFORGE = "ANEForge 0.4.0, _op_catalog.py: OP_CATALOG"
ANEFORGE_WALLS = "ANEForge 0.4.0, _capabilities.py: fp32_compute, int32_compute"
ANEFORGE_LIMITS = "ANEForge 0.4.0, _targets.py: _LIMITS"
HOLLANCE = "github.com/hollance/neural-engine, docs/unsupported-layers.md"
DEVICES = "github.com/hollance/neural-engine, docs/supported-devices.md"
RF_DETR = "github.com/roboflow/rf-detr/pull/1495: plans of four networks on an M3 Pro"
XS = "github.com/apple/coremltools/issues/948: an iPhone XS ran PoseNet-MobileNetV1 on it"


@dataclass(frozen=True, slots=True)
class Family:
    """Chips that are forecast alike.

    Attributes
    ----------
    name : the chips.
    column : in the rows below; 0 to 3 are ANEForge's m1, m2, m3 and m4_m5. None where no row holds.
    why : what is said of the family as a whole, where no row holds.
    kernel, side : widest kernel of a convolution, and longest side; 0 where it is not known.
    source : of the family.
    """

    name: str
    column: int | None
    why: str
    kernel: int
    side: int
    source: str


FAMILIES = (
    Family("A11", None, "its Neural Engine is closed to Core ML", 0, 0, DEVICES),
    Family("A12", None, "few ops are known", 0, 0, DEVICES),
    Family("A13", None, "no source covers it", 0, 0, DEVICES),
    # "Most likely" and "appears to use" are the source's own words for A14 and A15.
    Family("M1, most likely A14", 0, "", 13, 16384, DEVICES),
    Family("M2, it seems A15", 1, "", 13, 16384, DEVICES),
    Family("M3", 2, "", 13, 16384, ANEFORGE),
    Family("M4, M5", 3, "", 15, 65536, ANEFORGE),
    Family("A16 and newer", None, "no source covers them", 0, 0, DEVICES),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Ops that ANEForge calls native on M1 to M5.
_NATIVE = _words("""
    abs add atan avg_pool batch_norm batch_to_space cast ceil clamped_relu clip concat conv
    conv_transpose crop cumsum depth_to_space einsum elu equal erf exp exp2 expand_dims fill
    fill_like flatten2d floor floor_div gather gather_along_axis gelu greater greater_equal
    identity instance_norm inverse l2_norm l2_pool layer_norm leaky_relu less less_equal linear
    linear_activation local_response_norm log logical_not matmul max_pool maximum minimum mul
    non_maximum_suppression not_equal pad pixel_shuffle pixel_unshuffle pow prelu real_div
    reduce_argmax reduce_l1_norm reduce_l2_norm reduce_log_sum reduce_log_sum_exp reduce_max
    reduce_mean reduce_min reduce_sum reduce_sum_square relu relu6 reshape reshape_like reverse
    round rsqrt scaled_dot_product_attention scaled_tanh select sigmoid sigmoid_hard sign silu
    slice_by_size slice_update softmax softplus softplus_parametric softsign space_to_batch
    space_to_depth split sqrt square squeeze stack sub tanh threshold thresholded_relu tile
    transpose
""")

#: Ops that it calls unsupported on all of them.
_WALLED = _words("""
    acos acosh asin asinh atanh band_part cosh gru list_gather list_length list_read list_scatter
    list_write logical_and logical_or logical_xor lstm make_list mod non_zero one_hot
    random_bernoulli random_categorical random_normal reduce_prod reverse_sequence rnn scatter
    scatter_along_axis scatter_nd shape sinh sliding_windows tan
""")

_Four = tuple[Verdict, Verdict, Verdict, Verdict]
_FROM_M2: _Four = ("no", "yes", "yes", "yes")
# Where ANEForge has a way of its own ("bridge"), nothing follows for Core ML.
_MAYBE_FROM_M2: _Four = ("unknown", "yes", "yes", "yes")
_MAYBE_FROM_M3: _Four = ("unknown", "unknown", "yes", "yes")
_CHANGES: dict[str, _Four] = {
    **dict.fromkeys(("affine", "argsort", "crop_resize", "resample", "topk"), _FROM_M2),
    **dict.fromkeys(
        ("gather_nd", "resize", "resize_bilinear", "resize_nearest_neighbor", "upsample_bilinear",
         "upsample_nearest_neighbor"), _MAYBE_FROM_M2),
    **dict.fromkeys(("cos", "random_uniform", "reduce_argmin", "sin"), _MAYBE_FROM_M3),
}  # fmt: skip

#: What is known of the A12.
_A12: dict[str, tuple[Verdict, str]] = {
    "conv": ("yes", XS),
    "conv_transpose": ("yes", HOLLANCE),
    "upsample_bilinear": ("yes", HOLLANCE),
    "upsample_nearest_neighbor": ("yes", HOLLANCE),
    "gather": ("no", HOLLANCE),
    "gru": ("no", HOLLANCE),
    "lstm": ("no", HOLLANCE),
    "rnn": ("no", HOLLANCE),
    "tile": ("no", f"{ANEFORGE}, note on A11 and A12"),
    "transpose": ("no", f"{ANEFORGE}, note on A11 and A12"),
}


def row(op: str, family: Family) -> tuple[Verdict, str]:
    """Return what is said of a type of op on a family of chips, and who says it."""
    if family.name == "A11":
        return "no", DEVICES
    if family.name == "A12":
        return _A12.get(op, ("unknown", ""))
    if family.column is None or not (op in _NATIVE or op in _WALLED or op in _CHANGES):
        return "unknown", ""
    if op in _CHANGES:
        return _CHANGES[op][family.column], ANEFORGE
    return "yes" if op in _NATIVE else "no", ANEFORGE
