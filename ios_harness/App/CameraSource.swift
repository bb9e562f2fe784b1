import AVFoundation
import PoseBenchCore

/// The back camera's pictures as they are, upright. Whoever receives them prepares them.
///
/// Late frames are dropped by the system: the pose shown is always the newest one. Unchecked:
/// after `init` everything is used on the camera's queue.
final class CameraSource: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate,
    @unchecked Sendable
{
    private let session = AVCaptureSession()
    private let queue = DispatchQueue(label: "camera", qos: .userInteractive)
    private let received: @Sendable (CVPixelBuffer) -> Void

    /// - Parameter received: Called on the camera's queue with a 32BGRA buffer.
    init(received: @escaping @Sendable (CVPixelBuffer) -> Void) throws {
        self.received = received
        super.init()
        guard
            let camera = AVCaptureDevice.default(
                .builtInWideAngleCamera, for: .video, position: .back)
        else { throw Refusal("camera: this device has no back camera.") }
        let input = try AVCaptureDeviceInput(device: camera)
        let output = AVCaptureVideoDataOutput()
        output.videoSettings = [
            kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_32BGRA
        ]
        output.alwaysDiscardsLateVideoFrames = true
        output.setSampleBufferDelegate(self, queue: queue)
        guard session.canAddInput(input), session.canAddOutput(output) else {
            throw Refusal("camera: is in use by something else.")
        }
        session.sessionPreset = .vga640x480
        session.addInput(input)
        session.addOutput(output)
        output.connection(with: .video)?.turnToPortrait()
    }

    func start() { queue.async { self.session.startRunning() } }

    func stop() { queue.async { self.session.stopRunning() } }

    func captureOutput(
        _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer,
        from connection: AVCaptureConnection
    ) {
        guard let frame = CMSampleBufferGetImageBuffer(sampleBuffer) else { return }
        received(frame)
    }
}

extension AVCaptureConnection {
    fileprivate func turnToPortrait() {
        if #available(iOS 17.0, *) {
            if isVideoRotationAngleSupported(90) { videoRotationAngle = 90 }
        } else {
            videoOrientation = .portrait
        }
    }
}
