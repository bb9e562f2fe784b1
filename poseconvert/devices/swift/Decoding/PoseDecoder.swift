import Foundation

/// Heads to keypoints, as `poseconvert.decoding.decode` reads them.
///
/// A joint is present where its score is strictly above the threshold, which is close to 0: joints
/// the camera cannot see are kept. Of equal peaks the lowest flat index wins; NaN is never a peak.
public struct PoseDecoder: Sendable {
    public let spec: DecodeSpec
    let geometry: Geometry

    /// - Throws: ``Refusal`` where the spec is impossible.
    public init(_ spec: DecodeSpec) throws {
        try spec.check()
        self.spec = spec
        geometry = Geometry(spec)
    }

    /// - Parameter outputs: By name, of one frame, with or without a batch axis of 1.
    /// - Throws: ``Refusal`` where an output is missing or of another shape, or a map of
    ///   probabilities peaks above 1.
    public func decode(_ outputs: [String: Tensor]) throws -> Pose {
        if spec.people != nil { return try PeopleDecoder(spec).best(outputs) }
        if spec.refinement == .regression { return try regression(outputs) }
        if spec.refinement == .coordinates { return try coordinates(outputs) }
        if spec.refinement == .simcc { return try simcc(outputs) }
        let maps = try heatmap(outputs)
        let offset = spec.refinement == .offset ? try self.offset(outputs) : []
        var pose = Pose(position: [], score: [], cell: [])
        maps.withUnsafeBufferPointer { maps in
            for joint in 0..<spec.joints {
                let first = joint * spec.cells
                let map = UnsafeBufferPointer(rebasing: maps[first..<first + spec.cells])
                let cell = peak(of: map)
                let (position, score) = refined(map, joint: joint, cell: cell, offset: offset)
                pose.position.append(position)
                pose.score.append(score)
                pose.cell.append(cell)
            }
        }
        if spec.activation == .probability, let above = pose.score.first(where: { $0 > 1 }) {
            throw Refusal(
                "output \"\(spec.heatmap ?? "")\": peak \(above) is not a probability. Use activation "
                    + "logit if the network ends before its sigmoid, else linear.")
        }
        return withoutAbsent(pose)
    }

    private func refined(
        _ map: UnsafeBufferPointer<Float>, joint: Int, cell: Int, offset: [Float]
    ) -> ([Double], Double) {
        let peak = Double(map[cell])
        let score = spec.activation == .logit ? 1 / (1 + exp(-peak)) : peak
        switch spec.refinement {
        case .offset: return (byOffset(offset, joint: joint, cell: cell), score)
        case .quarterCell: return (byQuarterCell(map, cell: cell), score)
        case .expectation: return byExpectation(map)
        case .dark: return (byDark(map, cell: cell), score)
        case .none, .regression, .simcc, .coordinates, .people:
            return (geometry.position(of: cell), score)
        }
    }

    /// Every finite set of coordinates is a joint of score 1 in the only cell.
    private func regression(_ outputs: [String: Tensor]) throws -> Pose {
        let tensor = try named(spec.offset, in: outputs)
        let flat = [spec.joints * spec.dims]
        try require(tensor, [flat, [spec.joints, spec.dims]], name: spec.offset)
        var pose = Pose(position: [], score: [], cell: [])
        for joint in 0..<spec.joints {
            let position = (0..<spec.dims).map { axis in
                let read = tensor.values[joint * spec.dims + geometry.block[axis]]
                return geometry.origin[axis] + geometry.scale[axis] * Double(read)
            }
            pose.position.append(position)
            pose.score.append(position.allSatisfy(\.isFinite) ? 1 : 0)
            pose.cell.append(0)
        }
        return withoutAbsent(pose)
    }

    func withoutAbsent(_ pose: Pose) -> Pose {
        var kept = pose
        for joint in 0..<spec.joints where !(pose.score[joint] > spec.threshold) {
            kept.position[joint] = [Double](repeating: .nan, count: spec.dims)
            kept.score[joint] = 0
            kept.cell[joint] = -1
        }
        return kept
    }
}

/// Lowest index of the largest value that is not NaN; 0 without one.
func peak(of map: UnsafeBufferPointer<Float>) -> Int {
    var cell = 0
    var largest = -Float.infinity
    for (index, value) in map.enumerated() where value > largest {
        cell = index
        largest = value
    }
    return cell
}
