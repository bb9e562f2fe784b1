import PoseBenchCore

/// A phone that follows a script: it heats while it predicts, slows down as it gets hotter, and
/// cools while it rests. Its clock is its own, so ten minutes take no time.
///
/// Its numbers are made up. What they show is that the harness reports what happens.
public final class FakePhone: MonotonicClock, ThermalSource, PowerSource, PosePipeline {
    /// From this many seconds of work on, the phone is in a state, and frames take longer.
    public struct Stage {
        public let work: Double
        public let state: ThermalState
        public let slowdown: Double

        public init(work: Double, state: ThermalState, slowdown: Double) {
            self.work = work
            self.state = state
            self.slowdown = slowdown
        }
    }

    /// The story of the article: 40 frames per second that fall to 30 as the phone gets warm.
    public static let story = [
        Stage(work: 0, state: .nominal, slowdown: 1),
        Stage(work: 180, state: .fair, slowdown: 1.15),
        Stage(work: 360, state: .serious, slowdown: 40.0 / 30),
    ]

    /// Seconds that a frame's parts take on a cool phone.
    public static let preparing = 0.001
    public static let decoding = 0.001
    private static let coolingPerSecond = 4.0

    public private(set) var nanoseconds: UInt64 = 0
    public private(set) var predictions = 0
    public var lowPowerMode = false
    public var battery: Double? = 0.9
    public var charging: Bool? = false
    public var brightness: Double? = 0.5
    /// The prediction that fails, if any.
    public var failing: Int?
    private let stages: [Stage]
    private let framePeriod: Double
    private var work: Double
    private var noise: UInt64

    /// - Parameters:
    ///   - framesPerSecond: Of the whole pipeline, cool and warmed up.
    ///   - work: Seconds of work it comes with.
    ///   - seed: Of the small noise in every prediction.
    public init(
        framesPerSecond: Double, stages: [Stage] = FakePhone.story, work: Double = 0,
        seed: UInt64 = 1
    ) {
        framePeriod = 1 / framesPerSecond
        self.stages = stages
        self.work = work
        noise = seed
    }

    public var thermalState: ThermalState { stage.state }

    public var environment: Environment { Environment(clock: self, thermal: self, power: self) }

    public func sleep(seconds: Double) {
        pass(seconds)
        work = max(0, work - seconds * Self.coolingPerSecond)
    }

    public func prepare(frame: Int) { pass(Self.preparing * stage.slowdown) }

    public func predict() throws {
        predictions += 1
        if predictions == failing { throw Refusal("the script fails prediction \(predictions)") }
        let warm = predictions > 17 ? 1 : 1 + 1.5 / Double(predictions)
        let predicting = framePeriod - Self.preparing - Self.decoding
        let seconds = predicting * stage.slowdown * warm * (0.98 + 0.04 * uniform())
        pass(seconds)
        work += framePeriod * stage.slowdown
    }

    public func decode() { pass(Self.decoding * stage.slowdown) }

    private var stage: Stage {
        stages.last { $0.work <= work } ?? Stage(work: 0, state: .nominal, slowdown: 1)
    }

    private func pass(_ seconds: Double) { nanoseconds += UInt64(seconds * 1e9) }

    /// 0 to 1, the same on every run: Knuth's linear congruential generator.
    private func uniform() -> Double {
        noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(noise >> 11) / Double(1 << 53)
    }
}
