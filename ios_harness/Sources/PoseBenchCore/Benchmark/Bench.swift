/// One place in a plan: which model on which unit in which run.
public struct Place: Equatable, Sendable {
    public let model: PlannedModel
    public let units: ComputeUnits
    /// Place of the unit in the order of its run, and the run; from 0.
    public let orderIndex: Int
    public let runIndex: Int
}

extension RunPlan {
    /// Every model on every unit, once per run; each run begins with another unit.
    public var places: [Place] {
        (0..<settings.runs).flatMap { run in
            rotated(computeUnits, run: run).enumerated().flatMap { order, units in
                models.map { Place(model: $0, units: units, orderIndex: order, runIndex: run) }
            }
        }
    }
}

/// Makes results: what was run, where, on what, and whether it counts.
///
/// Unchecked: one thread uses it at a time.
public struct Bench: @unchecked Sendable {
    let session: Session
    let environment: Environment
    let machine: String
    let os: String
    let settings: RunSettings
    let interruption: () -> String?
    let utc: () -> String

    /// - Parameter utc: The time of day as ISO 8601.
    public init(
        session: Session, environment: Environment, machine: String, os: String,
        settings: RunSettings, interruption: @escaping () -> String? = { nil },
        utc: @escaping () -> String
    ) {
        self.session = session
        self.environment = environment
        self.machine = machine
        self.os = os
        self.settings = settings
        self.interruption = interruption
        self.utc = utc
    }

    /// A burst. A unit whose parity is not held gets no numbers.
    public func latency(_ place: Place, parityHeld: Bool, _ pipeline: PosePipeline)
        -> BenchmarkResult
    {
        run(.latency, place, parityHeld: parityHeld) { runner, result in
            result.warmup = runner.warmUp(pipeline)
            guard !runner.hasEnded else { return }
            let burst = runner.burst(pipeline)
            result.latency = burst.model
            result.pipeline = burst.pipeline
        }
    }

    /// A long run. A unit whose parity is not held gets no numbers.
    public func sustained(_ place: Place, parityHeld: Bool, _ pipeline: PosePipeline)
        -> BenchmarkResult
    {
        run(.sustained, place, parityHeld: parityHeld) { runner, result in
            result.warmup = runner.warmUp(pipeline)
            guard !runner.hasEnded else { return }
            result.sustained = runner.sustained(pipeline)
        }
    }

    /// What was judged elsewhere, as a result: parity, load times, or a compute plan.
    public func record(
        _ kind: BenchmarkResult.Kind, _ place: Place, failure: String? = nil,
        fill: (inout BenchmarkResult) -> Void
    ) -> BenchmarkResult {
        var result = blank(kind, place)
        result.validity = Validity(reasons: failure == nil ? [] : [.failed], detail: failure)
        fill(&result)
        return result
    }

    private func run(
        _ kind: BenchmarkResult.Kind, _ place: Place, parityHeld: Bool,
        measure: (BenchmarkRunner, inout BenchmarkResult) -> Void
    ) -> BenchmarkResult {
        let runner = BenchmarkRunner(
            environment: environment, settings: settings, interruption: interruption)
        if session.build.configuration != "Release" {
            runner.refuse(.debugBuild, "built as \(session.build.configuration)")
        }
        if !parityHeld { runner.refuse(.parityNotHeld) }
        let begins = parityHeld && runner.cool()
        var result = blank(kind, place)
        // A phone that stayed warm and a Debug build are measured all the same, and do not count.
        if begins { measure(runner, &result) }
        result.device.thermalEnd = environment.thermal.thermalState
        if result.device.charging != environment.power.charging {
            runner.refuse(
                .powerChanged, "the charger was connected or pulled out during the run")
        }
        result.validity = runner.validity
        return result
    }

    /// A result without numbers: who measures, what, where.
    public func blank(_ kind: BenchmarkResult.Kind, _ place: Place) -> BenchmarkResult {
        let device = BenchmarkResult.Device(machine: machine, os: os, environment: environment)
        return BenchmarkResult(
            session: session, kind: kind, startedUTC: utc(), device: device,
            model: BenchmarkResult.Model(place.model),
            computeUnits: BenchmarkResult.Units(
                requested: place.units, soc: device.soc, orderIndex: place.orderIndex),
            runIndex: place.runIndex, validity: Validity(reasons: []))
    }
}
