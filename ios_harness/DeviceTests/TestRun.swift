import CoreML
import Foundation
import PoseBenchCore
import XCTest

@testable import PoseBench

/// What all tests of one launch share: the plan, the run id, and which units hold parity.
///
/// Nothing is loaded when the test classes are made: Xcode kills construction after six minutes.
/// Unchecked: tests run one after another.
final class TestRun: @unchecked Sendable {
    static let shared = TestRun()

    let runID: String
    private let isQuick: Bool
    private let interruptions = Interruptions()
    private var verdicts: [String: Parity] = [:]
    private var hasBegun = false

    private init() {
        // scripts/run.sh sends them as TEST_RUNNER_POSEBENCH_RUN and TEST_RUNNER_POSEBENCH_QUICK.
        let environment = ProcessInfo.processInfo.environment
        runID = environment["POSEBENCH_RUN"] ?? UUID().uuidString
        isQuick = environment["POSEBENCH_QUICK"] == "1"
    }

    /// What is measured, on this phone.
    struct Session {
        let bundled: Bundled
        let plan: RunPlan
        let bench: Bench
        let store: ResultStore
    }

    /// - Throws: ``Refusal`` in the first second where no result of this phone could count.
    func begin() throws -> Session {
        let bundled = try Bundled()
        let plan = isQuick ? bundled.plan.quick : bundled.plan
        let environment = SystemEnvironment.make()
        let phone = PhoneCheck(
            machine: SystemEnvironment.machine, os: SystemEnvironment.os,
            lowPowerMode: environment.power.lowPowerMode)
        if !hasBegun {
            hasBegun = true
            say("\(phone.title), run \(runID), \(plan.places.count) places to measure")
            for model in plan.models where model.parity != "held" {
                say("\(model.name): the conversion itself is \(model.parity)")
            }
        }
        try phone.refuse(unfitFor: plan)
        let bench = Bench(
            session: PoseBenchCore.Session(runID: runID, simulated: false, build: build(plan)),
            environment: environment, machine: phone.machine, os: phone.os,
            settings: plan.settings,
            interruption: { [interruptions] in interruptions.take() },
            utc: { ISO8601DateFormatter().string(from: Date()) })
        let documents = try FileManager.default.url(
            for: .documentDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        let store = try ResultStore(folder: documents.appendingPathComponent(runID))
        return Session(bundled: bundled, plan: plan, bench: bench, store: store)
    }

    private func build(_ plan: RunPlan) -> BenchmarkResult.Build {
        let info = Bundle.main.infoDictionary ?? [:]
        #if DEBUG
            let configuration = "Debug"
        #else
            let configuration = "Release"
        #endif
        return BenchmarkResult.Build(
            commit: plan.commit, configuration: configuration,
            xcode: info["DTXcode"] as? String ?? "unknown")
    }

    /// Judged once per model and unit, whichever test asks first: no unit gets a number before.
    func parity(_ place: Place, in session: Session) async throws -> Parity {
        let key = "\(place.model.name) \(place.units)"
        if let known = verdicts[key] { return known }
        let goldens = try session.bundled.goldens(of: place.model)
        let predictor = try await session.bundled.predictor(
            place.model, units: place.units, pictures: goldens.cases.map(\.pixels))
        let check = try ParityCheck(
            goldens: goldens, specs: place.model.decode, skeletons: session.plan.skeletons,
            tolerance: place.model.tolerance)
        let outputs = try goldens.cases.indices.map { index in
            try predictor.prepare(frame: index)
            try predictor.predict()
            return try predictor.tensors()
        }
        let found = try check.judge(outputs)
        verdicts[key] = found
        return found
    }

    /// A result whatever happens: a unit that cannot be loaded does not end the test of the others.
    func measured(
        _ kind: BenchmarkResult.Kind, _ place: Place, in session: Session,
        _ measure: @escaping @Sendable (Bool, CoreMLPredictor) -> BenchmarkResult
    ) async -> BenchmarkResult {
        do {
            let held = try await parity(place, in: session).held
            let goldens = try session.bundled.goldens(of: place.model)
            let predictor = try await session.bundled.predictor(
                place.model, units: place.units, pictures: goldens.cases.map(\.pixels))
            return await onOwnThread { measure(held, predictor) }
        } catch {
            return session.bench.record(kind, place, failure: "\(error)") { _ in }
        }
    }
}

/// A line that scripts/run.sh shows while the phone works.
func say(_ line: String) {
    print("posebench: \(line)")
}

/// Run on a thread of its own: a measurement blocks for minutes, which no shared thread may.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: body()) }
        thread.qualityOfService = .userInteractive
        thread.start()
    }
}
