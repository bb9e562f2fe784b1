/// How the tensors of one head become keypoints: the decode spec of the manifest.
///
/// Position along an axis is `origin + sign * ((index + centre - zero) * stride + offset * unit)`.
/// Axes of `grid` and `stride` are (H, W) or (D, H, W); positions are x, y(, z) in input pixels.
public struct DecodeSpec: Codable, Equatable, Sendable {
    public enum OffsetUnit: String, Codable, Sendable { case pixel, cell, image }
    public enum Activation: String, Codable, Sendable { case linear, logit, probability }
    public enum Refinement: String, Codable, Sendable {
        case offset, none, expectation, regression, dark, simcc, coordinates, people
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
    /// Heatmap channels after the joints' that hold no joint.
    public let background: Int
    /// Side of the Gaussian kernel of `dark`.
    public let blur: Int
    /// What the numbers of a joint are: x, y, z, s (its score), _ (passed over).
    public let numbers: String
    /// Whether a joint's numbers lie side by side; nil is the usual of the refinement.
    public let interleaved: Bool?
    public let offsetScale: Double
    /// How several people are put together; nil where there is one.
    public let people: PeopleSpec?

    /// 2 or 3: coordinates of a position, x first.
    public var dims: Int { grid.count }
    /// Cells in one joint's heatmap.
    public var cells: Int { grid.reduce(1, *) }

    enum CodingKeys: String, CodingKey {
        case skeleton, joints, grid, stride, size, heatmap, offset, centre, activation, threshold
        case refinement, frame, background, blur, numbers, interleaved, people
        case offsetOrder = "offset_order"
        case offsetUnit = "offset_unit"
        case offsetScale = "offset_scale"
        case zZero = "z_zero"
    }

    /// Keys that Python has a default for may be missing: older conversions lack them.
    public init(from decoder: Decoder) throws {
        let read = try decoder.container(keyedBy: CodingKeys.self)
        skeleton = try read.decode(String.self, forKey: .skeleton)
        joints = try read.decode(Int.self, forKey: .joints)
        grid = try read.decode([Int].self, forKey: .grid)
        stride = try read.decode([Double].self, forKey: .stride)
        size = try read.decode([Int].self, forKey: .size)
        heatmap = try read.decodeIfPresent(String.self, forKey: .heatmap)
        offset = try read.decodeIfPresent(String.self, forKey: .offset)
        offsetOrder = try read.decodeIfPresent(String.self, forKey: .offsetOrder) ?? "xy"
        offsetUnit = try read.decodeIfPresent(OffsetUnit.self, forKey: .offsetUnit) ?? .pixel
        centre = try read.decodeIfPresent(Double.self, forKey: .centre) ?? 0
        zZero = try read.decodeIfPresent(Double.self, forKey: .zZero) ?? 0
        activation = try read.decodeIfPresent(Activation.self, forKey: .activation) ?? .linear
        threshold = try read.decodeIfPresent(Double.self, forKey: .threshold) ?? 0
        refinement = try read.decodeIfPresent(Refinement.self, forKey: .refinement) ?? .offset
        frame = try read.decodeIfPresent(Frame.self, forKey: .frame) ?? .corner
        background = try read.decodeIfPresent(Int.self, forKey: .background) ?? 0
        blur = try read.decodeIfPresent(Int.self, forKey: .blur) ?? 0
        numbers = try read.decodeIfPresent(String.self, forKey: .numbers) ?? ""
        interleaved = try read.decodeIfPresent(Bool.self, forKey: .interleaved)
        offsetScale = try read.decodeIfPresent(Double.self, forKey: .offsetScale) ?? 1
        people = try read.decodeIfPresent(PeopleSpec.self, forKey: .people)
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
            (heatmap == nil) == [.regression, .coordinates, .people].contains(refinement), "heatmap",
            "with refinement \(refinement.rawValue).")
        try require(
            (offset != nil)
                == [.offset, .regression, .simcc, .coordinates, .people].contains(refinement),
            "offset", "with refinement \(refinement.rawValue).")
        try require(
            ![.quarterCell, .dark, .simcc].contains(refinement) || dims == 2, "refinement",
            "\(refinement.rawValue) is 2D only.")
        try require(
            refinement == .dark ? blur % 2 == 1 && (9...63).contains(blur) : blur == 0, "blur",
            "\(blur) with refinement \(refinement.rawValue).")
        try require(
            (0..<1 << 16).contains(background) && (background == 0 || dims == 2), "background",
            "\(background) is not a count of channels in 2D.")
        let packed = [.coordinates, .people].contains(refinement)
        let axes = Set("xyz".prefix(dims))
        try require(
            packed
                ? Set(numbers).subtracting("s_") == axes
                    && "xyzs".allSatisfy { axis in numbers.filter { $0 == axis }.count <= 1 }
                : numbers.isEmpty, "numbers", "\(numbers) with refinement \(refinement.rawValue).")
        try require(
            offsetScale.isFinite && offsetScale > 0, "offset_scale", "\(offsetScale) is not positive.")
        try require(
            refinement != .people || people != nil, "people", "missing with refinement people.")
        try people?.check(joints: joints)
        try require(
            refinement != .expectation || activation == .logit, "activation",
            "expectation takes a softmax of logits.")
        try require(
            ![.regression, .coordinates, .people].contains(refinement) || cells == 1, "grid",
            "\(refinement.rawValue) has one cell.")
    }
}
