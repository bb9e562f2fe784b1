import Dispatch
import Foundation

/// Time that never goes back.
public protocol MonotonicClock: AnyObject {
    /// Nanoseconds since some moment before the first call.
    var nanoseconds: UInt64 { get }
    func sleep(seconds: Double)
}

extension MonotonicClock {
    /// Seconds since a moment that `nanoseconds` gave.
    public func seconds(since start: UInt64) -> Double {
        Double(nanoseconds - start) / 1e9
    }
}

/// The system's clock, which stands still while the phone sleeps.
public final class SystemClock: MonotonicClock {
    public init() {}

    public var nanoseconds: UInt64 { DispatchTime.now().uptimeNanoseconds }

    public func sleep(seconds: Double) {
        Thread.sleep(forTimeInterval: seconds)
    }
}
