/// One joint on one input.
public struct JointDrift: Equatable, Sendable {
    public enum Standing: String, Sendable {
        case safe, flipped
        case atRisk = "at risk"
    }

    /// Where the reference's score puts a joint.
    public enum Band: String, Sendable { case visible, occluded, absent }

    public let joint: String
    public let input: String
    public let band: Band
    /// In input pixels over x, y (and z); NaN where absent on both sides, inf on one.
    public let displacement: Double
    /// Peak height of the reference, and of the candidate.
    public let score: Double
    public let candidateScore: Double
    /// Flipped: the peak moved to another cell. At risk: the reference's margin is not above twice
    /// the heatmap's measured drift, so it could have. Else safe.
    public let standing: Standing
}

/// Compare two poses of one input, one record per joint.
///
/// - Parameters:
///   - margins: Of the reference.
///   - heatmapDrift: Largest measured difference of the heatmap, over all inputs.
public func jointDrifts(
    reference: Pose, candidate: Pose, margins: [Double], joints: [String], input: String,
    heatmapDrift: Double
) -> [JointDrift] {
    joints.indices.map { joint in
        let isFlipped = reference.cell[joint] != candidate.cell[joint]
        return JointDrift(
            joint: joints[joint],
            input: input,
            band: reference.isAbsent(joint)
                ? .absent : reference.isVisible(joint) ? .visible : .occluded,
            displacement: displacement(reference, candidate, joint),
            score: reference.score[joint],
            candidateScore: candidate.score[joint],
            standing: isFlipped ? .flipped : margins[joint] > 2 * heatmapDrift ? .safe : .atRisk)
    }
}

private func displacement(_ reference: Pose, _ candidate: Pose, _ joint: Int) -> Double {
    if reference.isAbsent(joint) != candidate.isAbsent(joint) { return .infinity }
    return zip(reference.position[joint], candidate.position[joint])
        .reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
        .squareRoot()
}
