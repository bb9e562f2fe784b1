import Foundation

private struct StoredGoldens: Decodable {
    let schema: String
    let runner: String
    let floor: [String: Double]
    let cases: [StoredCase]
}

private struct StoredCase: Decodable {
    let name: String
    let input: StoredFile
    let outputs: [String: StoredFile]
}

private struct StoredFile: Decodable {
    let file: String
    let shape: [Int]
    let dtype: String
    let sha256: String
}

extension Goldens {
    private static let largestIndex = 16 << 20
    private static let mostElements = 1 << 28

    /// Read the folder `golden/` of a conversion.
    ///
    /// - Throws: ``Refusal`` where a file is missing, malformed, of another size, or its SHA-256
    ///   is not the one stored.
    public init(folder: URL) throws {
        let index = folder.appendingPathComponent("golden.json")
        let bytes = try Self.bytes(of: index, atMost: Self.largestIndex)
        let stored: StoredGoldens
        do {
            stored = try JSONDecoder().decode(StoredGoldens.self, from: bytes)
        } catch {
            throw Refusal("\(index.path): malformed goldens (\(error)). Convert again.")
        }
        guard stored.schema == Self.schema else {
            throw Refusal("\(index.path): schema \(stored.schema) is not \(Self.schema).")
        }
        guard let first = stored.cases.first, !first.outputs.isEmpty else {
            throw Refusal("\(index.path): no cases. Convert again.")
        }
        let names = Set(first.outputs.keys)
        guard stored.cases.allSatisfy({ Set($0.outputs.keys) == names }) else {
            throw Refusal("\(index.path): its cases have different outputs. Convert again.")
        }
        guard stored.floor.isEmpty || names.isSubset(of: stored.floor.keys) else {
            throw Refusal("\(index.path): an output has no noise floor. Convert again.")
        }
        runner = stored.runner
        identity = SHA256.hex(bytes)
        floor = stored.floor
        cases = try stored.cases.map { try Self.read($0, in: folder) }
    }

    private static func read(_ stored: StoredCase, in folder: URL) throws -> GoldenCase {
        let input = stored.input
        guard input.dtype == "uint8", input.shape.count == 3, input.shape[2] == 3 else {
            throw Refusal(
                "\(folder.path), case \(stored.name): input \(input.dtype) \(input.shape) is not a "
                    + "picture. The harness runs models whose input is one.")
        }
        let outputs = try stored.outputs.mapValues { file in
            guard file.dtype == "float32" else {
                throw Refusal("\(folder.path)/\(file.file): \(file.dtype) is not a golden output.")
            }
            let bytes = try load(file, width: 4, in: folder)
            let values = bytes.withUnsafeBytes { raw in
                (0..<raw.count / 4).map { index in
                    Float(
                        bitPattern: UInt32(
                            littleEndian: raw.loadUnaligned(
                                fromByteOffset: 4 * index, as: UInt32.self)))
                }
            }
            return try Tensor(shape: file.shape, values: values)
        }
        return GoldenCase(
            name: stored.name, pixels: try load(input, width: 1, in: folder),
            width: input.shape[1], height: input.shape[0], outputs: outputs)
    }

    private static func load(_ stored: StoredFile, width: Int, in folder: URL) throws -> [UInt8] {
        guard !stored.file.contains("/"), !stored.file.hasPrefix("."), !stored.file.isEmpty else {
            throw Refusal("\(folder.path): golden file \(stored.file) leaves the folder. Refused.")
        }
        let path = folder.appendingPathComponent(stored.file)
        guard let count = elementCount(stored.shape), (1...mostElements).contains(count) else {
            throw Refusal("\(path.path): \(stored.dtype) \(stored.shape) is not a golden.")
        }
        let bytes = [UInt8](try Self.bytes(of: path, atMost: count * width))
        guard bytes.count == count * width else {
            throw Refusal("\(path.path): its size does not fit \(stored.shape). Convert again.")
        }
        guard SHA256.hex(bytes) == stored.sha256 else {
            throw Refusal("\(path.path): was edited (SHA-256 differs). Convert again.")
        }
        return bytes
    }

    private static func bytes(of path: URL, atMost limit: Int) throws -> Data {
        guard let file = try? FileHandle(forReadingFrom: path) else {
            throw Refusal("\(path.path): cannot be read. Run poseconvert ios-bundle again.")
        }
        defer { try? file.close() }
        let bytes = (try? file.read(upToCount: limit + 1)) ?? Data()
        guard bytes.count <= limit else {
            throw Refusal("\(path.path): larger than \(limit) bytes. Convert again.")
        }
        return bytes
    }
}
