/// Allowed drift; every limit that is set must hold. The numbers come with the bundle.
public struct Tolerance: Codable, Equatable, Sendable {
    /// Most drift as a part of the output's range; raised by the reference's noise floor.
    public let relative: Double?
    /// Least peak signal-to-noise ratio in dB.
    public let psnr: Double?
    /// Most displacement of a joint that did not flip, in input pixels.
    public let jointPixels: Double
    /// How many times the noise floor may be drifted, and the most that this may excuse.
    public let floorFactor: Double
    public let floorLimit: Double

    enum CodingKeys: String, CodingKey {
        case relative
        case psnr = "psnr_db"
        case jointPixels = "joint_px"
        case floorFactor = "floor_factor"
        case floorLimit = "floor_limit"
    }

    /// - Parameter floor: Drift of the reference under one unit in the last place of its input.
    func allowed(floor: Double) -> Double? {
        relative.map { max($0, min(floorFactor * (floor.isFinite ? floor : 0), floorLimit)) }
    }
}
