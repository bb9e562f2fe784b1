import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

final class BenchmarkTests: XCTestCase {
    private func latency(
        _ phone: FakePhone, settings: RunSettings = RunSettings(), parityHeld: Bool = true
    ) throws -> BenchmarkResult {
        try Sample.bench(phone, settings: settings)
            .latency(Sample.place(), parityHeld: parityHeld, phone)
    }

    func testABurstIsWarmedUpByCountAndTimeAndKeepsTheWarmUpApart() throws {
        let result = try latency(FakePhone(framesPerSecond: 40))
        let warmup = try XCTUnwrap(result.warmup)
        XCTAssertGreaterThanOrEqual(warmup.seconds, 2)
        XCTAssertGreaterThanOrEqual(warmup.samples.count, 30)
        XCTAssertGreaterThan(warmup.samples[0], 2 * warmup.samples[20])
        let latency = try XCTUnwrap(result.latency)
        XCTAssertLessThan(latency.max, Double(warmup.samples[10]))
        XCTAssertEqual(result.validity.status, .valid)
    }

    func testASlowModelIsWarmedUpByCountAndAFastOneByTime() throws {
        let slow = try XCTUnwrap(latency(FakePhone(framesPerSecond: 5)).warmup)
        XCTAssertEqual(slow.samples.count, 30)
        XCTAssertGreaterThan(slow.seconds, 5)
        let fast = try XCTUnwrap(latency(FakePhone(framesPerSecond: 400)).warmup)
        XCTAssertGreaterThan(fast.samples.count, 700)
        XCTAssertEqual(fast.seconds, 2, accuracy: 0.01)
    }

    func testABurstTakes1024PredictionsAndAMinute() throws {
        let fast = try XCTUnwrap(latency(FakePhone(framesPerSecond: 100)).latency)
        XCTAssertEqual(Double(fast.samples.count), 6000, accuracy: 60)
        let slow = try XCTUnwrap(latency(FakePhone(framesPerSecond: 10)).latency)
        XCTAssertEqual(slow.samples.count, 1024)
    }

    func testTheModelAloneIsFasterThanThePipeline() throws {
        let result = try latency(FakePhone(framesPerSecond: 40))
        let model = try XCTUnwrap(result.latency)
        let pipeline = try XCTUnwrap(result.pipeline)
        XCTAssertEqual(pipeline.fps, 40, accuracy: 0.4)
        XCTAssertEqual(model.fps, 1 / 0.023, accuracy: 0.4)
        XCTAssertEqual(pipeline.p50 - model.p50, 2000, accuracy: 20)
    }

    func testABurstThatCannotTakeEnoughPredictionsDoesNotCount() throws {
        let result = try latency(FakePhone(framesPerSecond: 1))
        XCTAssertEqual(result.validity.reasons, [.tooFewPredictions])
        XCTAssertLessThan(try XCTUnwrap(result.latency).samples.count, 1024)
    }

    func testLowPowerModeIsRefusedBeforeAnythingRuns() throws {
        let phone = FakePhone(framesPerSecond: 40)
        phone.lowPowerMode = true
        let result = try latency(phone)
        XCTAssertEqual(phone.predictions, 0)
        XCTAssertNil(result.latency)
        XCTAssertEqual(result.validity.reasons, [.lowPowerMode])
        XCTAssertTrue(result.device.lowPowerMode)
    }

    func testLowPowerModeThatComesOnEndsTheRun() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let runner = BenchmarkRunner(
            environment: phone.environment, settings: RunSettings(),
            interruption: {
                if phone.predictions == 200 { phone.lowPowerMode = true }
                return nil
            })
        _ = runner.warmUp(phone)
        _ = runner.burst(phone)
        XCTAssertEqual(phone.predictions, 200)
        XCTAssertEqual(runner.validity.reasons, [.lowPowerMode, .tooFewPredictions, .tooShort])
    }

    func testAWarmPhoneRestsUntilItIsNominal() throws {
        let phone = FakePhone(framesPerSecond: 40, work: 3000)
        let result = try latency(phone)
        XCTAssertEqual(result.device.thermalStart, .nominal)
        XCTAssertEqual(result.validity.status, .valid)
        XCTAssertGreaterThan(phone.nanoseconds, UInt64(700e9))
    }

    func testAPhoneThatStaysWarmIsMeasuredAndDoesNotCount() throws {
        let phone = FakePhone(
            framesPerSecond: 40, stages: [.init(work: 0, state: .fair, slowdown: 1)])
        let result = try latency(phone)
        XCTAssertEqual(result.validity.reasons, [.notCool])
        XCTAssertEqual(result.device.thermalStart, .fair)
        XCTAssertNotNil(result.latency)
    }

    func testACriticalPhoneIsSpared() throws {
        let phone = FakePhone(
            framesPerSecond: 40,
            stages: FakePhone.story + [.init(work: 400, state: .critical, slowdown: 2)])
        let result = try Sample.bench(phone)
            .sustained(Sample.place(), parityHeld: true, phone)
        XCTAssertEqual(result.validity.reasons, [.thermalCritical, .tooShort])
        XCTAssertLessThan(try XCTUnwrap(result.sustained).bins.count, 450)
        XCTAssertEqual(result.device.thermalEnd, .critical)
    }

    func testAnAbortEndsTheRunAndIsARecord() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(
            phone, interruption: { phone.predictions >= 500 ? "the app left the screen" : nil }
        )
        .latency(Sample.place(), parityHeld: true, phone)
        XCTAssertEqual(phone.predictions, 500)
        XCTAssertEqual(result.validity.reasons, [.aborted, .tooFewPredictions, .tooShort])
    }

    func testAnAbortWhileItRestsRunsNothing() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(phone, interruption: { "the phone was locked" })
            .latency(Sample.place(), parityHeld: true, phone)
        XCTAssertEqual(phone.predictions, 0)
        XCTAssertEqual(result.validity.reasons, [.aborted])
    }

    func testAPredictionThatFailsEndsTheRunWithItsWords() throws {
        let phone = FakePhone(framesPerSecond: 40)
        phone.failing = 700
        let result = try latency(phone)
        XCTAssertEqual(phone.predictions, 700)
        XCTAssertEqual(result.validity.reasons, [.failed, .tooFewPredictions, .tooShort])
        XCTAssertEqual(
            result.validity.detail, "frame 699: the script fails prediction 700")
    }

    func testAFailureWhileWarmingUpStartsNoBurst() throws {
        let phone = FakePhone(framesPerSecond: 40)
        phone.failing = 3
        let result = try latency(phone)
        XCTAssertEqual(phone.predictions, 3)
        XCTAssertNil(result.latency)
        XCTAssertEqual(result.validity.reasons, [.failed])
    }

    func testAUnitWithoutParityGetsNoNumbers() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let result = try latency(phone, parityHeld: false)
        XCTAssertEqual(phone.predictions, 0)
        XCTAssertNil(result.warmup)
        XCTAssertNil(result.latency)
        XCTAssertEqual(result.validity.reasons, [.parityNotHeld])
    }

    func testADebugBuildIsMeasuredAndDoesNotCount() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let session = Session(
            runID: "0", simulated: true,
            build: .init(commit: "", configuration: "Debug", xcode: ""))
        let result = try Sample.bench(phone, session: session)
            .latency(Sample.place(), parityHeld: true, phone)
        XCTAssertNotNil(result.latency)
        XCTAssertEqual(result.validity.reasons, [.debugBuild])
    }
}
