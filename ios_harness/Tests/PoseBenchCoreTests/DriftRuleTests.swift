import XCTest

@testable import PoseBenchCore

/// The rules of drift by hand, at their edges.
final class DriftRuleTests: XCTestCase {
    private func tolerance(_ relative: Double?) -> Tolerance {
        Tolerance(
            relative: relative, psnr: nil, jointPixels: 0.5, floorFactor: 8, floorLimit: 1e-3)
    }

    func testANoiseFloorRaisesWhatIsAllowedUpToItsLimit() {
        XCTAssertEqual(tolerance(1e-5).allowed(floor: 0), 1e-5)
        XCTAssertEqual(try XCTUnwrap(tolerance(1e-5).allowed(floor: 1e-5)), 8e-5, accuracy: 1e-12)
        XCTAssertEqual(tolerance(1e-5).allowed(floor: 1), 1e-3)
        XCTAssertEqual(tolerance(1e-5).allowed(floor: .infinity), 1e-5)
        XCTAssertNil(tolerance(nil).allowed(floor: 1))
    }

    func testAJointIsSafeWhereItsMarginIsAboveTwiceTheDrift() {
        let pose = Pose(
            position: [[0, 0], [0, 0], [0, 0]], score: [1, 0.3, 1], cell: [1, 2, 3])
        let found = jointDrifts(
            reference: pose, candidate: pose, margins: [0.15, 0.25, 0.2],
            joints: ["a", "b", "c"], input: "x", heatmapDrift: 0.1)
        XCTAssertEqual(found.map(\.standing), [.atRisk, .safe, .atRisk])
        XCTAssertEqual(found.map(\.band), [.visible, .occluded, .visible])
    }

    func testAJointThatIsAbsentOnOneSideMovedWithoutEnd() {
        let one = Pose(position: [[3, 4], [3, 4]], score: [1, 1], cell: [0, 0])
        let other = Pose(position: [[.nan, .nan], [6, 8]], score: [0, 1], cell: [-1, 0])
        let found = jointDrifts(
            reference: one, candidate: other, margins: [1, 1], joints: ["a", "b"], input: "x",
            heatmapDrift: 0)
        XCTAssertEqual(found.map(\.displacement), [.infinity, 5])
        XCTAssertEqual(found.map(\.standing), [.flipped, .safe])
    }
}
