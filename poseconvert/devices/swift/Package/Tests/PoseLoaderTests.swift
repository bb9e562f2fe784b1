import XCTest

@testable import PoseLoader

/// Every model's manifest is one that this loader reads, and a picture becomes its input.
final class PoseLoaderTests: XCTestCase {
    private func readers() throws -> [PoseReader] {
        XCTAssertFalse(PoseModels.names.isEmpty)
        return try PoseModels.names.map { name in
            let path = try PoseModels.folder(of: name).appendingPathComponent("pose.json")
            return try PoseReader(PoseManifest(json: Data(contentsOf: path)))
        }
    }

    func testAGreyPictureBecomesTheInputOfEveryModel() throws {
        for reader in try readers() {
            let (width, height) = (30, 20)
            let grey = [UInt8](repeating: 90, count: 4 * width * height)
            let made = try grey.withUnsafeBytes { bytes in
                try reader.input(
                    of: PictureView(
                        bytes, width: width, height: height, bytesPerRow: 4 * width, order: .bgra))
            }
            let size = reader.manifest.preprocessing
            XCTAssertEqual(made.pixels.count, 3 * size.width * size.height)
            XCTAssertEqual(made.pixels[3 * (size.height / 2 * size.width + size.width / 2)], 90)
        }
    }

    func testAFlatAnswerHasJointsOfNoScore() throws {
        for reader in try readers() {
            let outputs = try reader.manifest.outputs.mapValues { shape in
                let count = shape.reduce(1, *)
                return try Tensor(shape: shape, values: [Float](repeating: 0, count: count))
            }
            let placement = Placement(width: 30, height: 20, in: reader.manifest.preprocessing)
            let poses = try reader.poses(in: outputs, placement: placement)
            XCTAssertEqual(poses.count, reader.manifest.decode.count)
            for pose in poses {
                XCTAssertEqual(pose.joints.count, reader.manifest.skeletons[pose.skeleton]?.joints.count)
            }
        }
    }

    func testAModelThatIsNotHereIsRefused() {
        XCTAssertThrowsError(try PoseModels.folder(of: "../PoseModels")) {
            XCTAssertTrue("\($0)".hasPrefix("model ../PoseModels: not in this package."))
        }
    }
}
