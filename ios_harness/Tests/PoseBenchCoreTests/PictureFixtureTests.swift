import XCTest

@testable import PoseBenchCore

/// 400 pictures from memory to joints, with a network that both sides can compute in the place of
/// Core ML: `ios_harness/scripts/picture_fixtures.py`.
final class PictureFixtureTests: XCTestCase {
    struct Question: Decodable {
        let seed: UInt64
        let width: Int
        let height: Int
        let padding: Int
        let order: PixelOrder
        let orientation: Orientation
        let preprocessing: Preprocessing
        let spec: DecodeSpec

        /// The stored bytes, made by the arithmetic of the script.
        var bytes: [UInt8] {
            let bytesPerRow = width * order.size + padding
            var made = [UInt8](repeating: 77, count: bytesPerRow * height)
            var noise = seed
            let (red, green, blue) = order.channels
            for row in 0..<height {
                for column in 0..<width {
                    for channel in [red, green, blue] {
                        noise =
                            noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                        made[row * bytesPerRow + column * order.size + channel] = UInt8(noise >> 56)
                    }
                }
            }
            return made
        }

        var reader: PoseReader {
            get throws {
                let names = (0..<spec.joints).map(String.init)
                return try PoseReader(
                    PoseManifest(
                        schema: PoseManifest.schema, name: "stand-in", sha256: "", specVersion: 7,
                        precision: "fp32", parity: "held", input: "image",
                        preprocessing: preprocessing, outputs: [:], decode: [spec],
                        skeletons: [spec.skeleton: Skeleton(joints: names, bones: [])]))
            }
        }
    }

    struct Answer: Decodable {
        let size: [Int]
        let sha256: String
        let scale: [Double]
        let shift: [Double]
        /// nil for an absent joint.
        let position: [[Double]?]
        let score: [Double]
    }

    func testEveryPictureBecomesTheInputAndTheJointsThatPythonMakesOfIt() throws {
        let fixtures = try Fixture<Question, Answer>.all("pictures")
        XCTAssertEqual(fixtures.count, 400)
        for (index, fixture) in fixtures.enumerated() {
            let (ask, expect) = (fixture.ask, fixture.expect)
            let place = "case \(index): \(ask.order), \(ask.orientation), \(ask.preprocessing)"
            let reader = try ask.reader
            let (size, made) = try ask.bytes.withUnsafeBytes { bytes in
                let picture = try PictureView(
                    bytes, width: ask.width, height: ask.height,
                    bytesPerRow: ask.width * ask.order.size + ask.padding, order: ask.order,
                    orientation: ask.orientation)
                return ([picture.width, picture.height], try reader.input(of: picture))
            }
            XCTAssertEqual(size, expect.size, place)
            XCTAssertEqual(SHA256.hex(made.pixels), expect.sha256, place)
            assertNear([made.placement.scale.x, made.placement.scale.y], expect.scale, place)
            assertNear([made.placement.shift.x, made.placement.shift.y], expect.shift, place)
            let poses = try reader.poses(
                in: standIn(made.pixels, ask.spec), placement: made.placement)
            XCTAssertEqual(poses.count, 1)
            assertNear(
                poses[0].joints.flatMap(\.position),
                expect.position.flatMap { $0 ?? [.nan, .nan] }, place)
            assertNear(poses[0].joints.map(\.score), expect.score, place)
        }
        XCTAssertEqual(Set(fixtures.map(\.ask.orientation)).count, 8)
        XCTAssertEqual(Set(fixtures.map(\.ask.order)).count, 3)
        XCTAssertEqual(Set(fixtures.map(\.ask.preprocessing.fit)).count, 3)
    }

    /// Heatmaps and offsets read from the pixels in the middle of each cell.
    private func standIn(_ pixels: [UInt8], _ spec: DecodeSpec) throws -> [String: Tensor] {
        let (rows, columns) = (spec.grid[0], spec.grid[1])
        func channels(_ count: Int, _ value: (Float) -> Float) throws -> Tensor {
            var values: [Float] = []
            for channel in 0..<count {
                for row in 0..<rows {
                    for column in 0..<columns {
                        let y = (2 * row + 1) * spec.size[0] / (2 * rows)
                        let x = (2 * column + 1) * spec.size[1] / (2 * columns)
                        values.append(
                            value(Float(pixels[3 * (y * spec.size[1] + x) + channel % 3])))
                    }
                }
            }
            return try Tensor(shape: [count, rows, columns], values: values)
        }
        return [
            "heatmap": try channels(spec.joints) { $0 / 255 },
            "offset": try channels(2 * spec.joints) { $0 / 16 - 8 },
        ]
    }
}
