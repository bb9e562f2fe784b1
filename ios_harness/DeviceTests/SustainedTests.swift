import PoseBenchCore
import XCTest

@testable import PoseBench

/// Ten minutes at full speed: what is left of the fps when the phone is warm.
final class SustainedTests: XCTestCase {
    func testSustainedRuns() async throws {
        try await keepEach(.sustained, everyRun: true) { session, place in
            let bench = session.bench
            return await TestRun.shared.measured(.sustained, place, in: session) {
                bench.sustained(place, parityHeld: $0, $1)
            }
        }
    }
}
