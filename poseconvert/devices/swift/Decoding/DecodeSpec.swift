/// How the tensors of one head become keypoints: the decode spec of the manifest.
///
/// Position along an axis is `origin + sign * ((index + centre - zero) * stride + offset * unit)`.
/// Axes of `grid` and `stride` are (H, W) or (D, H, W); positions are x, y(, z) in input pixels.
public struct DecodeSpec: Codable, Equatable, Sendable {
    public enum OffsetUnit: String, Codable, Sendable { case pixel, cell, image }
    public enum Activation: String, Codable, Sendable { case linear, logit, probability }
    public enum Refinement: String, Codable, Sendable {
        case offset, none, expectation, regression
        case quarterCell = "quarter_cell"
    }
    public enum Frame: String, Codable, Sendable {
        case corner
        case centredYUp = "centred_y_up"
    }

    public let skeleton: String
    public let joints: Int
    public let grid: [Int]
    public let stride: [Double]
    public let size: [Int]
    public let heatmap: String?
    public let offset: String?
    public let offsetOrder: String
    public let offsetUnit: OffsetUnit
    public let centre: Double
    public let zZero: Double
    public let activation: Activation
    public let threshold: Double
    public let refinement: Refinement
    public let frame: Frame

    /// 2 or 3: coordinates of a position, x first.
    public var dims: Int { grid.count }
    /// Cells in one joint's heatmap.
    public var cells: Int { grid.reduce(1, *) }

    enum CodingKeys: String, CodingKey {
        case skeleton, joints, grid, stride, size, heatmap, offset, centre, activation, threshold
        case refinement, frame
        case offsetOrder = "offset_order"
        case offsetUnit = "offset_unit"
        case zZero = "z_zero"
    }
}

extension DecodeSpec {
    private static let mostElements = 1 << 28

    /// - Throws: ``Refusal`` where a field is impossible, alone or next to the others.
    public func check() throws {
        func require(_ holds: Bool, _ field: String, _ cure: String) throws {
            guard holds else { throw Refusal("decode spec, \"\(field)\": \(cure)") }
        }
        try require(joints > 0, "joints", "\(joints) is not a count.")
        try require(
            [2, 3].contains(dims) && grid.allSatisfy { $0 > 0 }, "grid", "\(grid) is not a grid.")
        let all = elementCount(grid + [joints, dims])
        try require(
            all.map { $0 <= Self.mostElements } ?? false, "grid",
            "\(grid) x \(joints) is too large.")
        try require(size.count == 2 && size.allSatisfy { $0 > 0 }, "size", "\(size) is not a size.")
        try require(
            stride.count == dims && stride.allSatisfy { $0 > 0 && $0.isFinite }, "stride",
            "\(stride) does not fit grid \(grid).")
        try require((0..<1).contains(threshold), "threshold", "\(threshold) is not 0 to 1.")
        try require((0..<1).contains(centre), "centre", "\(centre) is not 0 to 1.")
        try require(
            zZero.isFinite && (dims == 3 || zZero == 0), "z_zero", "\(zZero) with grid \(grid).")
        try require(
            offsetOrder.sorted() == Array("xyz".prefix(dims)), "offset_order",
            "\(offsetOrder) does not order the axes of grid \(grid).")
        try require(
            (heatmap == nil) == (refinement == .regression), "heatmap",
            "with refinement \(refinement.rawValue).")
        try require(
            (offset != nil) == [.offset, .regression].contains(refinement), "offset",
            "with refinement \(refinement.rawValue).")
        try require(
            refinement != .quarterCell || dims == 2, "refinement", "quarter_cell is 2D only.")
        try require(
            refinement != .expectation || activation == .logit, "activation",
            "expectation takes a softmax of logits.")
        try require(refinement != .regression || cells == 1, "grid", "regression has one cell.")
    }
}
