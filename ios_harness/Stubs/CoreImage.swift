import CoreVideo
@_exported import Foundation

public final class CGImage {}

public struct CGAffineTransform {
    public init(scaleX: CGFloat, y: CGFloat) {}
    public init(translationX: CGFloat, y: CGFloat) {}
}

public final class CIImage: NSObject {
    public init(cvPixelBuffer: CVPixelBuffer) {}
    public var extent: CGRect { fatalError() }
    public func transformed(by matrix: CGAffineTransform) -> CIImage { fatalError() }
}

public final class CIContext: NSObject {
    public override init() {}
    public func render(_ image: CIImage, to buffer: CVPixelBuffer) {}
    public func createCGImage(_ image: CIImage, from fromRect: CGRect) -> CGImage? { fatalError() }
}
