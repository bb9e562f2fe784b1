import XCTest

@testable import PoseBenchCore

final class RateBinsTests: XCTestCase {
    func testAFrameBelongsToTheSecondInWhichItIsFinished() {
        var rates = RateBins(thermal: .nominal)
        for seconds in [0.4, 0.999, 1.0, 1.5, 1.9] {
            rates.finished(at: seconds, predictedIn: Int(seconds * 1000), thermal: .nominal)
        }
        rates.close(until: 2)
        XCTAssertEqual(rates.bins.map(\.frames), [2, 3])
        XCTAssertEqual(rates.bins[1].p50, 1500)
    }

    func testASecondWithoutAFrameIsABinOfNone() {
        var rates = RateBins(thermal: .nominal)
        rates.finished(at: 0.5, predictedIn: 1, thermal: .fair)
        rates.finished(at: 3.5, predictedIn: 2, thermal: .serious)
        rates.close(until: 4)
        XCTAssertEqual(rates.bins.map(\.frames), [1, 0, 0, 1])
        XCTAssertEqual(rates.bins.map(\.p50), [1, nil, nil, 2])
        XCTAssertEqual(rates.bins.map(\.thermal), [.fair, .fair, .fair, .serious])
    }

    func testRatesOfTheEndsNeedEnoughSeconds() {
        let bins = [10, 20, 30].map { RateBin(frames: $0, p50: nil, thermal: .nominal) }
        XCTAssertEqual(bins.fps(first: 2), 15)
        XCTAssertEqual(bins.fps(last: 2), 25)
        XCTAssertNil(bins.fps(first: 4))
        XCTAssertNil(bins.fps(last: 4))
    }
}
