import PoseBenchCore
import XCTest

@testable import PoseBench

/// Where Core ML would run each op, on phones that can be asked.
final class ComputePlanTests: XCTestCase {
    func testWhereEachOpRuns() async throws {
        guard #available(iOS 17.4, *) else {
            throw XCTSkip("a compute plan can be had from iOS 17.4 on")
        }
        let bundled = try Bundled()
        let bench = TestRun.shared.bench(bundled.plan)
        for place in bundled.plan.places where place.runIndex == 0 {
            let compiled = try await bundled.compiled(place.model)
            let counts = try await ComputePlanProbe.count(compiled, units: place.units)
            XCTAssertFalse(counts.isEmpty)
            try keep(bench.record(.plan, place) { $0.plan = counts })
        }
    }
}
