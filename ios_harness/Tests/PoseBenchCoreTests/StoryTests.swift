import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

/// The article: 40 frames per second on the iPhone XS Max, about 30 when it got warm.
final class StoryTests: XCTestCase {
    private func told() throws -> BenchmarkResult {
        let phone = FakePhone(framesPerSecond: 40)
        return try Sample.bench(phone).sustained(Sample.place(), parityHeld: true, phone)
    }

    func testTheReportShowsFortyFallToThirty() throws {
        let result = try told()
        let sustained = try XCTUnwrap(result.sustained)
        XCTAssertEqual(result.validity.status, .valid)
        XCTAssertEqual(sustained.bins.count, 600)
        XCTAssertEqual(try XCTUnwrap(sustained.fpsFirst), 40, accuracy: 0.5)
        XCTAssertEqual(try XCTUnwrap(sustained.fpsLast), 30, accuracy: 0.5)
        XCTAssertEqual(try XCTUnwrap(sustained.ratio), 0.75, accuracy: 0.02)
    }

    func testTheReportShowsWhenThePhoneGotWarm() throws {
        let sustained = try XCTUnwrap(told().sustained)
        XCTAssertEqual(sustained.transitions.map(\.state), [.nominal, .fair, .serious])
        XCTAssertEqual(sustained.transitions[0].seconds, 0)
        XCTAssertEqual(try XCTUnwrap(sustained.seconds(to: .fair)), 178, accuracy: 3)
        XCTAssertEqual(try XCTUnwrap(sustained.seconds(to: .serious)), 358, accuracy: 3)
        XCTAssertNil(sustained.seconds(to: .critical))
        XCTAssertEqual(sustained.bins[100].thermal, .nominal)
        XCTAssertEqual(sustained.bins[599].thermal, .serious)
    }

    func testEveryFrameIsCountedOnce() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(phone)
            .sustained(Sample.place(), parityHeld: true, phone)
        let frames = try XCTUnwrap(result.sustained).bins.map(\.frames).reduce(0, +)
        let warmup = try XCTUnwrap(result.warmup).samples.count
        XCTAssertEqual(frames + warmup, phone.predictions - 1)  // the last one ended after 600 s
    }

    func testTheJSONHoldsTheStoryAndSaysItIsSimulated() throws {
        let json = try JSONSerialization.jsonObject(with: told().json()) as? [String: Any]
        let result = try XCTUnwrap(json)
        XCTAssertEqual(result["schema"] as? String, "poseconvert.ios-result.v1")
        XCTAssertEqual(result["simulated"] as? Bool, true)
        let sustained = try XCTUnwrap(result["sustained"] as? [String: Any])
        XCTAssertEqual(try XCTUnwrap(sustained["sustained_ratio"] as? Double), 0.75, accuracy: 0.02)
        XCTAssertEqual((sustained["bins"] as? [Any])?.count, 600)
        let device = try XCTUnwrap(result["device"] as? [String: Any])
        XCTAssertEqual(device["soc"] as? String, "A12")
    }

    func testWhatIsWrittenReadsBackEqual() throws {
        let result = try told()
        let read = try JSONDecoder().decode(BenchmarkResult.self, from: result.json())
        XCTAssertEqual(read, result)
    }
}
