import AVFoundation
import CoreImage
import PoseBenchCore

/// The back camera's pictures, cut to a square in their middle and brought to the input's size.
///
/// Late frames are dropped by the system: the pose shown is always the newest one.
final class CameraSource: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate {
    private let session = AVCaptureSession()
    private let queue = DispatchQueue(label: "camera", qos: .userInteractive)
    private let context = CIContext()
    private let ring: PixelBufferRing
    private let size: (width: Int, height: Int)
    private let received: (CVPixelBuffer) -> Void

    /// - Parameter received: Called on the camera's queue with a 32BGRA buffer of the input's size.
    init(width: Int, height: Int, received: @escaping (CVPixelBuffer) -> Void) throws {
        size = (width, height)
        ring = try PixelBufferRing(width: width, height: height)
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
        output.connection(with: .video)?.videoOrientation = .portrait
    }

    func start() { queue.async { self.session.startRunning() } }

    func stop() { queue.async { self.session.stopRunning() } }

    func captureOutput(
        _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer,
        from connection: AVCaptureConnection
    ) {
        guard let frame = CMSampleBufferGetImageBuffer(sampleBuffer) else { return }
        let buffer = ring.take()
        context.render(cropped(CIImage(cvPixelBuffer: frame)), to: buffer)
        received(buffer)
    }

    private func cropped(_ picture: CIImage) -> CIImage {
        let (width, height) = (CGFloat(size.width), CGFloat(size.height))
        let extent = picture.extent
        let scale = max(width / extent.width, height / extent.height)
        return
            picture
            .transformed(by: CGAffineTransform(scaleX: scale, y: scale))
            .transformed(
                by: CGAffineTransform(
                    translationX: (width - extent.width * scale) / 2,
                    y: (height - extent.height * scale) / 2))
    }
}
