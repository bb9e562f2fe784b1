import PoseBenchCore
import XCTest

@testable import PoseBench

/// Bursts: at least 1024 predictions and a minute, after rest and warm-up.
final class LatencyTests: XCTestCase {
    func testBursts() async throws {
        let bundled = try Bundled()
        let bench = TestRun.shared.bench(bundled.plan)
        for place in bundled.plan.places {
            let result = await TestRun.shared.measured(
                .latency, place, bundled: bundled, bench: bench
            ) { bench.latency(place, parityHeld: $0, $1) }
            try keep(result)
        }
    }
}
