import CoreImage
import CoreVideo
import PoseBenchCore

/// Camera frames to smoothed poses, with the rate of the last second.
///
/// A frame becomes the input by the same code that the tests compare with Python: what is seen is
/// what was proved. Unchecked: everything is used on the camera's queue.
final class LivePose: @unchecked Sendable {
    /// What the screen shows. Unchecked: it is made on one queue and handed to the screen's.
    struct Shown: @unchecked Sendable {
        let poses: [Pose]
        let fps: Double
        /// The network's input.
        let picture: CGImage?
    }

    private let predictor: CoreMLPredictor
    private let preprocessing: Preprocessing
    private var filters: [PoseFilter]
    private let context = CIContext()
    private let clock = SystemClock()
    private var times: [UInt64] = []

    init(_ predictor: CoreMLPredictor) {
        self.predictor = predictor
        preprocessing = predictor.planned.input.preprocessing
        filters = predictor.planned.decode.map { PoseFilter(joints: $0.joints) }
    }

    /// The plan's first model on every unit.
    static func load(_ bundled: Bundled) async throws -> LivePose {
        let planned = bundled.plan.models[0]
        let pixels = 3 * planned.input.width * planned.input.height
        let blank = [UInt8](repeating: 0, count: pixels)
        return LivePose(try await bundled.predictor(planned, units: .all, pictures: [blank]))
    }

    func pose(of frame: CVPixelBuffer) throws -> Shown {
        let pixels = try frame.withPicture(orientation: .up) {
            try preprocessing.input(of: $0).pixels
        }
        let buffer = try predictor.show(pixels)
        try predictor.predict()
        try predictor.decode()
        let poses = predictor.poses.indices.map { filters[$0].smooth(predictor.poses[$0]) }
        let now = clock.nanoseconds
        times.append(now)
        times.removeAll { now - $0 > 1_000_000_000 }
        let image = CIImage(cvPixelBuffer: buffer)
        return Shown(
            poses: poses, fps: Double(times.count),
            picture: context.createCGImage(image, from: image.extent))
    }
}
