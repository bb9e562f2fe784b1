extension PoseDecoder {
    /// Peak minus the best value outside its 3x3 or 3x3x3 neighbourhood, on the raw heatmap.
    ///
    /// While every cell drifts by less than half its margin, a peak stays in its neighbourhood.
    /// - Returns: One per joint, in heatmap units; NaN where the joint is absent, inf where nothing
    ///   but NaN lies outside, and for what is not read off a heatmap alone.
    public func margins(_ outputs: [String: Tensor], pose: Pose) throws -> [Double] {
        guard spec.heatmap != nil, spec.people == nil, spec.refinement != .simcc else {
            return [Double](repeating: .infinity, count: spec.joints)
        }
        let maps = try heatmap(outputs)
        return (0..<spec.joints).map { joint in
            guard !pose.isAbsent(joint) else { return .nan }
            let centre = geometry.index(of: pose.cell[joint])
            var elsewhere = -Float.infinity
            for cell in 0..<spec.cells where !isNear(cell, centre) {
                let value = maps[joint * spec.cells + cell]
                if value > elsewhere { elsewhere = value }
            }
            return Double(maps[joint * spec.cells + pose.cell[joint]]) - Double(elsewhere)
        }
    }

    private func isNear(_ cell: Int, _ centre: SIMD3<Int>) -> Bool {
        let away = geometry.index(of: cell) &- centre
        return (-1...1).contains(away.x) && (-1...1).contains(away.y) && (-1...1).contains(away.z)
    }
}
