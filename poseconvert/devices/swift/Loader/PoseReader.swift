/// One joint of a picture.
public struct FoundJoint: Equatable, Sendable {
    public let name: String
    /// x, y (and z of a 3D head) in pixels of the upright picture, whose upper left pixel has its
    /// middle at 0, 0; NaN where the joint is absent.
    public let position: [Double]
    /// 0 where the joint is absent.
    public let score: Double
    /// Whether the camera sees it: a score of at least ``Pose/visibleScore``.
    public var isVisible: Bool { score >= Pose.visibleScore }
}

/// The joints of one head, in the order of its skeleton.
public struct FoundPose: Equatable, Sendable {
    public let skeleton: String
    public let joints: [FoundJoint]
    /// Pairs of joints by index.
    public let bones: [[Int]]
}

/// From a picture to the network's input, and from its outputs to joints: all but the prediction.
public struct PoseReader: Sendable {
    public let manifest: PoseManifest
    private let heads: [(decoder: PoseDecoder, skeleton: Skeleton)]

    /// - Throws: ``Refusal`` where a decode spec is impossible, or its skeleton is missing.
    public init(_ manifest: PoseManifest) throws {
        self.manifest = manifest
        heads = try manifest.decode.map { spec in
            guard let skeleton = manifest.skeletons[spec.skeleton],
                skeleton.joints.count == spec.joints
            else {
                throw Refusal(
                    "pose.json: no skeleton \(spec.skeleton) of \(spec.joints) joints. "
                        + "Run poseconvert ios-bundle --swift again.")
            }
            return (try PoseDecoder(spec), skeleton)
        }
    }

    /// RGB bytes of the network's input, and where the picture lies in it.
    public func input(of picture: PictureView) throws -> (pixels: [UInt8], placement: Placement) {
        try manifest.preprocessing.input(of: picture)
    }

    /// - Parameters:
    ///   - outputs: Of one prediction, by name.
    ///   - placement: What ``input(of:)`` gave for the same picture.
    /// - Throws: ``Refusal`` where an output is missing or of another shape.
    public func poses(in outputs: [String: Tensor], placement: Placement) throws -> [FoundPose] {
        try heads.map { decoder, skeleton in
            let pose = try decoder.decode(outputs)
            let joints = skeleton.joints.indices.map { joint in
                FoundJoint(
                    name: skeleton.joints[joint],
                    position: place(decoder.spec.fromCorner(pose.position[joint]), placement),
                    score: pose.score[joint])
            }
            return FoundPose(
                skeleton: decoder.spec.skeleton, joints: joints, bones: skeleton.bones)
        }
    }

    private func place(_ position: [Double], _ placement: Placement) -> [Double] {
        // Whole coordinates are the middles of pixels, whose corners the placement maps.
        let half = SIMD2(repeating: 0.5)
        let found = placement.toPicture(SIMD2(position[0], position[1]) + half) - half
        return [found.x, found.y] + position.dropFirst(2).map { $0 / placement.scale.x }
    }
}
