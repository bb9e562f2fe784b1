import XCTest

@testable import PoseBenchCore

final class RunPlanTests: XCTestCase {
    func testEachRunBeginsWithAnotherUnit() throws {
        let plan = try RunPlan(json: Data(Sample.plan.utf8))
        XCTAssertEqual(
            plan.places.map { "\($0.runIndex) \($0.orderIndex) \($0.units)" },
            [
                "0 0 all", "0 1 cpuAndGPU", "0 2 cpuOnly",
                "1 0 cpuAndGPU", "1 1 cpuOnly", "1 2 all",
                "2 0 cpuOnly", "2 1 all", "2 2 cpuAndGPU",
            ])
    }

    func testMoreRunsThanUnitsBeginAgain() {
        XCTAssertEqual(rotated([1, 2], run: 3), [2, 1])
        XCTAssertEqual(rotated([Int](), run: 3), [])
    }

    func testAPlanOfAnotherVersionIsRefused() {
        let newer = Sample.plan.replacingOccurrences(of: "ios-plan.v1", with: "ios-plan.v2")
        XCTAssertThrowsError(try RunPlan(json: Data(newer.utf8))) { error in
            XCTAssertEqual(
                "\(error)",
                "plan.json: schema poseconvert.ios-plan.v2, this harness reads poseconvert.ios-plan.v1."
            )
        }
    }

    func testAPlanOfNothingIsRefused() {
        let empty = Sample.plan.replacingOccurrences(of: "\"runs\": 3", with: "\"runs\": 0")
        XCTAssertNotEqual(empty, Sample.plan)
        XCTAssertThrowsError(try RunPlan(json: Data(empty.utf8)))
        XCTAssertThrowsError(try RunPlan(json: Data("[]".utf8)))
    }
}
