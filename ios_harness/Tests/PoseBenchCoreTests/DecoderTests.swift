import XCTest

@testable import PoseBenchCore

/// What the fixtures do not say: refusals, and the rules by hand.
final class DecoderTests: XCTestCase {
    private func spec(_ change: [String: String] = [:]) throws -> DecodeSpec {
        let text = change.reduce(Sample.spec) {
            $0.replacingOccurrences(of: $1.key, with: $1.value)
        }
        return try JSONDecoder().decode(DecodeSpec.self, from: Data(text.utf8))
    }

    private func outputs(_ heatmap: [Float], offset: Float = 0) throws -> [String: Tensor] {
        [
            "heatmap": try Tensor(shape: [2, 3, 4], values: heatmap),
            "offset": try Tensor(shape: [4, 3, 4], values: [Float](repeating: offset, count: 48)),
        ]
    }

    func testAJointWithoutAPositiveScoreIsAbsentAndNotAtTheOrigin() throws {
        var heatmap = [Float](repeating: 0, count: 24)
        heatmap[12 + 6] = 0.01
        let pose = try PoseDecoder(spec()).decode(outputs(heatmap, offset: 1))
        XCTAssertEqual(pose.cell, [-1, 6])
        XCTAssertEqual(pose.score[0], 0)
        XCTAssertTrue(pose.position[0].allSatisfy(\.isNaN))
        XCTAssertEqual(pose.position[1], [17, 9])  // cell (x 2, y 1) * 8 + 1
        XCTAssertFalse(pose.isVisible(1))
    }

    func testOfEqualPeaksTheFirstCellWins() throws {
        let heatmap = [Float](repeating: 0.75, count: 24)
        let decoder = try PoseDecoder(spec())
        let pose = try decoder.decode(outputs(heatmap))
        XCTAssertEqual(pose.cell, [0, 0])
        XCTAssertEqual(try decoder.margins(outputs(heatmap), pose: pose), [0, 0])
    }

    func testImpossibleSpecsAreRefused() throws {
        let wrong: [[String: String]] = [
            ["\"joints\": 2": "\"joints\": 0"], ["[3, 4]": "[3]"], ["[3, 4]": "[3, 0]"],
            ["[3, 4]": "[9223372036854775807, 4]"], ["[8.0, 8.0]": "[8.0]"],
            ["\"yx\"": "\"xx\""], ["\"threshold\": 0.0": "\"threshold\": 1.0"],
            ["\"centre\": 0.0": "\"centre\": 1.0"], ["\"z_zero\": 0.0": "\"z_zero\": 1.0"],
            ["\"offset\": \"offset\"": "\"offset\": null"],
            ["\"refinement\": \"offset\"": "\"refinement\": \"quarter_cell\""],
            ["\"refinement\": \"offset\"": "\"refinement\": \"regression\""],
        ]
        for change in wrong {
            XCTAssertNotEqual(try spec(change), try spec(), "\(change) changes nothing")
            XCTAssertThrowsError(try PoseDecoder(spec(change)), "\(change)")
        }
    }

    func testTensorsThatDoNotFitAreRefused() throws {
        let decoder = try PoseDecoder(spec())
        let heatmap = try Tensor(shape: [2, 4, 3], values: [Float](repeating: 1, count: 24))
        XCTAssertThrowsError(try decoder.decode(["heatmap": heatmap])) { error in
            XCTAssertEqual(
                "\(error)",
                "output \"heatmap\": shape [2, 4, 3] does not fit [2, 3, 4]. "
                    + "Use the decode spec of this network and size.")
        }
        XCTAssertThrowsError(try decoder.decode([:])) { error in
            XCTAssertTrue("\(error)".contains("not among the outputs"))
        }
    }

    func testAProbabilityAboveOneIsRefused() throws {
        let decoder = try PoseDecoder(spec(["\"linear\"": "\"probability\""]))
        let heatmap = [Float](repeating: 1.5, count: 24)
        XCTAssertThrowsError(try decoder.decode(outputs(heatmap)))
    }

    func testPositionsFromTheMiddleAreMovedToTheCorner() throws {
        let centred = try spec(["\"corner\"": "\"centred_y_up\""])
        XCTAssertEqual(centred.fromCorner([-16, 12]), [0, 0])
        XCTAssertEqual(centred.fromCorner([0, 0, 5]), [16, 12, 5])
        XCTAssertEqual(try spec().fromCorner([3, 4]), [3, 4])
    }

    /// The published rule moves where `1 < x < W - 1` and `1 < y < H - 1`, and nowhere else.
    func testAQuarterCellIsMovedInsideOnly() throws {
        let quarter = try spec([
            "\"joints\": 2": "\"joints\": 1", "numbered_2": "numbered_1", "[3, 4]": "[6, 6]",
            "\"offset\": \"offset\"": "\"offset\": null",
            "\"refinement\": \"offset\"": "\"refinement\": \"quarter_cell\"",
        ])
        let decoder = try PoseDecoder(quarter)
        for (x, y) in [(0, 2), (1, 2), (2, 2), (4, 2), (5, 2), (2, 1), (2, 4), (2, 5)] {
            var heatmap = (0..<36).map { Float($0 % 6) / 100 }  // larger to the right
            heatmap[6 * y + x] = 1
            let tensor = try Tensor(shape: [1, 6, 6], values: heatmap)
            let pose = try decoder.decode(["heatmap": tensor])
            let inside = 1 < x && x < 5 && 1 < y && y < 5
            XCTAssertEqual(
                pose.position[0], [8 * Double(x) + (inside ? 2 : 0), 8 * Double(y)], "\(x), \(y)")
        }
    }
}
