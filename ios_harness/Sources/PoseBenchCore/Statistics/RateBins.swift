/// What happened in one second of a sustained run.
public struct RateBin: Codable, Equatable, Sendable {
    /// Frames that were finished in it.
    public let frames: Int
    /// Half of the predictions took less, in microseconds; nil where no frame was finished.
    public let p50: Double?
    /// Thermal state at its end.
    public let thermal: ThermalState

    enum CodingKeys: String, CodingKey {
        case frames
        case p50 = "p50_us"
        case thermal
    }
}

/// Gathers frames into bins of one second; a second without a frame is a bin of 0.
public struct RateBins: Sendable {
    public private(set) var bins: [RateBin] = []
    private var open: [Double] = []
    private var thermal: ThermalState

    public init(thermal: ThermalState) {
        self.thermal = thermal
    }

    /// - Parameters:
    ///   - seconds: When the frame was finished, counted from the run's start, never less than
    ///     for the frame before.
    ///   - microseconds: How long its prediction took.
    ///   - thermal: The state then.
    public mutating func finished(
        at seconds: Double, predictedIn microseconds: Int, thermal: ThermalState
    ) {
        close(until: Int(seconds))
        open.append(Double(microseconds))
        self.thermal = thermal
    }

    /// Close every second that is over at `seconds`.
    public mutating func close(until seconds: Int) {
        while bins.count < seconds {
            bins.append(
                RateBin(frames: open.count, p50: percentile(0.5, of: open), thermal: thermal))
            open.removeAll(keepingCapacity: true)
        }
    }
}

extension [RateBin] {
    /// Frames per second over the first bins; nil where there are fewer.
    public func fps(first seconds: Int) -> Double? {
        count < seconds ? nil : prefix(seconds).fps
    }

    /// Frames per second over the last bins; nil where there are fewer.
    public func fps(last seconds: Int) -> Double? {
        count < seconds ? nil : suffix(seconds).fps
    }
}

extension ArraySlice<RateBin> {
    fileprivate var fps: Double { Double(map(\.frames).reduce(0, +)) / Double(count) }
}
