extension Preprocessing {
    private static let mostSide = 1 << 14
    /// Of whole pixels in Double.
    private static let rounding = 1e-6

    /// Resample a picture into the input, byte for byte as poseconvert does it in Python.
    ///
    /// - Returns: RGB bytes of the input, row by row; what no part of the picture covers is black.
    ///   And where the picture lies in it.
    /// - Throws: ``Refusal`` where the input has no size.
    public func input(of picture: PictureView) throws -> (pixels: [UInt8], placement: Placement) {
        guard (1...Self.mostSide).contains(width), (1...Self.mostSide).contains(height) else {
            throw Refusal("preprocessing: input \(width)x\(height) is not a size. Convert again.")
        }
        let placement = Placement(width: picture.width, height: picture.height, in: self)
        // Only pixels that the picture covers wholly are filled, from the very part of it that
        // lies under them: a joint maps back exactly to where it came from.
        let size = SIMD2(Double(picture.width), Double(picture.height))
        let (low, high) = (placement.toInput(.zero), placement.toInput(size))
        let columns = Self.covered(low.x, high.x, limit: width)
        let rows = Self.covered(low.y, high.y, limit: height)
        let corners = [
            (columns.lowerBound, rows.lowerBound), (columns.upperBound, rows.upperBound),
        ]
        .map { placement.toPicture(SIMD2(Double($0), Double($1))).clamped(to: size) }
        let across = ResamplingWeights(
            side: picture.width, from: corners[0].x, to: corners[1].x, count: columns.count)
        let along = ResamplingWeights(
            side: picture.height, from: corners[0].y, to: corners[1].y, count: rows.count)
        let part = picture.resampled(across: across, along: along)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        for (index, row) in rows.enumerated() {
            let from = 3 * columns.count * index
            let to = 3 * (row * width + columns.lowerBound)
            pixels.replaceSubrange(
                to..<to + 3 * columns.count, with: part[from..<from + 3 * columns.count])
        }
        return (pixels, placement)
    }

    /// Pixels of `limit` that lie wholly from `low` to `high`; one at least.
    static func covered(_ low: Double, _ high: Double, limit: Int) -> Range<Int> {
        let first = max(0, Int((low - rounding).rounded(.up)))
        let last = min(limit, Int((high + rounding).rounded(.down)))
        if first < last { return first..<last }
        let middle = min(limit - 1, Int(((low + high) / 2).rounded(.down)))
        return middle..<middle + 1
    }
}

extension SIMD2<Double> {
    fileprivate func clamped(to size: SIMD2<Double>) -> SIMD2<Double> {
        clamped(lowerBound: .zero, upperBound: size)
    }
}

extension PictureView {
    /// Both passes, across and then along, each rounded to bytes; RGB, row by row.
    fileprivate func resampled(across: ResamplingWeights, along: ResamplingWeights) -> [UInt8] {
        let used = along.reach(in: height)
        let (red, green, blue) = order.channels
        var rows = [UInt8](repeating: 0, count: 3 * across.starts.count * used.count)
        for (index, row) in used.enumerated() {
            let begin = first + row * down
            for column in across.starts.indices {
                let place = begin + across.starts[column] * right
                let to = 3 * (index * across.starts.count + column)
                rows[to] = weighted(across, column) { bytes[place + red + $0 * right] }
                rows[to + 1] = weighted(across, column) { bytes[place + green + $0 * right] }
                rows[to + 2] = weighted(across, column) { bytes[place + blue + $0 * right] }
            }
        }
        let width = 3 * across.starts.count
        return [UInt8](unsafeUninitializedCapacity: width * along.starts.count) { made, count in
            for row in along.starts.indices {
                let top = (along.starts[row] - used.lowerBound) * width
                for byte in 0..<width {
                    made[row * width + byte] = weighted(along, row) {
                        rows[top + $0 * width + byte]
                    }
                }
            }
            count = width * along.starts.count
        }
    }

    @inline(__always)
    private func weighted(_ axis: ResamplingWeights, _ index: Int, _ byte: (Int) -> UInt8) -> UInt8
    {
        var sum = 1 << (ResamplingWeights.bits - 1)
        let first = axis.ends[index]
        for place in first..<axis.ends[index + 1] {
            sum += Int(byte(place - first)) * axis.weights[place]
        }
        return UInt8(clamping: sum >> ResamplingWeights.bits)
    }
}
