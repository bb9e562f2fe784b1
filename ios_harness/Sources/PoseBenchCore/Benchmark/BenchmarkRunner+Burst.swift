/// The first frames: slower than the rest, kept and never mixed with them.
public struct WarmUp: Codable, Equatable, Sendable {
    public let seconds: Double
    /// Predictions in microseconds, in order.
    public let samples: [Int]

    enum CodingKeys: String, CodingKey {
        case seconds
        case samples = "samples_us"
    }
}

public struct Burst: Equatable, Sendable {
    public let seconds: Double
    /// The model alone.
    public let model: Latencies?
    /// Preparing, predicting and decoding.
    public let pipeline: Latencies?
}

extension BenchmarkRunner {
    /// Until both the count and the time of the settings are reached.
    public func warmUp(_ pipeline: PosePipeline) -> WarmUp {
        let start = environment.clock.nanoseconds
        var samples: [Int] = []
        func elapsed() -> Double { environment.clock.seconds(since: start) }
        while samples.count < settings.warmupCount || elapsed() < settings.warmupSeconds {
            guard let timing = step(pipeline) else { break }
            samples.append(timing.modelMicroseconds)
            if mustEnd() { break }
        }
        return WarmUp(seconds: elapsed(), samples: samples)
    }

    /// Until both the count and the time of the settings are reached, or the limit.
    public func burst(_ pipeline: PosePipeline) -> Burst {
        let start = environment.clock.nanoseconds
        var model: [Int] = []
        var whole: [Int] = []
        func elapsed() -> Double { environment.clock.seconds(since: start) }
        func short() -> Bool { elapsed() < settings.burstSeconds }
        func few() -> Bool { model.count < settings.burstCount }
        while (short() || few()) && elapsed() < settings.burstLimit {
            guard let timing = step(pipeline) else { break }
            model.append(timing.modelMicroseconds)
            whole.append(timing.pipelineMicroseconds)
            if mustEnd() { break }
        }
        if few() { refuse(.tooFewPredictions, "\(model.count) of \(settings.burstCount)") }
        if short() { refuse(.tooShort) }
        return Burst(
            seconds: elapsed(), model: Latencies(microseconds: model),
            pipeline: Latencies(microseconds: whole))
    }
}
