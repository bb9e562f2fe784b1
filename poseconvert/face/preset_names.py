"""Names of the decode presets, for a help text that loads nothing; a test holds them to be all."""

PRESET_NAMES = (
    "heatmap", "heatmap_background", "heatmap_dark", "simple_baselines", "simcc", "deeplabcut",
    "posenet", "posenet_same", "posenet_probability", "posenet_multi",
    "posenet_multi_probability", "openpose", "movenet", "movenet_lightning", "movenet_multipose",
    "centernet", "yolo", "yolo_oks", "yolo_end_to_end", "blazepose_detector", "blazeface",
    "coordinates", "coordinates_fraction", "coordinates_scored", "blazepose", "mtcnn", "lifter",
    "deeppose", "integral_3d", "dual_head_224", "dual_head_448",
)  # fmt: skip

#: Of ``--decode``.
DECODE_HELP = (
    f"Decode preset ({', '.join(PRESET_NAMES)}; the command decoders says more), or a JSON"
    " file of decode specs."
)
