import numpy as np

from poseconvert.mil import costs, read_package


def test_costs_follow_the_formulas(save):
    def ones(*shape):
        return np.ones(shape, np.float32)

    def build(mb, x):
        x = mb.conv(x=x, weight=ones(8, 2, 3, 3), groups=2, pad_type="same")
        x = mb.conv_transpose(x=x, weight=ones(8, 6, 2, 2), bias=ones(6), strides=[2, 2])
        x = mb.linear(x=mb.relu(x=x), weight=ones(7, 20))
        return mb.matmul(x=x, y=x, transpose_x=True)

    found = {c.operation.type: c for c in costs(read_package(save(build, (1, 4, 10, 10))))}
    assert list(found) == ["conv", "conv_transpose", "linear", "matmul"]
    assert found["conv"].macs == 8 * 10 * 10 * 2 * 9
    assert found["conv_transpose"].macs == 8 * 10 * 10 * 6 * 4
    assert found["linear"].macs == 6 * 20 * 20 * 7
    assert found["matmul"].macs == 6 * 7 * 7 * 20
    assert found["conv"].activation_bytes == 4 * (400 + 800)
    assert found["conv"].weight_bytes >= 4 * 8 * 2 * 9
    assert found["linear"].activation_bytes == 4 * 6 * 20 * (20 + 7)


def test_halves_take_half_the_bytes(save):
    def build(mb, x):
        return mb.linear(x=x, weight=np.ones((64, 32), np.float32))

    (full,) = costs(read_package(save(build, (1, 32))))
    (half,) = costs(read_package(save(build, (1, 32), precision="fp16")))
    assert (half.macs, half.activation_bytes * 2) == (full.macs, full.activation_bytes)
    assert half.weight_bytes * 2 == full.weight_bytes


def test_compressed_weights_count_as_the_op_reads_them(save):
    def plain(mb, x):
        return mb.linear(x=x, weight=np.ones((8, 16), np.float32))

    def packed(mb, x):
        weight = mb.constexpr_lut_to_dense(
            indices=np.zeros(16, np.uint8),
            lut=np.ones(2, np.float32),
            shape=np.array([8, 16], np.uint32),
        )
        return mb.linear(x=x, weight=weight)

    (wanted,) = costs(read_package(save(plain, (1, 16), target="iOS16")))
    (got,) = costs(read_package(save(packed, (1, 16), target="iOS16")))
    assert (got.macs, got.weight_bytes, got.activation_bytes) == (
        wanted.macs,
        wanted.weight_bytes,
        wanted.activation_bytes,
    )


def test_unknown_sizes_give_no_number(save, edit):
    def forget(model):
        main = model.mlProgram.functions["main"]
        main.inputs[0].type.tensorType.dimensions[0].unknown.variadic = False
        out = main.block_specializations["CoreML5"].operations[-1].outputs[0]
        out.type.tensorType.dimensions[0].unknown.variadic = False

    path = save(lambda mb, x: mb.linear(x=x, weight=np.ones((3, 2), np.float32)), (4, 2))
    (cost,) = costs(read_package(edit(path, forget)))
    assert (cost.macs, cost.activation_bytes) == (None, None)
    assert cost.weight_bytes >= 24
