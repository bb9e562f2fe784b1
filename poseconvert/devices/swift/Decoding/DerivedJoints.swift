/// Joints of the 24-joint system that are computed, not predicted.
///
/// `hip = (abdomenUpper + (rThighBend + lThighBend) / 2) / 2`, `neck` is the mean of the shoulders,
/// `head = neck + n * dot(n, Nose - neck)` with `n` the unit vector from the neck to the mean of
/// the ears, `spine = abdomenUpper`.
public struct DerivedJoints: Equatable, Sendable {
    /// Positions in the unit of the joints; NaN where a joint they need is absent, or where the
    /// ears lie on the neck.
    public let hip, neck, head, spine: [Double]

    /// - Parameters:
    ///   - position: One per joint of the skeleton, x, y(, z).
    ///   - skeleton: Its names say which joint is which.
    /// - Returns: nil where the skeleton lacks one of the joints.
    public init?(_ position: [[Double]], skeleton: Skeleton) {
        func joint(_ name: String) -> SIMD3<Double>? {
            guard let index = skeleton.joints.firstIndex(of: name), index < position.count else {
                return nil
            }
            let place = position[index]
            return SIMD3(place[0], place[1], place.count > 2 ? place[2] : 0)
        }
        guard let navel = joint("abdomenUpper"), let nose = joint("Nose"),
            let thighs = [joint("rThighBend"), joint("lThighBend")] as? [SIMD3<Double>],
            let shoulders = [joint("rShldrBend"), joint("lShldrBend")] as? [SIMD3<Double>],
            let ears = [joint("rEar"), joint("lEar")] as? [SIMD3<Double>]
        else { return nil }
        let neck = (shoulders[0] + shoulders[1]) / 2
        let upward = (ears[0] + ears[1]) / 2 - neck
        let unit = upward / (upward * upward).sum().squareRoot()
        let head = neck + unit * (unit * (nose - neck)).sum()
        let hip = (navel + (thighs[0] + thighs[1]) / 2) / 2
        let dims = position[0].count
        func place(_ point: SIMD3<Double>) -> [Double] { (0..<dims).map { point[$0] } }
        self.hip = place(hip)
        self.neck = place(neck)
        self.head = place(head)
        spine = place(navel)
    }
}
