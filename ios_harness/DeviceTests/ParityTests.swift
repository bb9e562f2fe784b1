import PoseBenchCore
import XCTest

@testable import PoseBench

/// Does each unit give the joints that the conversion promised? A unit that does not gets no fps.
///
/// The answer is one line for each unit, "parity MODEL on UNIT: held" or "BROKEN" with its reason:
/// in the output of scripts/run.sh, and with all numbers in the attachments.
final class ParityTests: XCTestCase {
    func testEveryUnitGivesTheGoldensJoints() async throws {
        try await keepEach(.parity) { session, place in
            do {
                let parity = try await TestRun.shared.parity(place, in: session)
                XCTAssertTrue(parity.held, "\(place.units): \(parity.reasons.first ?? "")")
                return session.bench.record(.parity, place) { $0.parity = parity }
            } catch {
                XCTFail("\(place.model.name) on \(place.units): \(error)")
                return session.bench.record(.parity, place, failure: "\(error)") { _ in }
            }
        }
    }
}
