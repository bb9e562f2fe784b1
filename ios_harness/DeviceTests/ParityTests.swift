import PoseBenchCore
import XCTest

@testable import PoseBench

/// Does each unit give the joints that the conversion promised? A unit that does not gets no fps.
final class ParityTests: XCTestCase {
    func testEveryUnitGivesTheGoldensJoints() async throws {
        let bundled = try Bundled()
        let bench = TestRun.shared.bench(bundled.plan)
        for place in bundled.plan.places where place.runIndex == 0 {
            let result: BenchmarkResult
            do {
                let parity = try await TestRun.shared.parity(place, bundled: bundled)
                result = bench.record(.parity, place) { $0.parity = parity }
                XCTAssertTrue(parity.held, "\(place.units): \(parity.reasons.first ?? "")")
            } catch {
                result = bench.record(.parity, place, failure: "\(error)") { _ in }
                XCTFail("\(place.model.name) on \(place.units): \(error)")
            }
            try keep(result)
        }
    }
}
