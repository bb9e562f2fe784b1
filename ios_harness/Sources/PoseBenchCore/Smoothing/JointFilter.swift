/// Smooths one joint: a Kalman filter per axis, then a cascade of first-order low-pass filters.
///
/// Per axis `K = (P + Q) / (P + Q + R)`, `P = R (P + Q) / (R + P + Q)`, `X = X + (now - X) K`, from
/// `P = 0`; every low-pass filter then keeps a share of its past. The first position is taken as it
/// is, and so is the first after the joint was absent: nothing flies in from where it was.
public struct JointFilter: Sendable {
    public struct Settings: Equatable, Sendable {
        /// Variance that the motion adds between two frames, and that of a measurement.
        public var motion = 0.001
        public var measurement = 0.0015
        /// Share of its past that every low-pass filter keeps, and how many filters there are.
        public var past = 0.1
        public var filters = 5

        public init() {}
    }

    private let settings: Settings
    private var variance = 0.0
    private var estimate: [Double] = []
    private var cascade: [[Double]] = []

    public init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// - Parameter now: x, y(, z); NaN where the joint is absent.
    /// - Returns: The smoothed position, NaN where the joint is absent.
    public mutating func smooth(_ now: [Double]) -> [Double] {
        guard now.allSatisfy(\.isFinite) else {
            estimate = []
            return [Double](repeating: .nan, count: now.count)
        }
        if estimate.count != now.count {
            variance = 0
            estimate = now
            cascade = [[Double]](repeating: now, count: settings.filters)
            return now
        }
        let predicted = variance + settings.motion
        let gain = predicted / (predicted + settings.measurement)
        variance = settings.measurement * gain
        for axis in now.indices {
            estimate[axis] += (now[axis] - estimate[axis]) * gain
        }
        var smoothed = estimate
        for stage in cascade.indices {
            for axis in now.indices {
                cascade[stage][axis] =
                    settings.past * cascade[stage][axis] + (1 - settings.past) * smoothed[axis]
            }
            smoothed = cascade[stage]
        }
        return smoothed
    }
}

/// One filter per joint.
public struct PoseFilter: Sendable {
    private var filters: [JointFilter]

    public init(joints: Int, settings: JointFilter.Settings = JointFilter.Settings()) {
        filters = [JointFilter](repeating: JointFilter(settings), count: joints)
    }

    /// The same pose with smoothed positions; scores and cells are kept.
    public mutating func smooth(_ pose: Pose) -> Pose {
        var smoothed = pose
        for joint in filters.indices {
            smoothed.position[joint] = filters[joint].smooth(pose.position[joint])
        }
        return smoothed
    }
}
