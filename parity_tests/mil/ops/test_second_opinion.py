"""coremltools' own `value_inference`, where it exists, as a second opinion on our kernels."""

import numpy as np
import pytest

from poseconvert.mil.executor.registry import find

X = np.random.default_rng(3).normal(size=(2, 3, 4)).astype(np.float32)
POSITIVE = np.abs(X) + np.float32(0.1)

CASES = {
    "relu": {"x": X},
    "relu6": {"x": X * 9},
    "leaky_relu": {"x": X, "alpha": np.float32(0.3)},
    "elu": {"x": X, "alpha": np.float32(0.7)},
    "prelu": {"x": X, "alpha": np.full(3, 0.3, np.float32)},
    "sigmoid": {"x": X},
    "sigmoid_hard": {"x": X, "alpha": np.float32(0.2), "beta": np.float32(0.4)},
    "gelu": {"x": X, "mode": "TANH_APPROXIMATION"},
    "softplus": {"x": X},
    "softmax": {"x": X, "axis": 1},
    "clip": {"x": X, "alpha": np.float32(-0.5), "beta": np.float32(0.5)},
    "log": {"x": POSITIVE, "epsilon": np.float32(0.2)},
    "rsqrt": {"x": POSITIVE, "epsilon": np.float32(0.2)},
    "inverse": {"x": POSITIVE, "epsilon": np.float32(0.2)},
    "erf": {"x": X},
    "round": {"x": X * 9},
    "floor": {"x": X * 9},
    "cast": {"x": X * 9, "dtype": "int32"},
    "add": {"x": X, "y": X[0]},
    "pow": {"x": POSITIVE, "y": X},
    "real_div": {"x": X, "y": POSITIVE},
    "layer_norm": {"x": X, "axes": [1, 2], "gamma": X[0], "beta": X[1]},
    "linear": {"x": X, "weight": X[0], "bias": X[0, :, 0].copy()},
    "matmul": {"x": X, "y": X, "transpose_y": True},
    "reduce_mean": {"x": X, "axes": [0, 2], "keep_dims": False},
    "reduce_max": {"x": X, "axes": [-1], "keep_dims": True},
    "transpose": {"x": X, "perm": [2, 0, 1]},
    "expand_dims": {"x": X, "axes": [0, -1]},
    "reshape": {"x": X, "shape": [-1, 6]},
    "slice_by_index": {"x": X, "begin": [0, 1, -3], "end": [2, 3, -1], "stride": [1, 1, 2]},
    "slice_by_size": {"x": X, "begin": [0, 1, 2], "size": [1, -1, 2]},
    "gather": {"x": X, "indices": [[1, 0], [-1, 2]], "axis": 1},
    "pad": {"x": X, "pad": [1, 2], "mode": "reflect"},
    "tile": {"x": X, "reps": [1, 2, 3]},
}


@pytest.mark.parametrize("name", CASES)
def test_kernels_agree_with_value_inference(coreml, name):
    given = CASES[name]
    mb = coreml.mb

    def build(_):
        opinion.append(getattr(mb, name)(**given).val)
        return mb.const(val=np.float32(0))

    opinion = []
    spec = mb.TensorSpec(shape=(1,))
    mb.program(input_specs=[spec], opset_version=coreml.ct.target.iOS15)(build)
    vectors = {k: np.array(v, np.int32) if isinstance(v, list) else v for k, v in given.items()}
    got = find(name, "CoreML5").kernel(**vectors)
    assert opinion[0] is not None
    assert np.shape(got) == np.shape(opinion[0])
    np.testing.assert_allclose(got, opinion[0], rtol=1e-5, atol=1e-6)
