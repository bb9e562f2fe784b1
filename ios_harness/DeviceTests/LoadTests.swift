import CoreML
import PoseBenchCore
import XCTest

@testable import PoseBench

/// Compile, first load, load again, first prediction: four times that are often called one.
final class LoadTests: XCTestCase {
    func testLoadTimes() async throws {
        let clock = SystemClock()
        try await keepEach(.load) { session, place in
            let goldens = try session.bundled.goldens(of: place.model)
            var begun = clock.nanoseconds
            func lap() -> Double {
                defer { begun = clock.nanoseconds }
                return clock.seconds(since: begun)
            }
            let compiled = try await session.bundled.compiled(place.model)
            let compile = lap()
            let first = try await MLModel.load(
                contentsOf: compiled, configuration: place.units.configuration)
            let firstLoad = lap()
            let predictor = try CoreMLPredictor(
                first, planned: place.model, pictures: goldens.cases.map(\.pixels))
            try predictor.prepare(frame: 0)
            _ = lap()
            try predictor.predict()
            let firstPrediction = lap()
            _ = try await MLModel.load(
                contentsOf: compiled, configuration: place.units.configuration)
            let times = LoadTimes(
                compile: compile, firstLoad: firstLoad, secondLoad: lap(),
                firstPrediction: firstPrediction)
            return session.bench.record(.load, place) { $0.load = times }
        }
    }
}
