import XCTest

@testable import PoseBenchCore

final class PercentileTests: XCTestCase {
    func testAPercentileLiesBetweenItsNeighbours() {
        XCTAssertEqual(percentile(0.5, of: [4, 1, 3, 2]), 2.5)
        XCTAssertEqual(percentile(0.9, of: [0, 10]), 9)
    }

    func testTheEndsAreTheSmallestAndTheLargest() {
        XCTAssertEqual(percentile(0, of: [5, 7, 6]), 5)
        XCTAssertEqual(percentile(1, of: [5, 7, 6]), 7)
    }

    func testNothingIsSaidAboutNoSamplesOrNaN() {
        XCTAssertNil(percentile(0.5, of: []))
        XCTAssertNil(percentile(0.5, of: [1, .nan]))
        XCTAssertNil(percentile(1.01, of: [1, 2]))
        XCTAssertNil(Latencies(microseconds: []))
    }

    func testLatenciesKeepTheirOrderAndGiveTheRateOfTheMean() throws {
        let latencies = try XCTUnwrap(Latencies(microseconds: [30_000, 10_000, 20_000]))
        XCTAssertEqual(latencies.samples, [30_000, 10_000, 20_000])
        XCTAssertEqual(latencies.p50, 20_000)
        XCTAssertEqual(latencies.max, 30_000)
        XCTAssertEqual(latencies.fps, 50)
    }
}
