import Foundation

extension PeopleDecoder {
    private static let points = 10
    private static let fitting = 0.8
    private static let least = 0.05
    private static let fewest = 3
    private static let mostPeaks = 200

    private struct Peak {
        let x, y: Int
        let height: Double
    }

    private struct Grown {
        var peak: [Int]
        var count: Int
        var total: Double
        var mean: Double { total / Double(count) }
    }

    /// Peaks, limbs between pairs of peaks whose field fits, people of limbs.
    func openpose(_ outputs: [String: Tensor]) throws -> [Person] {
        let maps = try planes(spec.heatmap, channels: spec.joints + spec.background, in: outputs)
        let fields = try fields(outputs)
        let peaks = (0..<spec.joints).map { self.peaks(maps, $0) }
        var found: [Grown] = []
        var reached: Set<Int> = []
        for limb in people.limbs {
            let (a, b) = (limb[0], limb[1])
            let limbs = self.limbs(peaks[a], peaks[b], fields, limb[2], limb[3])
            let extra = reached.contains(a) && reached.contains(b)
            for (i, j, score) in limbs {
                if extra {
                    for m in found.indices {
                        if found[m].peak[a] == i, found[m].peak[b] == -1 {
                            found[m].peak[b] = j
                        } else if found[m].peak[b] == j, found[m].peak[a] == -1 {
                            found[m].peak[a] = i
                        }
                    }
                    continue
                }
                let grown = found.indices.filter { found[$0].peak[a] == i }
                for m in grown {
                    found[m].peak[b] = j
                    found[m].count += 1
                    found[m].total += peaks[b][j].height + score
                }
                if grown.isEmpty {
                    var peak = [Int](repeating: -1, count: spec.joints)
                    (peak[a], peak[b]) = (i, j)
                    let total = peaks[a][i].height + peaks[b][j].height + score
                    found.append(Grown(peak: peak, count: 2, total: total))
                }
            }
            reached.formUnion([a, b])
        }
        let whole = found.filter { $0.count >= Self.fewest && $0.mean > people.score }
        return descending(whole.map(\.mean)).prefix(people.limit).map { person(whole[$0], peaks) }
    }

    private func fields(_ outputs: [String: Tensor]) throws -> Planes {
        let tensor = try single.named(people.outputs[0], in: outputs)
        let needed = 1 + (people.limbs.flatMap { $0[2...] }.max() ?? 0)
        let channels = tensor.shape.count > 2 ? tensor.shape[tensor.shape.count - 3] : 0
        return try planes(people.outputs[0], channels: max(channels, needed), in: outputs)
    }

    private func person(_ one: Grown, _ peaks: [[Peak]]) -> Person {
        var (position, score): ([[Double]], [Double]) = ([], [])
        for (joint, peak) in one.peak.enumerated() {
            guard peak >= 0 else {
                position.append([.nan, .nan])
                score.append(0)
                continue
            }
            let found = peaks[joint][peak]
            position.append(geometry.position(of: found.y * spec.grid[1] + found.x))
            score.append(found.height)
        }
        return Person(around: position, score: score, person: one.mean)
    }

    /// Cells above the four beside them, by x, then y; of near ones the first.
    private func peaks(_ maps: Planes, _ joint: Int) -> [Peak] {
        let least = Float(people.jointScore)
        func high(_ y: Int, _ x: Int) -> Float {
            guard y >= 0, y < maps.height, x >= 0, x < maps.width else { return 0 }
            let value = maps[joint, y, x]
            return value > least ? value : 0
        }
        var found: [Peak] = []
        for y in 0..<maps.height {
            for x in 0..<maps.width {
                let middle = high(y, x)
                guard
                    middle > high(y, x + 1), middle > high(y, x - 1), middle > high(y + 1, x),
                    middle > high(y - 1, x)
                else { continue }
                found.append(Peak(x: x, y: y, height: Double(middle)))
            }
        }
        let highest = descending(found.map(\.height)).prefix(Self.mostPeaks)
        let ordered = highest.map { found[$0] }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        let reach = people.radius / (spec.stride.min() ?? 1)
        return ordered.reduce(into: []) { stay, one in
            let free = stay.allSatisfy { hypot(Double(one.x - $0.x), Double(one.y - $0.y)) >= reach }
            if free { stay.append(one) }
        }
    }

    /// Pairs of peaks whose field fits, best first, each peak once.
    private func limbs(
        _ a: [Peak], _ b: [Peak], _ fields: Planes, _ across: Int, _ down: Int
    ) -> [(Int, Int, Double)] {
        var pairs: [(Int, Int, Double)] = []
        for (j, end) in b.enumerated() {
            for (i, start) in a.enumerated() {
                if let score = fit(start, end, fields, across, down) { pairs.append((i, j, score)) }
            }
        }
        var (starts, ends): (Set<Int>, Set<Int>) = ([], [])
        return descending(pairs.map(\.2)).compactMap { place in
            let (i, j, _) = pairs[place]
            guard !starts.contains(i), !ends.contains(j) else { return nil }
            starts.insert(i)
            ends.insert(j)
            return pairs[place]
        }
    }

    /// Mean of the field along a limb, over the points where it fits; nil where too few do.
    private func fit(
        _ start: Peak, _ end: Peak, _ fields: Planes, _ across: Int, _ down: Int
    ) -> Double? {
        let (dx, dy) = (Double(end.x - start.x), Double(end.y - start.y))
        let length = (dx * dx + dy * dy).squareRoot() + 1e-6
        let (ux, uy) = (dx / length, dy / length)
        var (sum, count) = (0.0, 0)
        for point in 0..<Self.points {
            let share = Double(point) / Double(Self.points - 1)
            let x = Int((Double(start.x) + dx * share).rounded(.toNearestOrEven))
            let y = Int((Double(start.y) + dy * share).rounded(.toNearestOrEven))
            let along = Double(fields[across, y, x]) * ux + Double(fields[down, y, x]) * uy
            guard along > Self.least else { continue }
            sum += along
            count += 1
        }
        let score = sum / (Double(count) + 1e-6)
        let share = Double(count) / Double(Self.points)
        return score > 0 && share > Self.fitting ? score : nil
    }
}
