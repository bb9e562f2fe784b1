import CoreVideo
@_exported import Foundation

public final class CGImage {}

public final class CIImage: NSObject {
    public init(cvPixelBuffer: CVPixelBuffer) {}
    public var extent: CGRect { fatalError() }
}

// NS_SWIFT_SENDABLE in CIContext.h.
public final class CIContext: NSObject, @unchecked Sendable {
    public override init() {}
    public func createCGImage(_ image: CIImage, from fromRect: CGRect) -> CGImage? { fatalError() }
}
