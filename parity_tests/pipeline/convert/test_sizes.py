"""Packages of several sizes: PyTorch is the oracle at every one of them."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from poseconvert.conversion.golden import read_goldens
from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.ours import remember
from poseconvert.conversion.size_record import size_folder
from poseconvert.drift import TOLERANCES, Parity, Run, not_run
from poseconvert.errors import ConversionError, ModelError, StageError
from poseconvert.mil import Executor, read_package
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diagnose.sizes import size_causes
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.diff.recheck import NewLimit, recheck
from poseconvert.pipeline.tune.tune import tune
from poseconvert.reports.html import to_html
from poseconvert.reports.json import write_json
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.testing import Checks

SMALL, WIDE = (32, 32), (48, 64)
INPUT = {"image": (1, 3, *SMALL)}
AT = "coreml_at_48x64"


def silent(step):
    pass


class Convolutional(nn.Module):
    """Takes any size."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.head = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 4, 1)

    def forward(self, image):
        return self.head(torch.relu(self.stem(image / 255)))


class Windowed(Convolutional):
    """Pools over a quarter of its input: a trace keeps the window of the size it saw."""

    def forward(self, image):
        seen = torch.relu(self.stem(image / 255))
        window = [int(seen.shape[2]) // 4, int(seen.shape[3]) // 4]
        pooled = nn.functional.avg_pool2d(seen, window)
        return self.head(seen + pooled.amax((2, 3), keepdim=True))


class Flat(Convolutional):
    """Takes one size only."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4 * 16 * 16, 7)

    def forward(self, image):
        return self.last(self.head(torch.relu(self.stem(image / 255))).flatten(1))


def converted(folder, network, *, form="traced", inputs=INPUT, sizes=(SMALL, WIDE), **options):
    path = folder / "net.pt"
    if form == "traced":
        torch.jit.trace(network.eval(), tuple(map(torch.zeros, inputs.values()))).save(path)
    else:
        torch.save(network.eval(), path)
    said = ModelOptions(
        size=sizes[0], inputs=inputs, output_names=("map",), trust_pickle=form == "pickled"
    )
    (out := folder / "out").mkdir()
    several = sizes if len(sizes) > 1 else ()
    chosen = ConvertOptions(model=said, sizes=several, **options)
    return convert(path, out, target=out, options=chosen, progress=silent)


def rows(measurement, stage):
    return [c for c in measurement.result.comparisons if c.stage == stage]


def verdicts(measurement):
    """What was judged, by which runner, and how."""
    return [(c.stage, str(c.candidate), c.parity) for c in measurement.result.comparisons]


@pytest.fixture(scope="module")
def measurement(once):
    return once("sizes", lambda folder: converted(folder, Convolutional()))


@pytest.fixture(scope="module")
def baked(once):
    return once("sizes-baked", lambda folder: converted(folder, Windowed(), form="pickled"))


@pytest.mark.parametrize("kind", ["image", "tensor"])
def test_the_package_declares_every_size_the_default_first(kind, measurement, tmp_path):
    if kind == "tensor":
        measurement = converted(tmp_path, Convolutional(), kinds={"": "tensor"})
        assert measurement.parity is Parity.HELD
    (feature,) = read_package(measurement.folder / "model.mlpackage").inputs
    assert tuple(feature.shape) == (1, 3, *SMALL)
    assert feature.flexible.enumerated == ((1, 3, *SMALL), (1, 3, *WIDE))


def test_the_package_is_pytorch_at_every_size_and_refuses_another(measurement):
    """The oracle: the network itself, in float32."""
    package = read_package(measurement.folder / "model.mlpackage")
    executor = Executor(package, precision="fp32", engine="interpreter")
    random = np.random.default_rng(3)
    for size in (SMALL, WIDE):
        picture = random.integers(0, 256, (1, 3, *size)).astype(np.float32)
        with torch.inference_mode():
            expected = Convolutional().eval()(torch.from_numpy(picture)).numpy()
        got = executor.run({"image": picture})["map"]
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=0, atol=2e-3)  # its weights are float16
    with pytest.raises(Exception, match=r"expected .*48, 64"):
        executor.run({"image": np.zeros((1, 3, 40, 40), np.float32)})


def test_every_size_is_a_row_of_each_runner_against_pytorch(measurement):
    assert measurement.parity is Parity.HELD
    found = rows(measurement, AT)
    assert [str(c.candidate) for c in found] == [
        f"model.mlpackage on reference executor ({precision})" for precision in ("fp16", "fp32")
    ]
    for comparison in found:
        assert str(comparison.reference).startswith("net.pt on PyTorch")
        assert comparison.tolerance == TOLERANCES["end_to_end/fp16"]
        assert comparison.inputs
        assert all(name.endswith(" at 48x64") for name in comparison.inputs)
        (output,) = comparison.outputs
        assert output.drift.elements == len(comparison.inputs) * 4 * 24 * 32
    assert measurement.result.comparisons[-1].stage == "end_to_end"
    assert AT in to_html(measurement)


def test_what_pytorch_said_at_every_size_is_stored(measurement):
    (record,) = read_manifest(measurement.folder).sizes
    assert (record.name, record.outputs) == ("48x64", {"map": (1, 4, 24, 32)})
    goldens = read_goldens(size_folder(measurement.folder, record))
    assert goldens.inputs[0].shape[1:] == (*WIDE, 3)
    pictures = torch.from_numpy(goldens.inputs[0].transpose(0, 3, 1, 2).astype(np.float32))
    with torch.inference_mode():
        expected = Convolutional().eval()(pictures).numpy()
    np.testing.assert_allclose(goldens.outputs["map"], expected, rtol=0, atol=1e-5)


def test_a_window_of_the_first_size_is_broken_at_the_other_size_only(baked):
    parities = {c.stage: c.parity for c in baked.result.comparisons}
    assert parities.pop(AT) is Parity.BROKEN
    assert set(parities.values()) == {Parity.HELD}
    assert baked.parity is Parity.BROKEN
    assert baked.manifest.verdict == "broken"
    (cause,) = diagnose(open_conversion(baked.folder), baked, model=None, progress=silent)
    assert cause.cause == "baked constant"
    assert "not at 48x64" in cause.sentence


def test_diff_finds_the_same_at_every_size(measurement, baked):
    for before in (measurement, baked):
        again = measure(open_conversion(before.folder), pictures=(), model=None, progress=silent)
        assert [(c.stage, c.candidate, c.outputs) for c in again.result.comparisons] == [
            (c.stage, c.candidate, c.outputs) for c in before.result.comparisons
        ]


def test_a_package_that_does_not_run_at_a_size_is_not_established(measurement, tmp_path):
    """Swapped for one of the default size alone, as if it took the other size too."""
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    single = converted(tmp_path, Convolutional(), sizes=(SMALL,))
    assert not single.manifest.sizes
    shutil.rmtree(folder / "model.mlpackage")
    shutil.copytree(single.folder / "model.mlpackage", folder / "model.mlpackage")

    swapped = measure(
        open_conversion(folder, allow_edited=True), pictures=(), model=None, progress=silent
    )

    assert {c.parity for c in rows(swapped, "coreml_from_onnx")} == {Parity.HELD}
    assert {c.parity for c in rows(swapped, AT)} == {Parity.NOT_RUN}
    assert swapped.parity is Parity.NOT_RUN
    (cause,) = diagnose(
        open_conversion(folder, allow_edited=True), swapped, model=None, progress=silent
    )
    assert cause.cause == "baked constant"


def test_pictures_are_run_at_every_size_with_pytorch_and_never_held_without(measurement, tmp_path):
    picture = tmp_path / "p.png"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3))
    Image.fromarray(noise.astype(np.uint8)).save(picture)

    seen = measure(
        open_conversion(measurement.folder), pictures=[picture], model=None, progress=silent
    )
    assert seen.parity is Parity.HELD
    assert {c.inputs for c in rows(seen, AT)} == {("p at 48x64",)}

    away = shutil.copytree(measurement.folder, tmp_path / "away" / "c.poseconvert")
    alone = measure(open_conversion(away), pictures=[picture], model=None, progress=silent)
    assert {c.parity for c in rows(alone, AT)} == {Parity.NOT_RUN}
    assert alone.parity is Parity.NOT_RUN
    assert "Give --model" in rows(alone, AT)[0].reasons[0]


def test_an_edited_package_and_edited_goldens_are_never_held(measurement, tmp_path):
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    weights = next((folder / "model.mlpackage").rglob("weight.bin"))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    edited = measure(open_conversion(folder), pictures=(), model=None, progress=silent)
    assert {c.parity for c in rows(edited, AT)} == {Parity.NOT_RUN}

    golden = next((folder / "sizes" / "48x64" / "golden").glob("*.f32"))
    data = bytearray(golden.read_bytes())
    data[0] ^= 1
    golden.write_bytes(data)
    with pytest.raises(ConversionError, match=r"48x64.*was edited \(SHA-256 differs\)"):
        measure(open_conversion(folder), pictures=(), model=None, progress=silent)


def test_a_size_has_its_own_tolerance_to_recheck_and_its_own_emitted_test(
    measurement, baked, tmp_path
):
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    write_json(measurement, folder / "parity.json")
    remember(folder)
    judged = recheck(folder, [NewLimit(AT, "psnr_db", 200.0)])
    assert {c.stage for c in judged.result.comparisons if c.parity is Parity.BROKEN} == {AT}

    assert AT in Checks(measurement.folder).stages
    assert Checks(measurement.folder).stage(AT) == ()
    (why,) = Checks(baked.folder).stage(AT)
    assert "is broken: map: " in why


def test_joints_are_judged_on_the_grid_of_every_size(tiny_model, tmp_path):
    options = ConvertOptions(
        model=ModelOptions(size=(64, 64)),
        sizes=((64, 64), (96, 96)),
        coreml=CoreMLOptions(precision="fp32"),
        compress="int8",
    )
    found = convert(tiny_model, tmp_path, target=tmp_path, options=options, progress=silent)

    (record,) = read_manifest(tmp_path).sizes
    assert {spec.size for spec in record.decode} == {(96, 96)}
    assert {spec.grid[-2:] for spec in record.decode} == {(6, 6)}
    assert record.outputs["heatmap2d"] == (1, 24, 6, 6)
    for comparison in rows(found, "coreml_at_96x96"):
        assert comparison.parity is Parity.HELD
        heads = {"2d", "3d"}
        assert len(comparison.joints) == len(comparison.inputs) * 24 * len(heads)
        assert {joint.head for joint in comparison.joints} == heads
    compressed = rows(found, "compressed_at_96x96")
    assert compressed
    assert {c.tolerance for c in compressed} == {TOLERANCES["end_to_end/compressed"]}
    assert {c.parity for c in compressed} <= {Parity.HELD, Parity.BROKEN}  # it ran
    again = measure(open_conversion(tmp_path), pictures=[], model=None, progress=silent)
    assert verdicts(again) == verdicts(found)
    assert set(Checks(tmp_path).stages) == {c.stage for c in found.result.comparisons}


def test_a_file_of_decode_specs_reads_the_default_size_only_and_says_so(tmp_path):
    spec = {
        "skeleton": "numbered_4", "joints": 4, "grid": [16, 16], "stride": [2.0, 2.0],
        "size": [32, 32], "heatmap": "map", "offset": None, "offset_order": "xy",
        "offset_unit": "pixel", "centre": 0.0, "z_zero": 0.0, "activation": "linear",
        "threshold": 0.0, "refinement": "none", "frame": "corner",
    }  # fmt: skip
    (tmp_path / "specs.json").write_text(json.dumps([spec]))
    found = converted(tmp_path, Convolutional(), decode=str(tmp_path / "specs.json"))
    assert rows(found, "coreml_from_onnx")[0].joints
    assert not rows(found, AT)[0].joints
    assert "decode specs of a file are of one size: no joints at 48x64" in found.manifest.notes


def test_what_takes_one_size_only_is_refused_before_anything_is_converted(tmp_path):
    with pytest.raises(ModelError, match=r"\(1, 3, 48, 64\).*Leave this size out of --size"):
        converted(tmp_path, Flat())
    assert not list((tmp_path / "out").iterdir())


def test_several_inputs_a_foreign_order_and_a_route_from_a_graph_are_refused(tmp_path):
    class Two(Convolutional):
        def forward(self, image, other):
            return super().forward(image + other)

    cases = {
        "two": (Two(), {"inputs": {**INPUT, "other": (1, 3, *SMALL)}}, "for one picture"),
        "order": (Convolutional(), {"sizes": (WIDE, SMALL)}, "that of --input comes first"),
        "route": (Convolutional(), {"route": "onnxsim"}, "Omit --route"),
    }
    for name, (network, options, text) in cases.items():
        (place := tmp_path / name).mkdir()
        with pytest.raises((ModelError, StageError), match=text):
            converted(place, network, **options)


def test_tune_refuses_a_package_of_several_sizes(measurement):
    with pytest.raises(ConversionError, match="takes 2 sizes, tune makes one of one size"):
        tune(open_conversion(measurement.folder), measurement.inputs, budget=0.5, progress=silent)


def test_only_rounding_at_a_size_is_no_baked_constant(measurement, baked):
    half, whole = rows(measurement, AT)
    default = rows(measurement, "coreml_from_onnx")
    manifest = measurement.manifest
    broken = [dataclasses.replace(c, parity=Parity.BROKEN, reasons=("x",)) for c in (half, whole)]
    # Weights are float16 in either mode: that float32 was held is what tells.
    (cause,) = size_causes([*default, *broken], manifest)
    assert cause.cause == "float16 rounding"
    (cause,) = size_causes([*default, *broken], baked.manifest)
    assert cause.cause == "baked constant"
    gone = not_run(AT, candidate=Run("model.mlpackage", size="96x128"), tolerance=half.tolerance,
                   reason="net.pt did not run: MODEL is not at hand")  # fmt: skip
    assert list(size_causes([*default, gone], manifest)) == []
    off = dataclasses.replace(default[0], parity=Parity.BROKEN)
    assert list(size_causes([off, *broken], manifest)) == []


def test_sensitive_ops_stay_float32_in_a_package_of_several_sizes(tmp_path):
    kept = CoreMLOptions(keep_fp32=("head.weight",))
    found = converted(tmp_path, Convolutional(), form="pickled", coreml=kept, rescue=False)
    assert found.parity is Parity.HELD
    package = read_package(found.folder / "model.mlpackage")
    convs = [op for op in package.program.main.block.walk() if op.type == "conv"]
    assert [op.outputs[0][1].dtype for op in convs] == ["fp16", "fp32"]
    (other := tmp_path / "other").mkdir()
    unknown = CoreMLOptions(keep_fp32=("nowhere",))
    with pytest.raises(StageError, match="cannot keep nowhere in float32"):
        converted(other, Convolutional(), form="pickled", coreml=unknown, rescue=False)


def test_a_picture_normalised_per_channel_is_exact_in_float32(tmp_path):
    """coremltools writes x * a + b as a batch norm whose epsilon, 1e-5, it does not undo."""

    class Normalised(Convolutional):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.tensor([0.017, 0.018, 0.0175]).view(1, 3, 1, 1))
            self.register_buffer("shift", torch.tensor([-2.1, -2.0, -1.8]).view(1, 3, 1, 1))

        def forward(self, image):
            return self.head(torch.relu(self.stem(image * self.scale + self.shift)))

    found = converted(tmp_path, Normalised(), coreml=CoreMLOptions(precision="fp32"))
    assert found.parity is Parity.HELD
    for stage in ("coreml_from_onnx", AT):
        (output,) = rows(found, stage)[0].outputs
        assert output.drift.relative < 1e-6
