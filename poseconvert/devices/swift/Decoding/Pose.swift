/// Keypoints of one frame, one entry per joint.
public struct Pose: Equatable, Sendable {
    /// A joint the camera sees scores this much or more; a hidden one less.
    public static let visibleScore = 0.5

    /// x, y(, z) in input pixels, in the spec's frame; NaN where the joint is absent.
    public internal(set) var position: [[Double]]
    /// 0 where the joint is absent, else above the spec's threshold.
    public internal(set) var score: [Double]
    /// Flat index of the peak in z, y, x order; -1 where the joint is absent.
    public internal(set) var cell: [Int]

    public func isVisible(_ joint: Int) -> Bool { score[joint] >= Self.visibleScore }
    public func isAbsent(_ joint: Int) -> Bool { cell[joint] < 0 }
}
