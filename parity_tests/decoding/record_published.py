"""Run the published decoders on the scenes and record what they give, in published.json.

    python record_published.py FOLDER

FOLDER holds a checkout of each repository named in SOURCES, under its name; their code is run
from there and is no part of this one. It needs torch, OpenCV and ultralytics.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import scenes

HERE = Path(__file__).parent


def plain(values):
    return np.round(np.asarray(values, np.float64), 7).tolist()


def heatmap_none(mmpose):
    maps = scenes.heatmaps(1)
    places, scores = mmpose.get_heatmap_maximum(maps)
    return {"position": plain(places * 4), "score": plain(scores)}


def heatmap_dark(mmpose):
    maps = scenes.heatmaps(1)
    places, _ = mmpose.get_heatmap_maximum(maps)
    with contextlib.redirect_stdout(io.StringIO()):
        moved = [mmpose.refine_keypoints_dark(p[None], m.copy(), 11)[0]
                 for p, m in zip(places, maps, strict=True)]  # fmt: skip
    return {"position": plain(np.stack(moved) * 4)}


def simcc(mmpose):
    vectors = scenes.simcc(2)
    places, scores = mmpose.get_simcc_maximum(vectors["simcc_x"], vectors["simcc_y"])
    return {"position": plain(places / 2), "score": plain(scores)}


def yolo(torch, nms):
    found = {}
    for name, seed, people in (("yolo", 3, 3), ("yolo_crowd", 4, 8), ("yolo_empty", 5, 0)):
        output = torch.tensor(scenes.yolo(seed, people=people)["output0"])
        (rows,) = nms(output, 0.25, 0.45, nc=1)
        found[name] = rows_of(rows.numpy())
    (rows,) = nms(torch.tensor(scenes.end_to_end(6)["output0"]), 0.25, end2end=True)
    found["yolo_end_to_end"] = rows_of(rows.numpy())
    return found


def yolo_oks(oks_nms):
    """Rows above a score of 0.25, without those whose joints agree with a better one's."""
    found = {}
    for name, seed, people in (("yolo_oks", 14, 3), ("yolo_oks_crowd", 15, 8)):
        rows = scenes.yolo(seed, people=people)["output0"][0].T.astype(np.float64)
        rows = rows[rows[:, 4] > 0.25]
        low, high = rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2
        area = np.prod(high - low, axis=1)
        found_people = [
            {"keypoints": row[5:].reshape(-1, 3), "score": row[4], "area": size}
            for row, size in zip(rows, area, strict=True)
        ]
        stay = np.asarray(oks_nms(found_people, 0.45), int)
        corners = np.concatenate([low, high], axis=1)
        found[name] = rows_of(
            np.concatenate([corners, rows[:, 4:5], rows[:, :1] * 0, rows[:, 5:]], axis=1)[stay]
        )
    return found


def rows_of(rows):
    joints = rows[:, 6:].reshape(-1, 17, 3)
    return {
        "box": plain(rows[:, :4]),
        "person": plain(rows[:, 4]),
        "position": plain(joints[..., :2]),
        "score": plain(joints[..., 2]),
    }


def posenet(torch, decode):
    poses = scenes.figures(7, 3, size=(257, 257))
    tensors = {n: torch.tensor(v[0]) for n, v in scenes.posenet(poses, seed=7, noise=0.3).items()}
    person, score, place = decode(
        torch.sigmoid(tensors["heatmap"]), tensors["offset"],
        tensors["displacement_fwd"], tensors["displacement_bwd"], 16,
        max_pose_detections=10, score_threshold=0.5, nms_radius=20, min_pose_score=0.5,
    )  # fmt: skip
    count = int((person > 0).sum())
    return {
        "person": plain(person[:count]),
        "score": plain(score[:count]),
        "position": plain(place[:count, :, ::-1]),
    }


def openpose(keypoints):
    poses = scenes.figures(8, 3, joints=18)
    tensors = scenes.openpose(poses, seed=8, noise=0.02)
    maps, fields = tensors["heatmaps"][0], tensors["pafs"][0].transpose(1, 2, 0)
    peaks, count = [], 0
    for one in maps[:18]:
        count += keypoints.extract_keypoints(one.copy(), peaks, count)
    people, found = keypoints.group_keypoints(peaks, fields)
    position = np.full((len(people), 18, 2), -1.0)
    score = np.zeros((len(people), 18))
    for m, person in enumerate(people):
        for j, index in enumerate(person[:18].astype(int)):
            if index >= 0:
                position[m, j], score[m, j] = found[index][:2] * 8, found[index][2]
    person = [one[-2] / one[-1] for one in people]
    return {"person": plain(person), "score": plain(score), "position": plain(position)}


