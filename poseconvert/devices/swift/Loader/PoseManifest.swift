import Foundation

/// `pose.json` beside a package: what it takes, what it gives, and what was proved of it.
public struct PoseManifest: Codable, Equatable, Sendable {
    public static let schema = "poseconvert.pose-model.v1"

    public let schema: String
    public let name: String
    /// SHA-256 of the package.
    public let sha256: String
    public let specVersion: Int
    public let precision: String
    /// `held`, `broken` or `not run`: the verdict of the conversion.
    public let parity: String
    /// Name of the package's input, a picture.
    public let input: String
    public let preprocessing: Preprocessing
    /// Shape of each output by name, batch 1.
    public let outputs: [String: [Int]]
    /// One for each head.
    public let decode: [DecodeSpec]
    public let skeletons: [String: Skeleton]

    enum CodingKeys: String, CodingKey {
        case schema, name, sha256, precision, parity, input, preprocessing, outputs, decode
        case skeletons
        case specVersion = "spec_version"
    }
}

extension PoseManifest {
    /// - Throws: ``Refusal`` where the text is no manifest of this version.
    public init(json data: Data) throws {
        do {
            self = try JSONDecoder().decode(PoseManifest.self, from: data)
        } catch {
            throw Refusal(
                "pose.json: not a manifest (\(error)). Run poseconvert ios-bundle --swift again.")
        }
        guard schema == Self.schema else {
            throw Refusal("pose.json: schema \(schema), this loader reads \(Self.schema).")
        }
    }
}
