/// The verdict of one comparison with the goldens.
public struct Parity: Codable, Equatable, Sendable {
    public struct Output: Codable, Equatable, Sendable {
        public let output: String
        public let elements: Int
        public let nonFinite: Int
        /// Absent where they are not finite numbers.
        public let maxAbs: Double?
        public let relative: Double?
        public let psnr: Double?

        enum CodingKeys: String, CodingKey {
            case output, elements, relative
            case nonFinite = "non_finite"
            case maxAbs = "max_abs"
            case psnr = "psnr_db"
        }
    }

    /// Over all heads and inputs.
    public struct Joints: Codable, Equatable, Sendable {
        /// Joints that are present on both sides and did not flip.
        public let compared: Int
        /// Displacement of those in input pixels; absent without any.
        public let mean: Double?
        public let max: Double?
        /// Peaks that moved to another cell, and those of them a user sees.
        public let flips: Int
        public let visibleFlips: Int
        public let atRisk: Int

        enum CodingKeys: String, CodingKey {
            case compared, flips
            case mean = "mean_px"
            case max = "max_px"
            case visibleFlips = "visible_flips"
            case atRisk = "at_risk"
        }
    }

    public let golden: String
    public let inputs: Int
    public let outputs: [Output]
    public let joints: Joints
    public let held: Bool
    /// Why it is not held, one sentence each.
    public let reasons: [String]

    enum CodingKeys: String, CodingKey {
        case inputs, joints, reasons
        case golden = "golden_id"
        case outputs = "per_output"
        case held = "pass"
    }
}

func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
