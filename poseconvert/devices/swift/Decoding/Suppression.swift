import Foundation

/// The best, then the best of those that do not overlap it, and so on.
///
/// - Returns: Index of each that stays, and of those that it stands for, itself first.
func kept(
    _ score: [Double], over: Double, limit: Int, overlap: (Int, Int) -> Double
) -> [(best: Int, same: [Int])] {
    var waiting = descending(score)
    var found: [(best: Int, same: [Int])] = []
    while let best = waiting.first, found.count < limit {
        let others = waiting.dropFirst()
        // NaN, of boxes without area, suppresses nothing.
        let same = others.filter { overlap(best, $0) > over }
        let gone = Set(same)
        found.append((best, [best] + same))
        waiting = others.filter { !gone.contains($0) }
    }
    return found
}

/// Indices from the largest value down; of equal ones the first.
func descending(_ values: [Double]) -> [Int] {
    values.indices.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
}

/// Intersection over union of two boxes x1, y1, x2, y2.
func boxOverlap(_ one: [Double], _ other: [Double]) -> Double {
    func area(_ box: [Double]) -> Double { (box[2] - box[0]) * (box[3] - box[1]) }
    let across = max(min(one[2], other[2]) - max(one[0], other[0]), 0)
    let down = max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    return across * down / (area(one) + area(other) - across * down)
}

/// COCO's similarity of two poses, sized by the mean area of two boxes; 0 where they share no joint.
func oksOverlap(_ one: Person, _ other: Person) -> Double {
    func area(_ box: [Double]) -> Double { (box[2] - box[0]) * (box[3] - box[1]) }
    let coco: [Double] = [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]
    // A box without sides is of no size, and nobody is near.
    let mean = (area(one.box) + area(other.box)) / 2
    let size = (mean > 0 ? mean : 0) + Double.ulpOfOne
    var (sum, count) = (0.0, 0)
    for (joint, (a, b)) in zip(one.position, other.position).enumerated() {
        let square = (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
        guard square.isFinite else { continue }
        let sigma = one.position.count == coco.count ? coco[joint] / 1000 : 0.062
        sum += exp(-square / (2 * 4 * sigma * sigma * size))
        count += 1
    }
    return count == 0 ? 0 : sum / Double(count)
}
