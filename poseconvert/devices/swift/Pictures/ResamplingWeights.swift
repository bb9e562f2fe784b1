/// What each output pixel takes from the input along one axis: Pillow's antialiased `bilinear`.
///
/// A triangle filter as wide as the scale, at least two pixels, in fixed point. Source: Pillow,
/// `src/libImaging/Resample.c`, `precompute_coeffs` and `normalize_coeffs_8bpc`.
struct ResamplingWeights {
    static let bits = 22

    /// First input pixel of each output pixel.
    private(set) var starts: [Int] = []
    /// Where each output pixel's weights begin; one more than there are pixels.
    private(set) var ends: [Int] = [0]
    private(set) var weights: [Int] = []

    /// - Parameters:
    ///   - side: Of the input, in pixels.
    ///   - low: Where the part that is resampled begins, and `high` where it ends.
    ///   - count: Of output pixels.
    init(side: Int, from low: Double, to high: Double, count: Int) {
        // Pillow takes the part in single precision.
        let (first, last) = (Float(low), Float(high))
        let scale = Double(last - first) / Double(count)
        let width = max(scale, 1)
        for index in 0..<count {
            let centre = Double(first) + (Double(index) + 0.5) * scale
            let start = max(0, Int(centre - width + 0.5))
            let end = min(side, Int(centre + width + 0.5))
            let exact = (start..<max(start, end)).map { pixel in
                max(0, 1 - abs((Double(pixel) - centre + 0.5) * (1 / width)))
            }
            let sum = exact.reduce(0, +)
            starts.append(start)
            weights += exact.map { one in
                Int(0.5 + (sum == 0 ? one : one / sum) * Double(1 << Self.bits))
            }
            ends.append(weights.count)
        }
    }

    /// Input pixels that are used at all.
    func reach(in side: Int) -> Range<Int> {
        let last = starts.indices.map { starts[$0] + ends[$0 + 1] - ends[$0] }
        return (starts.min() ?? 0)..<max(starts.min() ?? 0, last.max() ?? side)
    }
}
