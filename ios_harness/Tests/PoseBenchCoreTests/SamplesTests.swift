import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

final class SamplesTests: XCTestCase {
    func testTheStoredSamplesAreWhatTheScriptedPhoneGivesNow() throws {
        let samples = URL(fileURLWithPath: #filePath)
            .appendingPathComponent("../../../samples").standardized
        let plan = try RunPlan(json: Data(contentsOf: samples.appendingPathComponent("plan.json")))
        let results = try Simulation.results(of: Simulation.a11, plan: plan, runID: "simulated-a11")
        XCTAssertEqual(results.count, 16)
        for result in results {
            let path = samples.appendingPathComponent("a11/\(result.fileName)")
            XCTAssertEqual(try Data(contentsOf: path), try result.json(), result.fileName)
            XCTAssertTrue(result.simulated)
        }
    }
}
