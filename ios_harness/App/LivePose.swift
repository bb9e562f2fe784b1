import CoreML
import CoreVideo
import PoseBenchCore

/// Camera frames to smoothed poses, with the rate of the last second.
final class LivePose {
    /// What the screen shows.
    struct Shown {
        let poses: [Pose]
        let fps: Double
    }

    private let predictor: CoreMLPredictor
    private var filters: [PoseFilter]
    private let clock = SystemClock()
    private var times: [UInt64] = []

    init(_ predictor: CoreMLPredictor) {
        self.predictor = predictor
        filters = predictor.planned.decode.map { PoseFilter(joints: $0.joints) }
    }

    func pose(of buffer: CVPixelBuffer) throws -> Shown {
        try predictor.show(buffer)
        try predictor.predict()
        try predictor.decode()
        let poses = predictor.poses.indices.map { filters[$0].smooth(predictor.poses[$0]) }
        let now = clock.nanoseconds
        times.append(now)
        times.removeAll { now - $0 > 1_000_000_000 }
        return Shown(poses: poses, fps: Double(times.count))
    }
}
