import PoseBenchCore
import XCTest

@testable import PoseBench

/// Where Core ML would run each op, on phones that can be asked.
final class ComputePlanTests: XCTestCase {
    func testWhereEachOpRuns() async throws {
        guard #available(iOS 17.4, *) else {
            throw XCTSkip("a compute plan can be had from iOS 17.4 on")
        }
        try await keepEach(.plan) { session, place in
            let compiled = try await session.bundled.compiled(place.model)
            let ops = try await ComputePlanProbe.ops(compiled, units: place.units)
            XCTAssertFalse(ops.isEmpty)
            return session.bench.record(.plan, place) {
                $0.plan = ops.counts
                $0.placement = ops
            }
        }
    }
}
