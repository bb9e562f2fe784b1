/// Names of joints in tensor order, and the pairs of joint indices drawn as bones.
///
/// The tables come with the bundle: Python holds the only copy.
public struct Skeleton: Codable, Equatable, Sendable {
    public let joints: [String]
    public let bones: [[Int]]

    /// - Throws: ``Refusal`` where a bone is not a pair of joints.
    public init(joints: [String], bones: [[Int]]) throws {
        for bone in bones where bone.count != 2 || !bone.allSatisfy(joints.indices.contains) {
            throw Refusal("skeleton: bone \(bone) is not a pair of its \(joints.count) joints.")
        }
        self.joints = joints
        self.bones = bones
    }

    public init(from decoder: Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            joints: values.decode([String].self, forKey: .joints),
            bones: values.decode([[Int]].self, forKey: .bones))
    }
}
