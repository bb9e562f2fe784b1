import Foundation

/// One stored input with the reference's outputs.
public struct GoldenCase: Equatable, Sendable {
    public let name: String
    /// RGB bytes, row by row.
    public let pixels: [UInt8]
    public let width: Int
    public let height: Int
    /// By name, float32 without the batch axis.
    public let outputs: [String: Tensor]

    package init(
        name: String, pixels: [UInt8], width: Int, height: Int, outputs: [String: Tensor]
    ) {
        self.name = name
        self.pixels = pixels
        self.width = width
        self.height = height
        self.outputs = outputs
    }
}

/// Stored inputs and outputs of a conversion, every file checked against its hash.
public struct Goldens: Equatable, Sendable {
    public static let schema = "poseconvert.golden.v1"

    /// What computed the outputs.
    public let runner: String
    /// SHA-256 of `golden.json`, which holds the hashes of all other files.
    public let identity: String
    /// The reference's noise floor by output, relative to the output's range; empty where it was
    /// not measured.
    public let floor: [String: Double]
    public let cases: [GoldenCase]

    package init(runner: String, identity: String, floor: [String: Double], cases: [GoldenCase]) {
        self.runner = runner
        self.identity = identity
        self.floor = floor
        self.cases = cases
    }
}
