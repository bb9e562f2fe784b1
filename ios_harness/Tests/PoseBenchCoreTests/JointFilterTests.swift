import XCTest

@testable import PoseBenchCore

final class JointFilterTests: XCTestCase {
    private func settings(filters: Int) -> JointFilter.Settings {
        var settings = JointFilter.Settings()
        settings.filters = filters
        return settings
    }

    func testTheFirstStepHasTheGainOfTheFormula() {
        var filter = JointFilter(settings(filters: 0))
        XCTAssertEqual(filter.smooth([0, 0]), [0, 0])
        // P = 0: K = 0.001 / (0.001 + 0.0015)
        XCTAssertEqual(filter.smooth([10, -10])[0], 4, accuracy: 1e-12)
    }

    func testTheGainSettlesWhereTheFormulaDoes() {
        // P = R (P + Q) / (P + Q + R) is P * P + Q P - Q R = 0.
        let (q, r) = (0.001, 0.0015)
        let settled = (-q + (q * q + 4 * q * r).squareRoot()) / 2
        let gain = (settled + q) / (settled + q + r)
        var filter = JointFilter(settings(filters: 0))
        for _ in 0..<100 { _ = filter.smooth([0]) }
        XCTAssertEqual(filter.smooth([1])[0], gain, accuracy: 1e-9)
    }

    func testAJointThatStandsStillStaysWhereItIs() {
        var filter = JointFilter()
        for _ in 0..<10 { XCTAssertEqual(filter.smooth([112, 64, -3]), [112, 64, -3]) }
    }

    func testAJointThatComesBackDoesNotFlyInFromWhereItWas() {
        var filter = JointFilter()
        _ = filter.smooth([0, 0])
        XCTAssertTrue(filter.smooth([.nan, .nan]).allSatisfy(\.isNaN))
        XCTAssertEqual(filter.smooth([200, 200]), [200, 200])
    }

    func testEveryJointOfAPoseHasItsOwnFilter() {
        var filter = PoseFilter(joints: 2)
        let one = Pose(position: [[0, 0], [5, 5]], score: [1, 1], cell: [0, 1])
        let other = Pose(position: [[9, 9], [5, 5]], score: [0.4, 1], cell: [3, 1])
        _ = filter.smooth(one)
        let smoothed = filter.smooth(other)
        XCTAssertEqual(smoothed.position[1], [5, 5])
        XCTAssertTrue((0.1..<9).contains(smoothed.position[0][0]))
        XCTAssertEqual(smoothed.score, other.score)
    }
}
