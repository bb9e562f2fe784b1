/// How a stored picture is turned to be upright: EXIF's numbers, which are those of Apple's
/// `CGImagePropertyOrientation`.
public enum Orientation: Int, Codable, CaseIterable, Sendable {
    case up = 1
    case upMirrored, down, downMirrored, leftMirrored, right, rightMirrored, left

    /// Whether width and height change places.
    public var isTurned: Bool { rawValue >= Orientation.leftMirrored.rawValue }
}

/// How the bytes of one pixel are ordered.
public enum PixelOrder: String, Codable, CaseIterable, Sendable {
    case rgb, rgba, bgra

    var size: Int { self == .rgb ? 3 : 4 }
    /// Places of red, green and blue in a pixel.
    var channels: (Int, Int, Int) { self == .bgra ? (2, 1, 0) : (0, 1, 2) }
}
