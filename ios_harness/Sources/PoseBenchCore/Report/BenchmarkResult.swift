import Foundation

/// What one test run found: one JSON file. `schema/result.v1.schema.json` describes it.
public struct BenchmarkResult: Codable, Equatable, Sendable {
    public static let schema = "poseconvert.ios-result.v1"

    public enum Kind: String, Codable, Sendable {
        case parity, load, latency, sustained, plan
    }

    public var schema = Self.schema
    /// One for all files of a test run on one phone.
    public let runID: String
    public let kind: Kind
    /// True for numbers that no phone gave.
    public let simulated: Bool
    /// ISO 8601.
    public let startedUTC: String
    public internal(set) var device: Device
    public let build: Build
    public let model: Model
    public let computeUnits: Units
    /// Counted from 0.
    public let runIndex: Int
    public var warmup: WarmUp?
    /// The model alone, and preparing, predicting and decoding together.
    public var latency: Latencies?
    public var pipeline: Latencies?
    public var sustained: Sustained?
    public var parity: Parity?
    public var load: LoadTimes?
    /// Ops by the unit Core ML prefers for them, iOS 17.4 and newer.
    public var plan: [String: Int]?
    /// The same op by op, in the program's order; constants have no place.
    public var placement: [PlacedOp]?
    public internal(set) var validity: Validity

    enum CodingKeys: String, CodingKey {
        case schema, kind, simulated, device, build, model, warmup, latency, pipeline, sustained
        case parity, load, plan, placement, validity
        case runID = "run_id"
        case startedUTC = "started_utc"
        case computeUnits = "compute_units"
        case runIndex = "run_index"
    }

    public init(
        session: Session, kind: Kind, startedUTC: String, device: Device, model: Model,
        computeUnits: Units, runIndex: Int, validity: Validity
    ) {
        runID = session.runID
        simulated = session.simulated
        build = session.build
        self.kind = kind
        self.startedUTC = startedUTC
        self.device = device
        self.model = model
        self.computeUnits = computeUnits
        self.runIndex = runIndex
        self.validity = validity
    }

    /// - Throws: Where a number is not finite: such a result is never written.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// What a file of it is called.
    public var fileName: String {
        let unsafe = model.name.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" }
        return
            "\(kind.rawValue)-\(String(unsafe))-\(computeUnits.requested.rawValue)-\(runIndex).json"
    }
}

/// What all results of one test run share.
public struct Session: Equatable, Sendable {
    public let runID: String
    public let simulated: Bool
    public let build: BenchmarkResult.Build

    public init(runID: String, simulated: Bool, build: BenchmarkResult.Build) {
        self.runID = runID
        self.simulated = simulated
        self.build = build
    }
}
