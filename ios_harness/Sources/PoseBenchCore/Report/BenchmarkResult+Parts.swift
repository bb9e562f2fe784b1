extension BenchmarkResult {
    /// The phone, at the run's start unless it says otherwise.
    public struct Device: Codable, Equatable, Sendable {
        /// Apple's identifier, such as iPhone11,6.
        public let machine: String
        public let soc: String
        public let os: String
        public let lowPowerMode: Bool
        public let battery: Double?
        public let charging: Bool?
        public let brightness: Double?
        public let thermalStart: ThermalState
        public var thermalEnd: ThermalState?

        public init(machine: String, os: String, environment: Environment) {
            self.machine = machine
            soc = systemOnChip(of: machine)
            self.os = os
            lowPowerMode = environment.power.lowPowerMode
            battery = environment.power.battery
            charging = environment.power.charging
            brightness = environment.power.brightness
            thermalStart = environment.thermal.thermalState
        }

        enum CodingKeys: String, CodingKey {
            case machine, soc, os, battery, charging, brightness
            case lowPowerMode = "low_power_mode"
            case thermalStart = "thermal_start"
            case thermalEnd = "thermal_end"
        }
    }

    public struct Build: Codable, Equatable, Sendable {
        public let commit: String
        /// Release or Debug; a Debug build measures the compiler.
        public let configuration: String
        public let xcode: String

        public init(commit: String, configuration: String, xcode: String) {
            self.commit = commit
            self.configuration = configuration
            self.xcode = xcode
        }
    }

    public struct Model: Codable, Equatable, Sendable {
        public let name: String
        public let sha256: String
        public let specVersion: Int
        public let precision: String

        public init(_ planned: PlannedModel) {
            name = planned.name
            sha256 = planned.sha256
            specVersion = planned.specVersion
            precision = planned.precision
        }

        enum CodingKeys: String, CodingKey {
            case name, sha256, precision
            case specVersion = "spec_version"
        }
    }

    public struct Units: Codable, Equatable, Sendable {
        public let requested: ComputeUnits
        /// What the phone can have used: an A11 has no Neural Engine that Core ML uses.
        public let effective: ComputeUnits
        /// Place in the order of its run, from 0.
        public let orderIndex: Int

        public init(requested: ComputeUnits, soc: String, orderIndex: Int) {
            self.requested = requested
            effective = usable(requested, soc: soc)
            self.orderIndex = orderIndex
        }

        enum CodingKeys: String, CodingKey {
            case requested, effective
            case orderIndex = "order_index"
        }
    }
}

/// Four different things that are all called load time, in seconds.
public struct LoadTimes: Codable, Equatable, Sendable {
    public let compile: Double
    public let firstLoad: Double
    public let secondLoad: Double
    public let firstPrediction: Double

    public init(compile: Double, firstLoad: Double, secondLoad: Double, firstPrediction: Double) {
        self.compile = compile
        self.firstLoad = firstLoad
        self.secondLoad = secondLoad
        self.firstPrediction = firstPrediction
    }

    enum CodingKeys: String, CodingKey {
        case compile = "compile_s"
        case firstLoad = "first_load_s"
        case secondLoad = "second_load_s"
        case firstPrediction = "first_prediction_s"
    }
}
