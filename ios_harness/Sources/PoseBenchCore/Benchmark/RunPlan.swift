import Foundation

/// What Core ML is asked to run on.
public enum ComputeUnits: String, Codable, CaseIterable, Sendable {
    case all, cpuAndNeuralEngine, cpuAndGPU, cpuOnly
}

/// How long and how often.
public struct RunSettings: Codable, Equatable, Sendable {
    /// Every model and unit is measured this often.
    public var runs = 3
    /// Warm up at least so often and so long.
    public var warmupCount = 30
    public var warmupSeconds = 2.0
    /// A burst takes at least so many predictions and seconds, and never more than `burstLimit`.
    public var burstCount = 1024
    public var burstSeconds = 60.0
    public var burstLimit = 600.0
    /// Whole seconds, for rates are counted by the second.
    public var sustainedSeconds = 600
    /// Rest before every run, and the most time after it to wait for a nominal thermal state.
    public var restSeconds = 300.0
    public var coolingLimit = 900.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case runs
        case warmupCount = "warmup_count"
        case warmupSeconds = "warmup_s"
        case burstCount = "burst_count"
        case burstSeconds = "burst_s"
        case burstLimit = "burst_limit_s"
        case sustainedSeconds = "sustained_s"
        case restSeconds = "rest_s"
        case coolingLimit = "cooling_limit_s"
    }
}

/// One model of the bundle.
public struct PlannedModel: Codable, Equatable, Sendable {
    public let name: String
    /// Folder below the bundle that holds `model.mlpackage` and `golden/`.
    public let folder: String
    public let sha256: String
    public let specVersion: Int
    public let precision: String
    public let input: PlannedInput
    /// Shape of each output by name, batch 1.
    public let outputs: [String: [Int]]
    public let decode: [DecodeSpec]
    public let tolerance: Tolerance
    public let goldenSHA256: String
    /// `held`, `broken` or `not run`: the verdict of the conversion.
    public let parity: String

    enum CodingKeys: String, CodingKey {
        case name, folder, sha256, precision, input, outputs, decode, tolerance, parity
        case specVersion = "spec_version"
        case goldenSHA256 = "golden_sha256"
    }
}

/// The model's one input, a picture.
public struct PlannedInput: Codable, Equatable, Sendable {
    public let name: String
    public let width: Int
    public let height: Int
    /// How a picture of another size becomes the input.
    public let fit: Preprocessing.Fit

    public var preprocessing: Preprocessing {
        Preprocessing(width: width, height: height, fit: fit)
    }
}

/// `plan.json` of the bundle: what is measured, and how.
public struct RunPlan: Codable, Equatable, Sendable {
    public static let schema = "poseconvert.ios-plan.v1"

    public let schema: String
    /// Commit of the repository that made the bundle; empty where it is not known.
    public let commit: String
    public internal(set) var settings: RunSettings
    public let computeUnits: [ComputeUnits]
    public internal(set) var models: [PlannedModel]
    public let skeletons: [String: Skeleton]

    enum CodingKeys: String, CodingKey {
        case schema, commit, settings, models, skeletons
        case computeUnits = "compute_units"
    }

    /// - Throws: ``Refusal`` where the text is not a plan of this version, or an empty one.
    public init(json data: Data) throws {
        do {
            self = try JSONDecoder().decode(RunPlan.self, from: data)
        } catch {
            throw Refusal("plan.json: not a plan (\(error)). Run poseconvert ios-bundle again.")
        }
        guard schema == Self.schema else {
            throw Refusal("plan.json: schema \(schema), this harness reads \(Self.schema).")
        }
        guard !models.isEmpty, !computeUnits.isEmpty, settings.runs > 0 else {
            throw Refusal("plan.json: plans nothing. Run poseconvert ios-bundle again.")
        }
    }
}

/// The units in the order of one run: each run begins with another one, so that none is always
/// measured on the coolest phone.
public func rotated<Unit>(_ units: [Unit], run: Int) -> [Unit] {
    guard !units.isEmpty else { return [] }
    let first = run % units.count
    return Array(units[first...] + units[..<first])
}
