import CoreML
import Foundation
import PoseBenchCore
import XCTest

@testable import PoseBench

/// What all tests of one launch share: the plan, the run id, and which units hold parity.
///
/// Nothing is loaded when the test classes are made: Xcode kills construction after six minutes.
final class TestRun {
    static let shared = TestRun()

    private let runID = UUID().uuidString
    private var verdicts: [String: Parity] = [:]

    func bench(_ plan: RunPlan) -> Bench {
        let info = Bundle.main.infoDictionary ?? [:]
        #if DEBUG
            let configuration = "Debug"
        #else
            let configuration = "Release"
        #endif
        let build = BenchmarkResult.Build(
            commit: plan.commit, configuration: configuration,
            xcode: info["DTXcode"] as? String ?? "unknown")
        return Bench(
            session: Session(runID: runID, simulated: false, build: build),
            environment: SystemEnvironment.make(), machine: SystemEnvironment.machine,
            os: SystemEnvironment.os, settings: plan.settings,
            utc: { ISO8601DateFormatter().string(from: Date()) })
    }

    /// Judged once per model and unit, whichever test asks first: no unit gets a number before.
    func parity(_ place: Place, bundled: Bundled) async throws -> Parity {
        let key = "\(place.model.name) \(place.units)"
        if let known = verdicts[key] { return known }
        let goldens = try bundled.goldens(of: place.model)
        let predictor = try await predictor(place, bundled: bundled, goldens: goldens)
        let check = try ParityCheck(
            goldens: goldens, specs: place.model.decode, skeletons: bundled.plan.skeletons,
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
        _ kind: BenchmarkResult.Kind, _ place: Place, bundled: Bundled, bench: Bench,
        _ measure: @escaping (Bool, CoreMLPredictor) -> BenchmarkResult
    ) async -> BenchmarkResult {
        do {
            let held = try await parity(place, bundled: bundled).held
            let predictor = try await predictor(place, bundled: bundled)
            return await onOwnThread { measure(held, predictor) }
        } catch {
            return bench.record(kind, place, failure: "\(error)") { _ in }
        }
    }

    func predictor(_ place: Place, bundled: Bundled, goldens: Goldens? = nil) async throws
        -> CoreMLPredictor
    {
        let goldens = try goldens ?? bundled.goldens(of: place.model)
        let compiled = try await bundled.compiled(place.model)
        let model = try await MLModel.load(
            contentsOf: compiled, configuration: place.units.configuration)
        return try CoreMLPredictor(
            model, planned: place.model, pictures: goldens.cases.map(\.pixels))
    }
}

/// Run on a thread of its own: a measurement blocks for minutes, which no shared thread may.
func onOwnThread<Value>(_ body: @escaping () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: body()) }
        thread.qualityOfService = .userInteractive
        thread.start()
    }
}
