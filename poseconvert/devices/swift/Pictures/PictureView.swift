/// A picture in memory as it is seen upright; nothing is copied.
public struct PictureView {
    /// Of the upright picture.
    public let width: Int
    public let height: Int
    let bytes: UnsafeRawBufferPointer
    /// Where the upper left pixel begins, and bytes to the next one on its right and below it.
    let first: Int
    let right: Int
    let down: Int
    let order: PixelOrder

    /// - Parameters:
    ///   - bytes: Of the stored picture, row by row; valid for as long as the view is used.
    ///   - width: Of the stored picture.
    ///   - height: Of the stored picture.
    ///   - bytesPerRow: From one row to the next; rows may be padded.
    /// - Throws: ``Refusal`` where the picture does not lie in the bytes.
    public init(
        _ bytes: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int,
        order: PixelOrder, orientation: Orientation = .up
    ) throws {
        let sides = 1...Self.mostSide
        guard sides.contains(width), sides.contains(height), bytesPerRow >= width * order.size,
            bytesPerRow <= Self.mostRow,
            bytes.count >= bytesPerRow * (height - 1) + width * order.size
        else {
            throw Refusal(
                "picture \(width)x\(height), \(order.rawValue), \(bytesPerRow) bytes a row: does not "
                    + "lie in \(bytes.count) bytes. Give its real size and bytes per row.")
        }
        self.bytes = bytes
        self.order = order
        self.width = orientation.isTurned ? height : width
        self.height = orientation.isTurned ? width : height
        let (column, row) = (order.size, bytesPerRow)
        let (lastColumn, lastRow) = (column * (width - 1), row * (height - 1))
        switch orientation {
        case .up: (first, right, down) = (0, column, row)
        case .upMirrored: (first, right, down) = (lastColumn, -column, row)
        case .down: (first, right, down) = (lastColumn + lastRow, -column, -row)
        case .downMirrored: (first, right, down) = (lastRow, column, -row)
        case .leftMirrored: (first, right, down) = (0, row, column)
        case .right: (first, right, down) = (lastRow, -row, column)
        case .rightMirrored: (first, right, down) = (lastColumn + lastRow, -row, -column)
        case .left: (first, right, down) = (lastColumn, row, -column)
        }
    }

    private static let mostSide = 1 << 16
    private static let mostRow = 1 << 20
}
