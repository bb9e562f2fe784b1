import Foundation
import PoseBenchCore

/// A whole test run on two phones that do not exist, made by the code that measures real ones.
public enum Simulation {
    /// The phone's name for itself, and frames per second of each unit on a cool phone.
    public struct Script {
        public let machine: String
        public let os: String
        public let rates: [(units: ComputeUnits, fps: Double)]
        public let stages: [FakePhone.Stage]
    }

    /// The article: an iPhone XS Max of 40 frames per second, which falls to 30 when it gets warm.
    public static let a12 = Script(
        machine: "iPhone11,6", os: "18.0", rates: [(.all, 40), (.cpuAndGPU, 24)],
        stages: FakePhone.story)

    /// The article: under half of that on an iPhone 8.
    public static let a11 = Script(
        machine: "iPhone10,4", os: "16.7", rates: [(.all, 16), (.cpuAndGPU, 16)],
        stages: [
            .init(work: 0, state: .nominal, slowdown: 1),
            .init(work: 120, state: .fair, slowdown: 1.2),
            .init(work: 300, state: .serious, slowdown: 1.5),
        ])

    /// Every result of a plan's test run: parity, load, bursts and sustained runs.
    public static func results(of script: Script, plan: RunPlan, runID: String) throws
        -> [BenchmarkResult]
    {
        let session = Session(
            runID: runID, simulated: true,
            build: .init(commit: plan.commit, configuration: "Release", xcode: "none"))
        return try plan.places.enumerated().flatMap { index, place in
            let fps = script.rates.first { $0.units == place.units }?.fps ?? 5
            // No two runs of a phone are alike.
            let pace = 1 + 0.01 * Double(place.runIndex - 1)
            let phone = FakePhone(
                framesPerSecond: fps * pace, stages: script.stages, seed: UInt64(index + 1))
            let bench = Bench(
                session: session, environment: phone.environment, machine: script.machine,
                os: script.os, settings: plan.settings, utc: { "2026-01-01T00:00:00Z" })
            let measured = [
                bench.latency(place, parityHeld: true, phone),
                bench.sustained(place, parityHeld: true, phone),
            ]
            return try place.runIndex > 0 ? measured : checks(bench, place, plan) + measured
        }
    }

    private static func checks(_ bench: Bench, _ place: Place, _ plan: RunPlan) throws
        -> [BenchmarkResult]
    {
        let parity = try parity(place.model, plan)
        return [
            bench.record(.parity, place) { $0.parity = parity },
            bench.record(.load, place) {
                $0.load = LoadTimes(
                    compile: 0.8, firstLoad: place.units == .all ? 2.4 : 0.5, secondLoad: 0.2,
                    firstPrediction: 0.1)
            },
        ]
    }

    /// The harness's own parity check, on made-up goldens and outputs that differ a little.
    private static func parity(_ model: PlannedModel, _ plan: RunPlan) throws -> Parity {
        func outputs(_ change: Float) throws -> [String: Tensor] {
            var made: [String: Tensor] = [:]
            for (name, shape) in model.outputs {
                let values = (0..<shape.reduce(1, *)).map { Float($0 * 7919 % 1009) / 1009 }
                made[name] = try Tensor(
                    shape: Array(shape.dropFirst()), values: values.map { $0 * (1 + change) })
            }
            return made
        }
        let golden = GoldenCase(
            name: "made up", pixels: [], width: 0, height: 0, outputs: try outputs(0))
        let floor = model.outputs.mapValues { _ in 0.0 }
        let check = try ParityCheck(
            goldens: Goldens(
                runner: "simulation", identity: model.goldenSHA256, floor: floor, cases: [golden]),
            specs: model.decode, skeletons: plan.skeletons, tolerance: model.tolerance)
        return try check.judge([outputs(1e-4)])
    }
}
