import Foundation

extension PeopleDecoder {
    private static let near = 1.8
    private static let furthest = 0.3

    /// The person in the middle: centre, expected joints, peaks near these, offsets.
    func movenet(_ outputs: [String: Tensor]) throws -> [Person] {
        let centres = try planes(people.outputs[0], channels: 1, in: outputs)
        let expected = try planes(people.outputs[1], channels: 2 * spec.joints, in: outputs)
        let maps = try planes(spec.heatmap, channels: spec.joints + spec.background, in: outputs)
        let (height, width) = (spec.grid[0], spec.grid[1])
        let (cy, cx) = highest { y, x in
            Double(centres[0, y, x])
                / (hypot(Double(y - height / 2), Double(x - width / 2)) + Self.near)
        }
        let centre = Double(centres[0, cy, cx])
        guard centre > people.score else { return [] }
        var (position, score): ([[Double]], [Double]) = ([], [])
        for joint in 0..<spec.joints {
            let across = cut(expected[2 * joint, cy, cx]) + Double(cx)
            let down = cut(expected[2 * joint + 1, cy, cx]) + Double(cy)
            func known(_ y: Int, _ x: Int) -> Double {
                let value = maps[joint, y, x]
                return value >= Float(people.jointScore) ? Double(value) : 0
            }
            let (y, x) = highest { y, x in
                known(y, x) / (hypot(Double(x) - across, Double(y) - down) + Self.near)
            }
            position.append(try withOffset(outputs, joint: joint, y: y, x: x))
            score.append(known(y, x))
        }
        return [Person(around: position, score: score, person: centre)]
    }

    /// A half more, cut toward zero; what is not finite lies outside the picture.
    private func cut(_ value: Float) -> Double {
        let more = value + 0.5
        guard more.isFinite else { return more > 0 ? 1e6 : -1e6 }
        return Double(more).rounded(.towardZero)
    }

    private func highest(_ value: (Int, Int) -> Double) -> (Int, Int) {
        var (best, largest) = ((0, 0), -Double.infinity)
        for y in 0..<spec.grid[0] {
            for x in 0..<spec.grid[1] {
                let found = value(y, x)
                if found > largest { (best, largest) = ((y, x), found) }
            }
        }
        return best
    }

    /// A joint's cell with the offset read there, in pixels.
    func withOffset(_ outputs: [String: Tensor], joint: Int, y: Int, x: Int) throws -> [Double] {
        let tensor = try single.named(spec.offset, in: outputs)
        let channels = tensor.shape.count == 4 ? tensor.shape[1] : tensor.shape.first ?? 0
        let shared = channels == 2  // one offset for all joints
        let offset = try planes(spec.offset, channels: shared ? 2 : 2 * spec.joints, in: outputs)
        let first = shared ? 0 : spec.interleaved == true ? 2 * joint : joint
        var places = [first, first + (shared || spec.interleaved == true ? 1 : spec.joints)]
        if spec.offsetOrder == "yx" { places.reverse() }
        let corner = geometry.position(of: y * spec.grid[1] + x)
        return [0, 1].map { corner[$0] + geometry.scale[$0] * Double(offset[places[$0], y, x]) }
    }

    /// A person per centre; each joint is the peak nearest to where the centre expects it.
    func centernet(_ outputs: [String: Tensor]) throws -> [Person] {
        let names = people.outputs
        let centres = try planes(names[0], channels: 1, in: outputs)
        let sizes = try planes(names[1], channels: 2, in: outputs)
        let expected = try planes(names[2], channels: 2 * spec.joints, in: outputs)
        let offsets = try planes(names[3], channels: 2, in: outputs)
        let maps = try planes(spec.heatmap, channels: spec.joints + spec.background, in: outputs)
        let found = centres.peaks(channels: 1) { isAbove($0, people.score) }.prefix(people.limit)
        guard !found.isEmpty else { return [] }
        var peaks = [[(place: [Double], height: Double)]](repeating: [], count: spec.joints)
        for one in maps.peaks(channels: spec.joints, where: { isAbove($0, people.jointScore) })
        where peaks[one.channel].count < people.limit {
            let place = try withOffset(outputs, joint: one.channel, y: one.y, x: one.x)
            let cell = [0, 1].map { (place[$0] - geometry.origin[$0]) / geometry.step[$0] }
            peaks[one.channel].append((cell, height(maps[one.channel, one.y, one.x])))
        }
        return found.map { _, y, x in
            let person = height(centres[0, y, x])
            let cell = [Double(x), Double(y)]
            let middle = [0, 1].map { cell[$0] + Double(offsets[$0, y, x]) }
            let half = [0, 1].map { Double(sizes[$0, y, x]) / 2 }
            let box = [
                middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1],
            ]
            let joints = (0..<spec.joints).map { joint -> ([Double], Double) in
                let there = [0, 1].map { cell[$0] + Double(expected[2 * joint + $0, y, x]) }
                return nearest(peaks[joint], to: there, in: box) ?? (there, person)
            }
            return Person(
                position: joints.map { inPixels($0.0) }, score: joints.map(\.1), person: person,
                box: inPixels([box[0], box[1]]) + inPixels([box[2], box[3]]))
        }
    }

    private func isAbove(_ value: Float, _ least: Double) -> Bool {
        spec.activation == .logit ? sigmoid(Double(value)) > least : value > Float(least)
    }

    private func height(_ value: Float) -> Double {
        spec.activation == .logit ? sigmoid(Double(value)) : Double(value)
    }

    private func inPixels(_ cell: [Double]) -> [Double] {
        [0, 1].map { geometry.origin[$0] + geometry.step[$0] * cell[$0] }
    }

    private func nearest(
        _ peaks: [(place: [Double], height: Double)], to there: [Double], in box: [Double]
    ) -> ([Double], Double)? {
        func away(_ place: [Double]) -> Double {
            let (x, y) = (there[0] - place[0], there[1] - place[1])
            return (x * x + y * y).squareRoot()
        }
        guard let best = peaks.min(by: { away($0.place) < away($1.place) }) else { return nil }
        let side = max(box[2] - box[0], box[3] - box[1]) * Self.furthest
        let inside =
            best.place[0] >= box[0] && best.place[1] >= box[1] && best.place[0] <= box[2]
            && best.place[1] <= box[3]
        return inside && away(best.place) <= side ? (best.place, best.height) : nil
    }
}
