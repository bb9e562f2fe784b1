/// Every sample in the order it was taken, and what is said about them. None is ever dropped.
public struct Latencies: Codable, Equatable, Sendable {
    /// Microseconds, in order.
    public let samples: [Int]
    public let p50: Double
    public let p90: Double
    public let p95: Double
    public let p99: Double
    public let max: Double
    /// One over the mean of the samples, per second.
    public let fps: Double

    /// - Returns: nil without samples: nothing is said about nothing.
    public init?(microseconds samples: [Int]) {
        let sorted = samples.map(Double.init).sorted()
        guard let largest = sorted.last else { return nil }
        let total = sorted.reduce(0, +)
        guard total > 0 else { return nil }
        func at(_ share: Double) -> Double { percentile(share, ofSorted: sorted) ?? largest }
        self.samples = samples
        p50 = at(0.5)
        p90 = at(0.9)
        p95 = at(0.95)
        p99 = at(0.99)
        max = largest
        fps = 1e6 * Double(sorted.count) / total
    }

    enum CodingKeys: String, CodingKey {
        case samples = "samples_us"
        case p50 = "p50_us"
        case p90 = "p90_us"
        case p95 = "p95_us"
        case p99 = "p99_us"
        case max = "max_us"
        case fps
    }
}
