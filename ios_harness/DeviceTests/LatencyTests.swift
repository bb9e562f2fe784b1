import PoseBenchCore
import XCTest

@testable import PoseBench

/// Bursts: at least 1024 predictions and a minute, after rest and warm-up.
final class LatencyTests: XCTestCase {
    func testBursts() async throws {
        try await keepEach(.latency, everyRun: true) { session, place in
            let bench = session.bench
            return await TestRun.shared.measured(.latency, place, in: session) {
                bench.latency(place, parityHeld: $0, $1)
            }
        }
    }
}
