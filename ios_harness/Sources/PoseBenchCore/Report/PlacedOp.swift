/// Where Core ML would run one op.
public struct PlacedOp: Codable, Equatable, Sendable {
    public enum Device: String, Codable, CaseIterable, Sendable {
        case cpu, gpu, neuralEngine, other
    }

    /// Core ML's name of the op, such as ios16.conv.
    public let op: String
    /// Name of its first output.
    public let output: String
    public let preferred: Device
    public let supported: [Device]
    /// Core ML's estimate: a part of the whole program's cost, 0 to 1.
    public let cost: Double?

    public init(
        op: String, output: String, preferred: Device, supported: [Device], cost: Double?
    ) {
        self.op = op
        self.output = output
        self.preferred = preferred
        self.supported = supported
        self.cost = cost.flatMap { (0...1).contains($0) ? $0 : nil }
    }
}

extension [PlacedOp] {
    /// Number of ops by the unit Core ML prefers for them.
    public var counts: [String: Int] {
        reduce(into: [:]) { $0[$1.preferred.rawValue, default: 0] += 1 }
    }
}
