#if canImport(CoreML)
    import CoreVideo
    import Foundation

    /// Input pictures, allocated once and used in turn: nothing is allocated while it is measured.
    public final class PixelBufferRing {
        private let buffers: [CVPixelBuffer]
        private var next = 0

        public init(width: Int, height: Int, count: Int = 3) throws {
            // Backed by an IOSurface, so that no unit needs a copy.
            let surface = [kCVPixelBufferIOSurfacePropertiesKey as String: NSDictionary()]
            let attributes = NSDictionary(dictionary: surface) as CFDictionary
            buffers = try (0..<count).map { _ in
                var buffer: CVPixelBuffer?
                let status = CVPixelBufferCreate(
                    kCFAllocatorDefault, width, height, kCVPixelFormatType_32BGRA, attributes,
                    &buffer)
                guard status == kCVReturnSuccess, let buffer else {
                    throw Refusal("pixel buffer \(width)x\(height): CoreVideo said \(status).")
                }
                return buffer
            }
        }

        /// The next buffer, filled with RGB bytes.
        public func take(filledWith pixels: [UInt8]) throws -> CVPixelBuffer {
            let buffer = buffers[next]
            next = (next + 1) % buffers.count
            try buffer.withBytes(readOnly: false) { bytes, bytesPerRow in
                try fillBGRA(
                    bytes, bytesPerRow: bytesPerRow, rgb: pixels,
                    width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer))
            }
            return buffer
        }
    }

    extension CVPixelBuffer {
        /// Lock the buffer for as long as `body` reads or writes its bytes.
        public func withBytes<Result>(
            readOnly: Bool, _ body: (UnsafeMutableRawBufferPointer, Int) throws -> Result
        ) throws -> Result {
            let flags: CVPixelBufferLockFlags = readOnly ? .readOnly : []
            guard CVPixelBufferLockBaseAddress(self, flags) == kCVReturnSuccess else {
                throw Refusal("pixel buffer: cannot be locked.")
            }
            defer { CVPixelBufferUnlockBaseAddress(self, flags) }
            guard let base = CVPixelBufferGetBaseAddress(self) else {
                throw Refusal("pixel buffer: has no memory.")
            }
            let bytesPerRow = CVPixelBufferGetBytesPerRow(self)
            let count = bytesPerRow * CVPixelBufferGetHeight(self)
            return try body(UnsafeMutableRawBufferPointer(start: base, count: count), bytesPerRow)
        }

        /// See a 32BGRA picture upright.
        /// - Throws: ``Refusal`` where it is of another format.
        public func withPicture<Result>(
            orientation: Orientation, _ body: (PictureView) throws -> Result
        ) throws -> Result {
            guard CVPixelBufferGetPixelFormatType(self) == kCVPixelFormatType_32BGRA else {
                throw Refusal(
                    "pixel buffer: not 32BGRA. Set videoSettings to kCVPixelFormatType_32BGRA.")
            }
            return try withBytes(readOnly: true) { bytes, bytesPerRow in
                try body(
                    PictureView(
                        UnsafeRawBufferPointer(bytes), width: CVPixelBufferGetWidth(self),
                        height: CVPixelBufferGetHeight(self), bytesPerRow: bytesPerRow,
                        order: .bgra, orientation: orientation))
            }
        }
    }
#endif
