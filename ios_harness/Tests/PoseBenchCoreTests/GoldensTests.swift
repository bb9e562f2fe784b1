import XCTest

@testable import PoseBenchCore

/// The folder in the fixtures was written by `poseconvert.conversion.golden.write_goldens`.
final class GoldensTests: XCTestCase {
    private func copy() throws -> URL {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("golden-\(ProcessInfo.processInfo.globallyUniqueString)")
        let golden = fixtureFolder().appendingPathComponent("golden")
        try FileManager.default.copyItem(at: golden, to: place)
        addTeardownBlock { try? FileManager.default.removeItem(at: place) }
        return place
    }

    private func refusal(_ folder: URL) -> String {
        do {
            _ = try Goldens(folder: folder)
            return "read"
        } catch { return "\(error)" }
    }

    private func edit(_ folder: URL, _ old: String, _ new: String) throws {
        let path = folder.appendingPathComponent("golden.json")
        let text = try String(contentsOf: path, encoding: .utf8)
        let edited = text.replacingOccurrences(of: old, with: new)
        XCTAssertNotEqual(edited, text, "nothing was edited")
        try edited.write(to: path, atomically: true, encoding: .utf8)
    }

    func testAConversionsGoldensAreRead() throws {
        let goldens = try Goldens(folder: copy())
        XCTAssertEqual(goldens.runner, "torch on fixtures")
        XCTAssertEqual(goldens.cases.map(\.name), ["noise/1", "noise 2"])
        XCTAssertEqual(goldens.cases[0].width, 5)
        XCTAssertEqual(goldens.cases[0].height, 4)
        XCTAssertEqual(goldens.cases[0].pixels.count, 60)
        XCTAssertEqual(goldens.cases[1].outputs["offset"]?.shape, [4, 3, 4])
        XCTAssertEqual(goldens.floor, ["heatmap": 1e-7, "offset": 2e-7])
        XCTAssertEqual(goldens.identity.count, 64)
    }

    func testGoldensFromElsewhereMayHaveNoNoiseFloor() throws {
        let folder = try copy()
        let path = folder.appendingPathComponent("golden.json")
        var values =
            try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any]
        values?["floor"] = [String: Double]()
        try JSONSerialization.data(withJSONObject: XCTUnwrap(values)).write(to: path)
        XCTAssertEqual(try Goldens(folder: folder).floor, [:])
    }

    func testAnEditedFileIsNamedAndRefused() throws {
        for name in ["noise_1.u8", "noise_2.offset.f32"] {
            let folder = try copy()
            let path = folder.appendingPathComponent(name)
            var bytes = try Data(contentsOf: path)
            bytes[7] ^= 1
            try bytes.write(to: path)
            XCTAssertEqual(
                refusal(folder), "\(path.path): was edited (SHA-256 differs). Convert again.")
        }
    }

    func testAFileOfAnotherSizeIsRefused() throws {
        let folder = try copy()
        let path = folder.appendingPathComponent("noise_1.u8")
        try Data(repeating: 0, count: 59).write(to: path)
        XCTAssertTrue(refusal(folder).contains("its size does not fit [4, 5, 3]"))
        try Data(repeating: 0, count: 1 << 20).write(to: path)
        XCTAssertTrue(refusal(folder).contains("larger than 60 bytes"))
    }

    func testAMissingFileIsRefused() throws {
        let folder = try copy()
        try FileManager.default.removeItem(at: folder.appendingPathComponent("noise_1.u8"))
        XCTAssertTrue(refusal(folder).contains("noise_1.u8: cannot be read"))
    }

    func testANameThatLeavesTheFolderIsRefused() throws {
        let folder = try copy()
        try edit(folder, "\"noise_1.u8\"", "\"../noise_1.u8\"")
        XCTAssertTrue(refusal(folder).contains("leaves the folder"))
    }

    func testMalformedGoldensAreRefused() throws {
        let edits = [
            ("poseconvert.golden.v1", "poseconvert.golden.v2", "schema"),
            ("\"cases\"", "\"boxes\"", "malformed goldens"),
            ("\"uint8\"", "\"float32\"", "is not a picture"),
            ("\"offset\": 2e-07", "\"other\": 0", "noise floor"),
            ("\"float32\"", "\"int8\"", "is not a golden output"),
        ]
        for (old, new, words) in edits {
            let folder = try copy()
            try edit(folder, old, new)
            XCTAssertTrue(refusal(folder).contains(words), refusal(folder))
        }
    }
}
