/// Write RGB bytes into a 32BGRA picture whose rows may be padded; the padding is left alone.
///
/// - Parameters:
///   - pixels: `height * width * 3` bytes, row by row.
///   - bytesPerRow: From one row to the next in `target`.
/// - Throws: ``Refusal`` where the pixels do not fill the picture or the picture does not fit.
public func fillBGRA(
    _ target: UnsafeMutableRawBufferPointer, bytesPerRow: Int, rgb pixels: [UInt8], width: Int,
    height: Int
) throws {
    let fits = width > 0 && height > 0 && bytesPerRow >= 4 * width
    guard fits, pixels.count == 3 * width * height,
        target.count >= bytesPerRow * (height - 1) + 4 * width
    else {
        throw Refusal(
            "pixels: \(pixels.count) RGB bytes, picture \(width)x\(height) with \(bytesPerRow) "
                + "bytes per row in \(target.count) do not fit each other.")
    }
    pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
            for column in 0..<width {
                let from = 3 * (row * width + column)
                let to = row * bytesPerRow + 4 * column
                target[to] = source[from + 2]
                target[to + 1] = source[from + 1]
                target[to + 2] = source[from]
                target[to + 3] = 255
            }
        }
    }
}
