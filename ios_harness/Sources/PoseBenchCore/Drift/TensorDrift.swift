import Foundation

/// How far a candidate is from its reference, over all inputs together.
public struct TensorDrift: Equatable, Sendable {
    public let elements: Int
    /// Absolute difference in the tensor's unit; NaN where no pair of values is finite.
    public let maxAbs: Double
    public let meanAbs: Double
    /// `maxAbs` over the reference's range, or over its largest magnitude where that is 0.
    public let relative: Double
    /// `20 log10(max |reference| / rms difference)`; inf where nothing differs.
    public let psnr: Double
    /// Values that are NaN or Inf in either tensor: any of them breaks parity.
    public let nonFinite: Int
    /// Flat index of the largest difference; 0 where no pair of values is finite.
    public let worst: Int

    /// - Precondition: Both have the same number of values, and not 0.
    public init(reference: [Float], candidate: [Float]) {
        precondition(reference.count == candidate.count && !reference.isEmpty)
        var (largest, sum, worst, finite) = (-1.0, 0.0, 0, 0)
        var (low, high) = (Double.infinity, -Double.infinity)
        for (index, (one, other)) in zip(reference, candidate).enumerated() {
            guard one.isFinite, other.isFinite else { continue }
            let difference = abs(Double(one) - Double(other))
            if difference > largest { (largest, worst) = (difference, index) }
            finite += 1
            sum += difference
            low = min(low, Double(one))
            high = max(high, Double(one))
        }
        elements = reference.count
        nonFinite = reference.count - finite
        self.worst = worst
        guard finite > 0 else {
            (maxAbs, meanAbs, relative, psnr) = (.nan, .nan, .nan, .nan)
            return
        }
        let magnitude = max(abs(low), abs(high))
        let spread = high > low ? high - low : magnitude
        maxAbs = largest
        meanAbs = sum / Double(finite)
        relative = spread > 0 ? largest / spread : (largest == 0 ? 0 : .infinity)
        guard largest > 0, magnitude > 0 else {
            psnr = largest == 0 ? .infinity : -.infinity
            return
        }
        // Squared as parts of the largest, so that no square overflows or vanishes.
        let squares = zip(reference, candidate).reduce(0.0) { total, pair in
            guard pair.0.isFinite, pair.1.isFinite else { return total }
            let part = (Double(pair.0) - Double(pair.1)) / largest
            return total + part * part
        }
        let rms = (squares / Double(finite)).squareRoot()
        psnr = 20 * (log10(magnitude) - log10(largest) - log10(rms))
    }
}
