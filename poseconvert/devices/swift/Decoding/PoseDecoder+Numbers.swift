import Foundation

extension PoseDecoder {
    /// Highest bins of the vectors along x and y; the score is the lower peak.
    func simcc(_ outputs: [String: Tensor]) throws -> Pose {
        let (height, width) = (spec.grid[0], spec.grid[1])
        let across = try named(spec.heatmap, in: outputs)
        let down = try named(spec.offset, in: outputs)
        try require(across, [[spec.joints, width]], name: spec.heatmap)
        try require(down, [[spec.joints, height]], name: spec.offset)
        var pose = Pose(position: [], score: [], cell: [])
        for joint in 0..<spec.joints {
            let (x, high) = highest(across.values, from: joint * width, count: width)
            let (y, tall) = highest(down.values, from: joint * height, count: height)
            pose.position.append(geometry.position(of: y * width + x))
            pose.score.append(Double(min(high, tall)))
            pose.cell.append(y * width + x)
        }
        return withoutAbsent(pose)
    }

    private func highest(_ values: [Float], from first: Int, count: Int) -> (Int, Float) {
        values.withUnsafeBufferPointer { all in
            let part = UnsafeBufferPointer(rebasing: all[first..<first + count])
            let place = peak(of: part)
            return (place, part[place].isNaN ? -.infinity : part[place])
        }
    }

    /// Numbers of each joint as `numbers` says; a joint of none is absent.
    func coordinates(_ outputs: [String: Tensor]) throws -> Pose {
        let tensor = try named(spec.offset, in: outputs)
        let each = spec.numbers.count
        guard tensor.values.count == spec.joints * each else {
            throw Refusal(
                "output \"\(spec.offset ?? "")\": shape \(tensor.shape) does not hold "
                    + "\(spec.joints) joints of \(each) numbers. Use the decode spec of this network.")
        }
        var pose = Pose(position: [], score: [], cell: [])
        for joint in 0..<spec.joints {
            let (position, score) = numbers { index in
                tensor.values[
                    spec.interleaved == false ? index * spec.joints + joint : joint * each + index]
            }
            pose.position.append(position)
            pose.score.append(score)
            pose.cell.append(0)
        }
        return withoutAbsent(pose)
    }

    /// One joint, whose number at an index `read` gives: score 0 where it is absent.
    func numbers(_ read: (Int) -> Float) -> ([Double], Double) {
        let names = Array(spec.numbers)
        let position = "xyz".prefix(spec.dims).enumerated().map { axis, name in
            let place = names.firstIndex(of: name) ?? 0
            return geometry.origin[axis] + geometry.scale[axis] * Double(read(place))
        }
        var score = 1.0
        if let place = names.firstIndex(of: "s") {
            let own = Double(read(place))
            score = spec.activation == .logit ? 1 / (1 + exp(-own)) : own
        }
        let present = position.allSatisfy(\.isFinite) && score > spec.threshold
        return present ? (position, score) : ([Double](repeating: .nan, count: spec.dims), 0)
    }

    /// Peak cell, moved to the top of a parabola through the logarithm of the blurred map.
    func byDark(_ map: UnsafeBufferPointer<Float>, cell: Int) -> [Double] {
        let (width, height) = (geometry.sides[0], geometry.sides[1])
        let (x, y) = (cell % width, cell / width)
        let corner = geometry.position(of: cell)
        guard x > 1, x < width - 2, y > 1, y < height - 2 else { return corner }
        let around = blurred(map, x: x, y: y, width: width, height: height)
            .map { $0.map { log(max($0, 1e-10)) } }
        let dx = (around[2][3] - around[2][1]) / 2
        let dy = (around[3][2] - around[1][2]) / 2
        let dxx = (around[2][4] - 2 * around[2][2] + around[2][0]) / 4
        let dyy = (around[4][2] - 2 * around[2][2] + around[0][2]) / 4
        let dxy = (around[3][3] - around[1][3] - around[3][1] + around[1][1]) / 4
        let determinant = dxx * dyy - dxy * dxy
        guard determinant != 0, determinant.isFinite else { return corner }
        let shift = [dxy * dy - dyy * dx, dxy * dx - dxx * dy].map { $0 / determinant }
        return [0, 1].map { corner[$0] + shift[$0] * geometry.step[$0] }
    }

    /// The 5x5 cells around a peak after a Gaussian blur; beyond the map are zeros.
    private func blurred(
        _ map: UnsafeBufferPointer<Float>, x: Int, y: Int, width: Int, height: Int
    ) -> [[Double]] {
        let half = spec.blur / 2
        let sigma = 0.3 * (Double(spec.blur - 1) / 2 - 1) + 0.8
        let raw = (-half...half).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let kernel = raw.map { $0 / raw.reduce(0, +) }
        let rows = (-half - 2...half + 2).map { down in
            (-2...2).map { across in
                kernel.indices.reduce(0.0) { sum, k in
                    let (column, row) = (x + across + k - half, y + down)
                    guard column >= 0, column < width, row >= 0, row < height else { return sum }
                    return sum + kernel[k] * Double(map[row * width + column])
                }
            }
        }
        return (0..<5).map { down in
            (0..<5).map { across in
                kernel.indices.reduce(0.0) { $0 + kernel[$1] * rows[down + $1][across] }
            }
        }
    }
}
