@_exported import CoreVideo
@_exported import Foundation

public final class CMSampleBuffer {}
public func CMSampleBufferGetImageBuffer(_ sbuf: CMSampleBuffer) -> CVImageBuffer? { fatalError() }

public struct AVMediaType: Sendable { public static let video = AVMediaType() }

public final class AVCaptureDevice: NSObject {
    public struct DeviceType: Sendable { public static let builtInWideAngleCamera = DeviceType() }
    public enum Position: Int { case unspecified, back, front }
    public class func `default`(
        _ deviceType: DeviceType, for mediaType: AVMediaType?, position: Position
    ) -> AVCaptureDevice? { fatalError() }
    public class func requestAccess(for mediaType: AVMediaType) async -> Bool { fatalError() }
}

public class AVCaptureInput: NSObject {}
public final class AVCaptureDeviceInput: AVCaptureInput {
    public init(device: AVCaptureDevice) throws {}
}

public enum AVCaptureVideoOrientation: Int {
    case portrait = 1, portraitUpsideDown, landscapeRight, landscapeLeft
}

public final class AVCaptureConnection: NSObject {
    public var videoOrientation: AVCaptureVideoOrientation { get { fatalError() } set {} }
    @available(iOS 17.0, *)
    public var videoRotationAngle: CGFloat { get { fatalError() } set {} }
    @available(iOS 17.0, *)
    public func isVideoRotationAngleSupported(_ videoRotationAngle: CGFloat) -> Bool {
        fatalError()
    }
}

public class AVCaptureOutput: NSObject {
    public func connection(with mediaType: AVMediaType) -> AVCaptureConnection? { fatalError() }
}

public protocol AVCaptureVideoDataOutputSampleBufferDelegate: AnyObject {
    func captureOutput(
        _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer,
        from connection: AVCaptureConnection)
}

public final class AVCaptureVideoDataOutput: AVCaptureOutput {
    public override init() {}
    public var videoSettings: [String: Any]! { get { fatalError() } set {} }
    public var alwaysDiscardsLateVideoFrames: Bool { get { fatalError() } set {} }
    public func setSampleBufferDelegate(
        _ sampleBufferDelegate: AVCaptureVideoDataOutputSampleBufferDelegate?,
        queue sampleBufferCallbackQueue: DispatchQueue?
    ) {}
}

public final class AVCaptureSession: NSObject {
    public struct Preset: Sendable { public static let vga640x480 = Preset() }
    public override init() {}
    public var sessionPreset: Preset { get { fatalError() } set {} }
    public func canAddInput(_ input: AVCaptureInput) -> Bool { fatalError() }
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { fatalError() }
    public func addInput(_ input: AVCaptureInput) {}
    public func addOutput(_ output: AVCaptureOutput) {}
    public func startRunning() {}
    public func stopRunning() {}
}
