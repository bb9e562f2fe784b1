import Foundation

/// The models of this package.
public enum PoseModels {
    private static var folder: URL? {
        Bundle.module.resourceURL?.appendingPathComponent("PoseModels")
    }

    /// Their names, in order.
    public static var names: [String] {
        let found = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) }
        return (found ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// The folder of a model, with `pose.json` and `model.mlpackage`.
    /// - Throws: ``Refusal`` where this package has none of that name.
    public static func folder(of name: String) throws -> URL {
        guard let folder, names.contains(name) else {
            throw Refusal("model \(name): not in this package. It has \(names).")
        }
        return folder.appendingPathComponent(name)
    }
}

#if canImport(CoreML)
    import CoreML

    extension PoseModel {
        /// Compile and load a model of this package.
        public static func load(_ name: String, computeUnits: MLComputeUnits = .all) async throws
            -> PoseModel
        {
            try await load(from: PoseModels.folder(of: name), computeUnits: computeUnits)
        }
    }
#endif
