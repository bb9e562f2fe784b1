import XCTest

@testable import PoseBenchCore

final class ClockTests: XCTestCase {
    func testTheSystemClockNeverGoesBackAndMeasuresASleep() {
        let clock = SystemClock()
        let start = clock.nanoseconds
        clock.sleep(seconds: 0.02)
        let slept = clock.seconds(since: start)
        XCTAssertGreaterThanOrEqual(slept, 0.02)
        XCTAssertLessThan(slept, 5)
        XCTAssertGreaterThanOrEqual(clock.nanoseconds, start)
    }

    func testThermalStatesAreOrderedByHeat() {
        XCTAssertEqual(ThermalState.allCases.sorted(), [.nominal, .fair, .serious, .critical])
        XCTAssertTrue(ThermalState.serious > .fair)
    }
}
