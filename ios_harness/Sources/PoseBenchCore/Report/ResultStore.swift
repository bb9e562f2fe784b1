import Foundation

/// Results of one test run in a folder of the phone: what a broken run measured is not lost.
public struct ResultStore {
    let folder: URL

    /// - Parameter folder: Is made where it is missing.
    public init(folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    public func keep(_ result: BenchmarkResult) throws {
        let path = folder.appendingPathComponent(result.fileName)
        try result.json().write(to: path, options: .atomic)
    }

    /// What an earlier try of the same run measured in the place of `wanted`.
    ///
    /// - Parameter wanted: A result without numbers, as this try would begin it.
    /// - Returns: nil where there is none that counts, or where phone, system, build or package
    ///   changed since.
    public func earlier(than wanted: BenchmarkResult) -> BenchmarkResult? {
        let path = folder.appendingPathComponent(wanted.fileName)
        guard let data = try? Data(contentsOf: path),
            let found = try? JSONDecoder().decode(BenchmarkResult.self, from: data),
            found.schema == BenchmarkResult.schema, found.validity.status == .valid,
            found.runID == wanted.runID, found.build == wanted.build,
            found.kind == wanted.kind, found.model == wanted.model,
            found.computeUnits == wanted.computeUnits, found.runIndex == wanted.runIndex,
            found.device.machine == wanted.device.machine, found.device.os == wanted.device.os
        else { return nil }
        return found
    }
}
