/// How several people are put together: `people` of a decode spec.
public struct PeopleSpec: Codable, Equatable, Sendable {
    public enum Method: String, Codable, Sendable { case rows, movenet, centernet, posenet, openpose }
    public enum Suppression: String, Codable, Sendable { case none, box, oks, blend }

    public let method: Method
    public let outputs: [String]
    public let row: [String]
    public let anchors: [[Int]]
    public let limbs: [[Int]]
    public let score: Double
    public let jointScore: Double
    public let suppression: Suppression
    public let overlap: Double
    public let radius: Double
    public let limit: Int

    enum CodingKeys: String, CodingKey {
        case method, outputs, row, anchors, limbs, score, suppression, overlap, radius, limit
        case jointScore = "joint_score"
    }

    /// - Throws: ``Refusal`` where a field is impossible.
    func check(joints: Int) throws {
        func require(_ holds: Bool, _ field: String) throws {
            guard holds else { throw Refusal("decode spec, \"people\", \"\(field)\": impossible.") }
        }
        let counts: [Method: ClosedRange<Int>] = [
            .rows: 0...1, .movenet: 2...2, .centernet: 4...4, .posenet: 2...2, .openpose: 1...1,
        ]
        try require(counts[method]?.contains(outputs.count) ?? false, "outputs")
        try require(method != .rows || row.filter { $0 == "keypoints" }.count == 1, "row")
        try require(method != .rows || row.contains("score") || !outputs.isEmpty, "row")
        try require((0...1).contains(score) && (0...1).contains(jointScore), "score")
        try require((0...1).contains(overlap) && radius >= 0 && radius.isFinite, "overlap")
        try require((1...1000).contains(limit), "limit")
        let places = method == .openpose ? 4 : 2
        try require(
            limbs.allSatisfy {
                $0.count == places && $0.allSatisfy { (0..<1 << 16).contains($0) }
                    && max($0[0], $0[1]) < joints && $0[0] != $0[1]
            }, "limbs")
        try require(![.posenet, .openpose].contains(method) || !limbs.isEmpty, "limbs")
        try require(
            anchors.allSatisfy { $0.count == 2 && $0.allSatisfy { (1..<1 << 16).contains($0) } },
            "anchors")
    }
}
