/// When the phone became warmer or cooler, counted from the run's start.
public struct ThermalTransition: Codable, Equatable, Sendable {
    public let seconds: Double
    public let state: ThermalState
}

/// A long run, second by second.
public struct Sustained: Codable, Equatable, Sendable {
    public static let firstSeconds = 30
    public static let lastSeconds = 60

    /// One per second, in order.
    public let bins: [RateBin]
    /// Frames per second of the whole pipeline; nil where the run ended before.
    public let fpsFirst: Double?
    public let fpsLast: Double?
    /// `fpsLast / fpsFirst`: 1 is a phone that does not slow down.
    public let ratio: Double?
    /// The first is the state at the start, at 0 s.
    public let transitions: [ThermalTransition]

    init(bins: [RateBin], transitions: [ThermalTransition]) {
        self.bins = bins
        self.transitions = transitions
        let first = bins.fps(first: Self.firstSeconds)
        let last = bins.fps(last: Self.lastSeconds)
        fpsFirst = first
        fpsLast = last
        if let first, let last, first > 0 {
            ratio = last / first
        } else {
            ratio = nil
        }
    }

    /// Seconds until the phone was this hot or hotter; nil where it never was.
    public func seconds(to state: ThermalState) -> Double? {
        transitions.first { $0.state >= state }?.seconds
    }

    enum CodingKeys: String, CodingKey {
        case bins
        case fpsFirst = "fps_first_30s"
        case fpsLast = "fps_last_60s"
        case ratio = "sustained_ratio"
        case transitions = "thermal_transitions"
    }
}

extension BenchmarkRunner {
    /// As fast as the phone can, for as long as the settings say.
    public func sustained(_ pipeline: PosePipeline) -> Sustained {
        let start = environment.clock.nanoseconds
        var state = environment.thermal.thermalState
        var transitions = [ThermalTransition(seconds: 0, state: state)]
        var rates = RateBins(thermal: state)
        var seconds = 0.0
        while seconds < Double(settings.sustainedSeconds) {
            guard let timing = step(pipeline) else { break }
            seconds = Double(timing.decoded - start) / 1e9
            let now = environment.thermal.thermalState
            if now != state {
                transitions.append(ThermalTransition(seconds: seconds, state: now))
                state = now
            }
            guard seconds < Double(settings.sustainedSeconds) else { break }
            rates.finished(at: seconds, predictedIn: timing.modelMicroseconds, thermal: now)
            if mustEnd() { break }
        }
        rates.close(until: min(Int(seconds), settings.sustainedSeconds))
        if rates.bins.count < settings.sustainedSeconds { refuse(.tooShort) }
        return Sustained(bins: rates.bins, transitions: transitions)
    }
}
