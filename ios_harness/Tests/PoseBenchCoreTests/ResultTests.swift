import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

final class ResultTests: XCTestCase {
    func testAnA11HasNoNeuralEngineForCoreML() {
        XCTAssertEqual(usable(.all, soc: "A11"), .cpuAndGPU)
        XCTAssertEqual(usable(.cpuAndNeuralEngine, soc: "A11"), .cpuOnly)
        XCTAssertEqual(usable(.cpuOnly, soc: "A11"), .cpuOnly)
        XCTAssertEqual(usable(.all, soc: "A12"), .all)
    }

    func testPhonesAreKnownByApplesIdentifier() {
        XCTAssertEqual(systemOnChip(of: "iPhone10,6"), "A11")
        XCTAssertEqual(systemOnChip(of: "iPhone11,8"), "A12")
        XCTAssertEqual(systemOnChip(of: "iPhone99,1"), "unknown")
    }

    func testANumberThatIsNotFiniteIsNeverWritten() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let times = LoadTimes(compile: .nan, firstLoad: 1, secondLoad: 1, firstPrediction: 1)
        let result = try Sample.bench(phone).record(.load, Sample.place()) { $0.load = times }
        XCTAssertThrowsError(try result.json())
    }

    func testAFileNameHasNothingThatAFileSystemMinds() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(phone).record(.parity, Sample.place()) { _ in }
        XCTAssertEqual(result.fileName, "parity-tiny-all-0.json")
    }

    func testAFailureIsARecordThatDoesNotCount() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(phone)
            .record(.load, Sample.place(), failure: "no memory") { _ in }
        XCTAssertEqual(result.validity.reasons, [.failed])
        XCTAssertEqual(result.validity.detail, "no memory")
    }
}
