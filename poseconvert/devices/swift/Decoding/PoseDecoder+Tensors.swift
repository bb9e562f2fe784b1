extension PoseDecoder {
    /// Maps joint by joint, cells in z, y, x order.
    func heatmap(_ outputs: [String: Tensor]) throws -> [Float] {
        let tensor = try named(spec.heatmap, in: outputs)
        try require(tensor, [[channels + spec.background] + plane], name: spec.heatmap)
        return tensor.values
    }

    /// Blocks of axes, each joint by joint.
    func offset(_ outputs: [String: Tensor]) throws -> [Float] {
        let tensor = try named(spec.offset, in: outputs)
        try require(tensor, [[channels * spec.dims] + plane], name: spec.offset)
        return tensor.values
    }

    private var plane: [Int] { Array(spec.grid.suffix(2)) }
    private var channels: Int { spec.joints * (spec.dims == 3 ? spec.grid[0] : 1) }

    func named(_ name: String?, in outputs: [String: Tensor]) throws -> Tensor {
        guard let name, let tensor = outputs[name] else {
            let listed = outputs.keys.sorted().joined(separator: ", ")
            throw Refusal(
                "output \"\(name ?? "")\": not among the outputs \(listed). "
                    + "Name the head's outputs in the decode spec.")
        }
        return tensor
    }

    func require(_ tensor: Tensor, _ shapes: [[Int]], name: String?) throws {
        guard shapes.contains(where: { tensor.shape == $0 || tensor.shape == [1] + $0 }) else {
            throw Refusal(
                "output \"\(name ?? "")\": shape \(tensor.shape) does not fit \(shapes[0]). "
                    + "Use the decode spec of this network and size.")
        }
    }
}
