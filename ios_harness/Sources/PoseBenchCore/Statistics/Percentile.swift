/// The value below which a share of the samples lies, between neighbours by straight line.
///
/// The rule is numpy's `percentile(..., method="linear")`: rank `share * (count - 1)`.
/// - Parameter share: 0 to 1.
/// - Returns: In the unit of the samples; nil without samples, and where one of them is NaN.
public func percentile(_ share: Double, of samples: [Double]) -> Double? {
    percentile(share, ofSorted: samples.sorted(), hasNaN: samples.contains(where: \.isNaN))
}

func percentile(_ share: Double, ofSorted sorted: [Double], hasNaN: Bool = false) -> Double? {
    guard let last = sorted.indices.last, !hasNaN, (0...1).contains(share) else { return nil }
    let rank = share * Double(last)
    let below = Int(rank)
    let above = min(below + 1, last)
    let part = rank - Double(below)
    return part == 0 ? sorted[below] : sorted[below] + (sorted[above] - sorted[below]) * part
}
