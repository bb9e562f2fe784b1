import PoseBenchCore
import XCTest

@testable import PoseBench

/// Ten minutes at full speed: what is left of the fps when the phone is warm.
final class SustainedTests: XCTestCase {
    func testSustainedRuns() async throws {
        let bundled = try Bundled()
        let bench = TestRun.shared.bench(bundled.plan)
        for place in bundled.plan.places {
            let result = await TestRun.shared.measured(
                .sustained, place, bundled: bundled, bench: bench
            ) { bench.sustained(place, parityHeld: $0, $1) }
            try keep(result)
        }
    }
}
