import Foundation
import PoseBenchCore
import UIKit

/// The phone's own thermal state and power.
final class SystemEnvironment: ThermalSource, PowerSource, Sendable {
    /// What a benchmark reads on this phone.
    static func make() -> Environment {
        let system = SystemEnvironment()
        return Environment(clock: SystemClock(), thermal: system, power: system)
    }

    private init() {
        onMain { UIDevice.current.isBatteryMonitoringEnabled = true }
    }

    var thermalState: ThermalState {
        switch ProcessInfo.processInfo.thermalState {
        case .nominal: .nominal
        case .fair: .fair
        case .serious: .serious
        case .critical: .critical
        // A state that Apple adds later is hotter than what is known.
        @unknown default: .critical
        }
    }

    var lowPowerMode: Bool { ProcessInfo.processInfo.isLowPowerModeEnabled }

    var battery: Double? {
        let level = onMain { Double(UIDevice.current.batteryLevel) }
        return level < 0 ? nil : level
    }

    var charging: Bool? {
        switch onMain({ UIDevice.current.batteryState }) {
        case .charging, .full: true
        case .unplugged: false
        default: nil
        }
    }

    var brightness: Double? { onMain { Double(UIScreen.main.brightness) } }

    /// Apple's identifier, such as iPhone11,6.
    static var machine: String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    static var os: String { onMain { UIDevice.current.systemVersion } }
}

/// UIKit is read on the main thread only; measurements run on another one.
private func onMain<Value: Sendable>(_ read: @MainActor @Sendable () -> Value) -> Value {
    if Thread.isMainThread { return MainActor.assumeIsolated(read) }
    return DispatchQueue.main.sync { MainActor.assumeIsolated(read) }
}
