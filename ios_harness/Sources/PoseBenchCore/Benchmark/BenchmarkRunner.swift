/// Runs a pipeline as the method asks: rest, cool, warm up, then a burst or a sustained run.
public final class BenchmarkRunner {
    let environment: Environment
    let settings: RunSettings
    private let interruption: () -> String?
    private(set) var reasons: [InvalidReason] = []
    private(set) var detail: String?
    /// Whether something happened after which no frame may follow.
    private(set) var hasEnded = false
    private var frame = 0

    /// - Parameter interruption: Asked after every frame; a sentence ends the run, which is then
    ///   invalid. Whoever answers forgets what it said: the next run begins anew.
    public init(
        environment: Environment, settings: RunSettings,
        interruption: @escaping () -> String? = { nil }
    ) {
        self.environment = environment
        self.settings = settings
        self.interruption = interruption
    }

    /// What was found to be wrong so far.
    public var validity: Validity { Validity(reasons: reasons, detail: detail) }

    func refuse(_ reason: InvalidReason, _ detail: String? = nil) {
        reasons.append(reason)
        self.detail = self.detail ?? detail
    }

    /// Rest, then wait for a nominal thermal state.
    /// - Returns: False where the run must not begin at all: Low Power Mode, or interrupted.
    ///   A phone that stays warm is measured, and the run is invalid.
    public func cool() -> Bool {
        guard !environment.power.lowPowerMode else {
            refuse(.lowPowerMode, "Low Power Mode is on. Switch it off in Settings, Battery.")
            return false
        }
        let start = environment.clock.nanoseconds
        func waited() -> Double { environment.clock.seconds(since: start) }
        let limit = settings.restSeconds + settings.coolingLimit
        while waited() < settings.restSeconds || !isNominal && waited() < limit {
            if let why = interruption() {
                refuse(.aborted, why)
                return false
            }
            environment.clock.sleep(seconds: 1)
        }
        if !isNominal {
            refuse(.notCool, "thermal state \(environment.thermal.thermalState.rawValue) at start")
        }
        return true
    }

    private var isNominal: Bool { environment.thermal.thermalState == .nominal }

    /// One frame.
    /// - Returns: nil where it could not be finished; the reason is then kept.
    func step(_ pipeline: PosePipeline) -> FrameTiming? {
        let clock = environment.clock
        do {
            let begun = clock.nanoseconds
            try pipeline.prepare(frame: frame)
            let prepared = clock.nanoseconds
            try pipeline.predict()
            let predicted = clock.nanoseconds
            try pipeline.decode()
            frame += 1
            return FrameTiming(
                begun: begun, prepared: prepared, predicted: predicted, decoded: clock.nanoseconds)
        } catch {
            refuse(.failed, "frame \(frame): \(error)")
            hasEnded = true
            return nil
        }
    }

    /// - Returns: True where the run must end now; the reason is then kept.
    func mustEnd() -> Bool {
        if let why = interruption() {
            refuse(.aborted, why)
        } else if environment.power.lowPowerMode {
            refuse(.lowPowerMode, "Low Power Mode came on during the run")
        } else if environment.thermal.thermalState == .critical {
            refuse(.thermalCritical, "thermal state critical: ended to spare the phone")
        } else {
            return false
        }
        hasEnded = true
        return true
    }
}

/// When the parts of one frame were finished, in the clock's nanoseconds.
struct FrameTiming {
    let begun: UInt64
    let prepared: UInt64
    let predicted: UInt64
    let decoded: UInt64

    var modelMicroseconds: Int { Self.microseconds(predicted - prepared) }
    var pipelineMicroseconds: Int { Self.microseconds(decoded - begun) }

    private static func microseconds(_ nanoseconds: UInt64) -> Int {
        Int((nanoseconds + 500) / 1000)
    }
}