def movenet(torch, decode):
    pose = scenes.figures(9, 1, size=(192, 192))[0]
    tensors = scenes.movenet(pose, seed=9, noise=0.05)
    names = ("heatmap", "center", "regression", "offset")
    found = decode([torch.tensor(tensors[name]) for name in names])
    return {"position": plain(found.reshape(-1, 17, 2) * 192)}


def centernet(torch, decode):
    poses = scenes.figures(10, 3, size=(256, 256))
    tensors = {n: torch.tensor(v) for n, v in scenes.centernet(poses, seed=10, noise=0.1).items()}
    found = decode(
        torch.sigmoid(tensors["hm"]), tensors["wh"], tensors["hps"], tensors["reg"],
        torch.sigmoid(tensors["hm_hp"]), tensors["hp_offset"], K=100,
    )[0].numpy()  # fmt: skip
    found = found[found[:, 4] > 0.3]
    return {
        "box": plain(found[:, :4] * 4),
        "person": plain(found[:, 4]),
        "position": plain(found[:, 5:39].reshape(-1, 17, 2) * 4),
    }


def anchored(torch, detector, anchors):
    made = {}
    for name, points, least in (("blazepose_detector", 4, 0.5), ("blazeface", 6, 0.75)):
        tensors = scenes.anchored(11, points=points)
        one = detector()
        one.num_anchors, one.num_coords, one.num_classes = 896, 4 + 2 * points, 1
        one.num_keypoints, one.score_clipping_thresh = points, 100.0
        one.x_scale = one.y_scale = one.w_scale = one.h_scale = 128.0
        one.min_score_thresh, one.min_suppression_threshold = least, 0.3
        boxes, scores = (torch.tensor(tensors[key]) for key in ("regressors", "scores"))
        (found,) = one._tensors_to_detections(boxes, scores, anchors)
        rows = torch.stack(one._weighted_non_max_suppression(found)).numpy()
        made[name] = {
            "box": plain(rows[:, [1, 0, 3, 2]] * 128),
            "person": plain(rows[:, -1]),
            "position": plain(rows[:, 4:-1].reshape(-1, points, 2) * 128),
        }
    return made


def deeplabcut(predict):
    tensors = scenes.locref(12)
    found = []
    for scores, locref in zip(*tensors.values(), strict=True):
        config = {"location_refinement": True, "locref_stdev": 7.2801}
        outputs = [scores.transpose(1, 2, 0).copy(), locref.transpose(1, 2, 0).copy()]
        found.append(predict["argmax_pose_predict"](
            *predict["extract_cnn_output"](outputs, config), 8.0
        ))  # fmt: skip
    found = np.stack(found)
    return {"position": plain(found[..., :2]), "score": plain(found[..., 2])}


def main(folder):
    import torch

    sources, made = {}, {}
    for path in sorted(folder.iterdir()):
        if (path / "SOURCE").is_file():
            sources[path.name] = (path / "SOURCE").read_text().strip()
    sys.path[:0] = [str(folder / name) for name in sources]
    from ultralytics import __version__
    from ultralytics.utils.nms import non_max_suppression

    sources["ultralytics"] = f"ultralytics {__version__}, PyPI"
    import mmpose_codecs

    names = {}
    # mmpose/evaluation/functional/nms.py without its import of bbox_overlaps
    exec((folder / "mmpose" / "nms.py").read_text(), names)
    made.update(yolo_oks(names["oks_nms"]))
    made["heatmap"] = heatmap_none(mmpose_codecs)
    made["heatmap_dark"] = heatmap_dark(mmpose_codecs)
    made["simcc"] = simcc(mmpose_codecs)
    made.update(yolo(torch, non_max_suppression))
    from posenet.decode_multi import decode_multiple_poses

    made["posenet_multi"] = posenet(torch, decode_multiple_poses)
    from modules import keypoints

    made["openpose"] = openpose(keypoints)
    os.chdir(folder / "movenet")
    from lib.task.task_tools import movenetDecode

    made["movenet"] = movenet(torch, movenetDecode)
    from models.decode import multi_pose_decode

    made["centernet"] = centernet(torch, multi_pose_decode)
    from blazebase import BlazeDetector

    anchors = torch.tensor(np.load(folder / "blaze" / "anchors_pose.npy"), dtype=torch.float32)
    made.update(anchored(torch, BlazeDetector, anchors))
    names = {"np": np}
    exec((folder / "deeplabcut" / "argmax.py").read_text(), names)
    made["deeplabcut"] = deeplabcut(names)
    text = json.dumps({"sources": sources, "decoded": made}, separators=(",", ":"))
    (HERE / "published.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
    subprocess.run(["git", "-C", HERE, "diff", "--stat", "--", "published.json"], check=False)
