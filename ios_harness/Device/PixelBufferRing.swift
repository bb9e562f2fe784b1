import CoreVideo
import Foundation
import PoseBenchCore

/// Input pictures, allocated once and used in turn: nothing is allocated while it is measured.
final class PixelBufferRing {
    private let buffers: [CVPixelBuffer]
    private var next = 0

    init(width: Int, height: Int, count: Int = 3) throws {
        // Backed by an IOSurface, so that no unit needs a copy.
        let surface = [kCVPixelBufferIOSurfacePropertiesKey as String: NSDictionary()]
        let attributes = NSDictionary(dictionary: surface) as CFDictionary
        buffers = try (0..<count).map { _ in
            var buffer: CVPixelBuffer?
            let status = CVPixelBufferCreate(
                kCFAllocatorDefault, width, height, kCVPixelFormatType_32BGRA, attributes, &buffer)
            guard status == kCVReturnSuccess, let buffer else {
                throw Refusal("pixel buffer \(width)x\(height): CoreVideo answered \(status).")
            }
            return buffer
        }
    }

    /// The next buffer, with whatever it last held.
    func take() -> CVPixelBuffer {
        defer { next = (next + 1) % buffers.count }
        return buffers[next]
    }

    /// The next buffer, filled with RGB bytes.
    func take(filledWith pixels: [UInt8]) throws -> CVPixelBuffer {
        let buffer = take()
        guard CVPixelBufferLockBaseAddress(buffer, []) == kCVReturnSuccess else {
            throw Refusal("pixel buffer: cannot be locked.")
        }
        defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
        guard let base = CVPixelBufferGetBaseAddress(buffer) else {
            throw Refusal("pixel buffer: has no memory.")
        }
        let bytesPerRow = CVPixelBufferGetBytesPerRow(buffer)
        let height = CVPixelBufferGetHeight(buffer)
        try fillBGRA(
            UnsafeMutableRawBufferPointer(start: base, count: bytesPerRow * height),
            bytesPerRow: bytesPerRow, rgb: pixels, width: CVPixelBufferGetWidth(buffer),
            height: height)
        return buffer
    }
}
