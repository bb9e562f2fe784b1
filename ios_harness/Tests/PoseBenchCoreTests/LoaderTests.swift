import XCTest

@testable import PoseBenchCore

/// What the loader of the user's app refuses, and where it says joints are.
final class LoaderTests: XCTestCase {
    private func view(_ count: Int, width: Int, height: Int, bytesPerRow: Int) throws {
        try [UInt8](repeating: 0, count: count).withUnsafeBytes {
            _ = try PictureView(
                $0, width: width, height: height, bytesPerRow: bytesPerRow, order: .bgra)
        }
    }

    func testAPictureThatDoesNotLieInItsBytesIsRefused() throws {
        try view(4 * 6, width: 2, height: 3, bytesPerRow: 8)
        try view(2 * 12 + 8, width: 2, height: 3, bytesPerRow: 12)
        XCTAssertThrowsError(try view(4 * 6 - 1, width: 2, height: 3, bytesPerRow: 8))
        XCTAssertThrowsError(try view(99, width: 2, height: 3, bytesPerRow: 7))
        XCTAssertThrowsError(try view(99, width: 0, height: 3, bytesPerRow: 8))
        XCTAssertThrowsError(try view(99, width: 2, height: -1, bytesPerRow: 8))
        XCTAssertThrowsError(try view(99, width: .max, height: 2, bytesPerRow: 8))
    }

    func testALetterboxIsBlackWhereThePictureIsNot() throws {
        let white = [UInt8](repeating: 255, count: 3 * 8)
        let made = try white.withUnsafeBytes { bytes in
            let picture = try PictureView(
                bytes, width: 8, height: 1, bytesPerRow: 24, order: .rgb)
            return try Preprocessing(width: 8, height: 3, fit: .letterbox).input(of: picture)
        }
        let black = [UInt8](repeating: 0, count: 24)
        XCTAssertEqual(made.pixels, black + white + black)
        XCTAssertEqual(made.placement.shift, SIMD2(0, 1))
    }

    private func manifest(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> PoseManifest
    {
        let plan = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(Sample.plan.utf8)) as? [String: Any])
        let model = try XCTUnwrap((plan["models"] as? [[String: Any]])?.first)
        var values = model
        values["schema"] = PoseManifest.schema
        values["input"] = "image"
        values["preprocessing"] = ["width": 32, "height": 24, "fit": "letterbox"] as [String: Any]
        values["skeletons"] = plan["skeletons"]
        change(&values)
        return try PoseManifest(json: JSONSerialization.data(withJSONObject: values))
    }

    func testAManifestOfAnotherVersionOrWithoutItsSkeletonIsRefused() throws {
        XCTAssertNoThrow(try PoseReader(manifest()))
        XCTAssertThrowsError(try manifest { $0["schema"] = "poseconvert.pose-model.v2" }) {
            XCTAssertTrue("\($0)".contains("this loader reads poseconvert.pose-model.v1"))
        }
        XCTAssertThrowsError(try manifest { $0["decode"] = 3 })
        XCTAssertThrowsError(try PoseReader(manifest { $0["skeletons"] = [String: Any]() })) {
            XCTAssertTrue("\($0)".hasPrefix("pose.json: no skeleton numbered_2 of 2 joints."))
        }
    }

    func testAnAbsentJointHasNoPlaceAndAPresentOneLiesInThePicture() throws {
        let reader = try PoseReader(manifest())
        var heatmap = [Float](repeating: 0, count: 24)
        heatmap[5] = 0.75
        let outputs = [
            "heatmap": try Tensor(shape: [2, 3, 4], values: heatmap),
            "offset": try Tensor(shape: [4, 3, 4], values: [Float](repeating: 0, count: 48)),
        ]
        let placement = Placement(width: 64, height: 48, in: reader.manifest.preprocessing)
        let joints = try reader.poses(in: outputs, placement: placement)[0].joints
        XCTAssertEqual(joints[0].position, [16.5, 16.5])
        XCTAssertTrue(joints[0].isVisible)
        XCTAssertTrue(joints[1].position.allSatisfy(\.isNaN))
        XCTAssertEqual(joints[1].score, 0)
    }
}
