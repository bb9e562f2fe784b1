import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

/// A phone is checked before it is measured, told of while it is, and goes on where it broke off.
final class PhoneRunTests: XCTestCase {
    private func plan(_ change: (String) -> String = { $0 }) throws -> RunPlan {
        try RunPlan(json: Data(change(Sample.plan).utf8))
    }

    private func refusal(
        _ machine: String = "iPhone11,6", os: String = "18.0", lowPowerMode: Bool = false,
        specVersion: Int = 7
    ) throws -> String? {
        let plan = try plan {
            $0.replacingOccurrences(
                of: "\"spec_version\": 7", with: "\"spec_version\": \(specVersion)")
        }
        let check = PhoneCheck(machine: machine, os: os, lowPowerMode: lowPowerMode)
        do { try check.refuse(unfitFor: plan) } catch { return "\(error)" }
        return nil
    }

    func testAnyPhoneIsTakenAndAPackageNewerThanItIsNot() throws {
        XCTAssertNil(try refusal())
        XCTAssertNil(try refusal("iPhone17,1", os: "27.1"))
        XCTAssertNil(try refusal("iPad13,4", os: "16.0"))
        XCTAssertNil(try refusal(os: "17.0", specVersion: 8))
        XCTAssertEqual(
            try refusal(os: "16.7.2", specVersion: 8),
            "tiny: specification version 8 needs iOS 17, this phone has iOS 16.7.2. "
                + "Convert with --target iOS16.")
        XCTAssertTrue(try XCTUnwrap(refusal(specVersion: 99)).contains("does not know"))
        XCTAssertTrue(try XCTUnwrap(refusal("arm64")).hasPrefix("arm64: is neither an iPhone nor an iPad."))
        XCTAssertTrue(try XCTUnwrap(refusal(lowPowerMode: true)).hasPrefix("Low Power Mode is on."))
    }

    func testAPhoneOfAnUnknownChipIsCalledByItsIdentifier() {
        let titles = ["iPhone17,1", "iPhone11,6"].map {
            PhoneCheck(machine: $0, os: "27.0", lowPowerMode: false).title
        }
        XCTAssertEqual(
            titles, ["iPhone17,1 (chip unknown, iOS 27.0)", "iPhone11,6 (A12, iOS 27.0)"])
    }

    func testAQuickRunTakesLessThanTenMinutesAndItsBurstsCount() throws {
        let quick = try plan().quick
        XCTAssertEqual(quick.places.count, 3)
        XCTAssertLessThan(quick.longestBursts, 480)
        XCTAssertGreaterThan(try plan().longestBursts, 10_000)
        let phone = FakePhone(framesPerSecond: 40)
        let result = try Sample.bench(phone, settings: quick.settings)
            .latency(Sample.place(), parityHeld: true, phone)
        XCTAssertEqual(result.validity.status, .valid)
        XCTAssertLessThan(phone.nanoseconds, UInt64(120e9))
        let slow = FakePhone(framesPerSecond: 4)
        XCTAssertEqual(
            try Sample.bench(slow, settings: quick.settings)
                .latency(Sample.place(.cpuOnly), parityHeld: true, slow).validity.reasons,
            [.tooFewPredictions])
    }

    func testAQuickRunMeasuresTheFirstModelOnly() throws {
        var several = try plan()
        several.models.append(several.models[0])
        XCTAssertEqual(several.quick.models.count, 1)
        XCTAssertEqual(several.quick.quick, several.quick)
    }

    func testPullingOutTheChargerIsNoticed() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let bench = try Sample.bench(
            phone,
            interruption: {
                if phone.predictions == 300 { phone.charging = true }
                return nil
            }
        )
        let result = bench.latency(try Sample.place(), parityHeld: true, phone)
        XCTAssertEqual(result.validity.reasons, [.powerChanged])
        XCTAssertTrue(
            result.line.hasSuffix("(the charger was connected or pulled out during the run)"))
    }

    private func store() throws -> ResultStore {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            UUID().uuidString)
        addTeardownBlock { try FileManager.default.removeItem(at: folder) }
        return try ResultStore(folder: folder)
    }

    func testARunThatBrokeOffGoesOn() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let bench = Sample.bench(phone)
        let place = try Sample.place()
        let store = try store()
        XCTAssertNil(store.earlier(than: bench.blank(.latency, place)))
        let measured = bench.latency(place, parityHeld: true, phone)
        try store.keep(measured)
        XCTAssertEqual(store.earlier(than: bench.blank(.latency, place)), measured)
        XCTAssertNil(store.earlier(than: bench.blank(.sustained, place)))
        XCTAssertNil(store.earlier(than: bench.blank(.latency, try Sample.place(.cpuOnly))))
    }

    func testNothingIsTakenOverFromAnotherRunPhoneSystemOrFromWhatDidNotCount() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let place = try Sample.place()
        let store = try store()
        try store.keep(Sample.bench(phone).latency(place, parityHeld: true, phone))
        func found(machine: String = "iPhone11,6", os: String = "18.0", run: String = "0") -> Bool {
            let session = Session(runID: run, simulated: true, build: Sample.session.build)
            let bench = Bench(
                session: session, environment: phone.environment, machine: machine, os: os,
                settings: RunSettings(), utc: { "" })
            return store.earlier(than: bench.blank(.latency, place)) != nil
        }
        XCTAssertTrue(found())
        XCTAssertFalse(found(os: "18.1"))
        XCTAssertFalse(found(machine: "iPhone11,8"))
        XCTAssertFalse(found(run: "1"))
        let bench = Sample.bench(phone, interruption: { "locked" })
        try store.keep(bench.latency(place, parityHeld: true, phone))
        XCTAssertFalse(found())
        let path = store.folder.appendingPathComponent("latency-tiny-all-0.json")
        try Data("{".utf8).write(to: path)
        XCTAssertFalse(found())
    }

    func testEveryResultIsToldInOneLine() throws {
        let phone = FakePhone(framesPerSecond: 40)
        let bench = Sample.bench(phone)
        let place = try Sample.place()
        let burst = bench.latency(place, parityHeld: true, phone).line
        XCTAssertTrue(burst.hasPrefix("latency tiny on all, run 1: 4"), burst)
        XCTAssertEqual(
            bench.record(.parity, place, failure: "no memory") { _ in }.line,
            "parity tiny on all: not run; does not count: prediction_failed (no memory)")
        let ops = [("ios16.conv", PlacedOp.Device.neuralEngine), ("ios16.topk", .cpu)].map {
            PlacedOp(op: $0, output: "", preferred: $1, supported: [], cost: 0.5)
        }
        let line = bench.record(.plan, place) { $0.plan = ops.counts }.line
        XCTAssertEqual(line, "plan tiny on all: 1 ops on cpu, 1 ops on neuralEngine")
        XCTAssertNil(
            PlacedOp(op: "", output: "", preferred: .cpu, supported: [], cost: .nan).cost)
    }
}
