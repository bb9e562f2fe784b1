/// How hot the phone says it is; the names are Apple's.
public enum ThermalState: String, Codable, CaseIterable, Comparable, Sendable {
    case nominal, fair, serious, critical

    public static func < (one: ThermalState, other: ThermalState) -> Bool {
        one.heat < other.heat
    }

    private var heat: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

public protocol ThermalSource: AnyObject {
    var thermalState: ThermalState { get }
}

public protocol PowerSource: AnyObject {
    var lowPowerMode: Bool { get }
    /// Charge, 0 to 1; nil where it is not known.
    var battery: Double? { get }
    var charging: Bool? { get }
    /// Of the screen, 0 to 1; nil without one.
    var brightness: Double? { get }
}

/// What a benchmark reads besides the model.
public struct Environment {
    public let clock: MonotonicClock
    public let thermal: ThermalSource
    public let power: PowerSource

    public init(clock: MonotonicClock, thermal: ThermalSource, power: PowerSource) {
        self.clock = clock
        self.thermal = thermal
        self.power = power
    }
}
