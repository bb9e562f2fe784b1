import CoreML
import PoseBenchCore
import XCTest

@testable import PoseBench

/// Compile, first load, load again, first prediction: four times that are often called one.
final class LoadTests: XCTestCase {
    func testLoadTimes() async throws {
        let bundled = try Bundled()
        let bench = TestRun.shared.bench(bundled.plan)
        let clock = SystemClock()
        for place in bundled.plan.places where place.runIndex == 0 {
            var begun = clock.nanoseconds
            func lap() -> Double {
                defer { begun = clock.nanoseconds }
                return clock.seconds(since: begun)
            }
            let goldens = try bundled.goldens(of: place.model)
            _ = lap()
            let compiled = try await bundled.compiled(place.model)
            let compile = lap()
            let configuration = place.units.configuration
            let model = try await MLModel.load(contentsOf: compiled, configuration: configuration)
            let firstLoad = lap()
            let predictor = try CoreMLPredictor(
                model, planned: place.model, pictures: goldens.cases.map(\.pixels))
            try predictor.prepare(frame: 0)
            _ = lap()
            try predictor.predict()
            let firstPrediction = lap()
            _ = try await MLModel.load(contentsOf: compiled, configuration: configuration)
            let times = LoadTimes(
                compile: compile, firstLoad: firstLoad, secondLoad: lap(),
                firstPrediction: firstPrediction)
            try keep(bench.record(.load, place) { $0.load = times })
        }
    }
}
