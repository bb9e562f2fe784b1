"""What each decode preset is for: who uses it, what it expects, whose reading it repeats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A decode preset in words.

    Attributes
    ----------
    name
        What ``--decode`` takes.
    used_by
        Networks that need it.
    layout
        Outputs that it reads: N pictures, J joints, H x W cells, A rows.
    reading
        How joints are read from them.
    source
        The published reading that it repeats.
    people
        Whether it finds several people.
    """

    name: str
    used_by: str
    layout: str
    reading: str
    source: str
    people: bool = False


_TFJS = "tensorflow/tfjs-models, posenet"
_MMPOSE = "open-mmlab/mmpose, mmpose/codecs/utils"
_AUTHOR = "the author's Unity code, formulae only"
_ULTRALYTICS = "ultralytics, utils/nms.py"
_BLAZE = "zmurez/MediaPipePyTorch, blazebase.py"

CATALOGUE = (
    Preset(
        "heatmap",
        "HRNet, ViTPose, SLEAP, any network of one heatmap per joint",
        "N x J x H x W",
        "highest cell of each channel, times the stride",
        f"{_MMPOSE}/post_processing.py get_heatmap_maximum",
    ),
    Preset(
        "heatmap_background",
        "networks whose last channel is the background",
        "N x (J + 1) x H x W",
        "as heatmap, without the last channel",
        f"{_MMPOSE}/post_processing.py get_heatmap_maximum",
    ),
    Preset(
        "heatmap_dark",
        "DarkPose, ViTPose and HRNet with DARK",
        "N x J x H x W",
        "highest cell, then the top of a parabola through the blurred map's logarithm",
        f"{_MMPOSE}/refinement.py refine_keypoints_dark",
    ),
    Preset(
        "simple_baselines",
        "pose_resnet of Simple Baselines",
        "N x J x H x W",
        "highest cell, a quarter cell toward the larger neighbour",
        "microsoft/human-pose-estimation.pytorch, lib/core/inference.py",
    ),
    Preset(
        "simcc",
        "RTMPose, RTMW, DWPose, SimCC",
        "N x J x bins along x, N x J x bins along y",
        "highest bin of both vectors; the score is the lower peak",
        f"{_MMPOSE}/post_processing.py get_simcc_maximum",
    ),
    Preset(
        "deeplabcut",
        "DeepLabCut",
        "N x J x H x W, locref N x 2J x H x W",
        "middle of the highest cell, plus locref times 7.2801",
        "DeepLabCut/DeepLabCut, pose_estimation_tensorflow/core/predict.py",
    ),
    Preset(
        "posenet",
        "PoseNet (tfjs, rwightman), logits",
        "heatmap N x J x H x W, offset N x 2J x H x W, y first",
        "highest cell times the stride, plus the offset",
        f"{_TFJS}/src/single_pose",
    ),
    Preset(
        "posenet_same",
        "PoseNet padded as TensorFlow's SAME",
        "as posenet",
        "as posenet; cells lie where SAME moves them",
        f"{_TFJS}/src/single_pose",
    ),
    Preset(
        "posenet_probability",
        "PoseNet with its sigmoid inside",
        "as posenet",
        "as posenet, without a sigmoid",
        f"{_TFJS}/src/single_pose",
    ),
    Preset(
        "posenet_multi",
        "PoseNet with displacements, logits",
        "heatmap, offset, displacement_fwd and displacement_bwd N x 32 x H x W",
        "from each peak along the displacements to the other joints",
        "rwightman/posenet-pytorch, posenet/decode_multi.py",
        people=True,
    ),
    Preset(
        "posenet_multi_probability",
        "PoseNet with displacements and its sigmoid inside",
        "as posenet_multi",
        "as posenet_multi, without a sigmoid",
        "rwightman/posenet-pytorch, posenet/decode_multi.py",
        people=True,
    ),
    Preset(
        "openpose",
        "OpenPose, Lightweight OpenPose",
        "heatmaps N x 19 x H x W, fields N x 38 x H x W",
        "peaks joined where the part affinity field fits",
        "Daniil-Osokin/lightweight-human-pose-estimation.pytorch, modules/keypoints.py",
        people=True,
    ),
    Preset(
        "movenet",
        "MoveNet with its four heads as outputs",
        "heatmap, centre, regression and offset",
        "the peak near where the centre expects each joint, plus its offset",
        "fire717/movenet.pytorch, lib/task/task_tools.py",
    ),
    Preset(
        "movenet_lightning",
        "MoveNet Lightning and Thunder of TensorFlow Hub",
        "N x 1 x J x 3: y, x, score",
        "numbers as they are, fractions of the picture",
        "the model's own documentation",
    ),
    Preset(
        "movenet_multipose",
        "MoveNet MultiPose of TensorFlow Hub",
        "N x 6 x 56: joints y, x, score; box; score",
        "a person per row above a score of 0.25",
        "the model's own documentation",
        people=True,
    ),
    Preset(
        "centernet",
        "CenterNet's multi-person pose",
        "hm, wh, hps, reg, hm_hp, hp_offset",
        "a person per centre; each joint the peak nearest to where the centre expects it",
        "xingyizhou/CenterNet, src/lib/models/decode.py",
        people=True,
    ),
    Preset(
        "yolo",
        "YOLOv8-pose, YOLO11-pose",
        "N x (5 + 3J) x A, or N x A x (5 + 3J): box, score, joints",
        "rows above a score of 0.25, the best of boxes that overlap by more than 0.45",
        _ULTRALYTICS,
        people=True,
    ),
    Preset(
        "yolo_oks",
        "as yolo, for people who stand close together",
        "as yolo",
        "as yolo, the best of people whose joints agree by more than 0.45 (OKS)",
        "open-mmlab/mmpose, mmpose/evaluation/functional/nms.py oks_nms",
        people=True,
    ),
    Preset(
        "yolo_end_to_end",
        "YOLO26-pose, and exports with nms=True",
        "N x rows x (6 + 3J): corners, score, class, joints",
        "rows above a score of 0.25",
        _ULTRALYTICS,
        people=True,
    ),
    Preset(
        "blazepose_detector",
        "BlazePose's detector",
        "boxes and points N x A x (4 + 2J), scores N x A x 1",
        "from anchors above a score of 0.5; those that overlap are averaged",
        _BLAZE,
        people=True,
    ),
    Preset(
        "blazeface",
        "BlazeFace",
        "as blazepose_detector",
        "as blazepose_detector, above a score of 0.75",
        _BLAZE,
        people=True,
    ),
    Preset(
        "coordinates",
        "networks that give joints in pixels",
        "N x J x 2, 3 or 4, or N x numbers: x, y(, z)(, score)",
        "numbers as they are, pixels of the input",
        "none: nothing is computed",
    ),
    Preset(
        "coordinates_fraction",
        "face meshes and hands of MediaPipe's PyTorch ports",
        "as coordinates",
        "as coordinates, in fractions of the input's sides",
        "none: one multiplication",
    ),
    Preset(
        "coordinates_scored",
        "networks that give joints in pixels, each with a score",
        "N x J x 3: x, y, score",
        "as coordinates",
        "none: nothing is computed",
    ),
    Preset(
        "blazepose",
        "BlazePose's landmarks",
        "N x J x 4: x, y, z, score",
        "as coordinates, in fractions of the input's sides",
        "none: one multiplication",
    ),
    Preset(
        "mtcnn",
        "MTCNN's O-Net",
        "N x 2J: all x, then all y",
        "as coordinates, in fractions of the input's sides",
        "none: one multiplication",
    ),
    Preset(
        "lifter",
        "VideoPose3D, MotionBERT",
        "N x frames x J x 3, in metres",
        "numbers as they are; drift is in millimetres",
        "none: one multiplication",
    ),
    Preset(
        "deeppose",
        "DeepPose",
        "N x 2J: x, y in fractions of the box",
        "as coordinates_fraction, each joint with a score of 1",
        "Toshev and Szegedy, 2014",
    ),
    Preset(
        "integral_3d",
        "3DMPPE, integral regression",
        "N x (J * D) x H x W",
        "expectation of the softmax",
        "mks0601/3DMPPE_POSENET_RELEASE, main/model.py",
    ),
    Preset(
        "dual_head_224",
        "the 24-joint network of 224 pixels",
        "heatmap2d, offset2d, heatmap3d, offset3d",
        "highest cell, plus the offset in fractions of the picture",
        _AUTHOR,
    ),
    Preset(
        "dual_head_448",
        "the 24-joint network of 448 pixels",
        "as dual_head_224",
        "highest cell, plus the offset in cells, y up",
        _AUTHOR,
    ),
)
