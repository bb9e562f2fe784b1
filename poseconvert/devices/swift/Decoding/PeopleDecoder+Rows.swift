import Foundation

extension PeopleDecoder {
    private static let cut = 100.0

    /// A person per row of one tensor that scores above the limit, then suppression.
    func rows(_ outputs: [String: Tensor]) throws -> [Person] {
        let table = try Rows(single.named(spec.offset, in: outputs), spec: spec, row: people.row)
        let anchors = anchorMiddles()
        if !anchors.isEmpty, anchors.count != table.count {
            throw Refusal(
                "output \"\(spec.offset ?? "")\": \(table.count) rows, the anchors of input "
                    + "\(spec.size) are \(anchors.count). Correct the anchors or the input size.")
        }
        let scores = try scores(outputs, table)
        let chosen = scores.indices.filter { scores[$0] > people.score }
        let found = chosen.map { person(table, $0, scores[$0], anchors) }
        let best = found.map(\.person)
        switch people.suppression {
        case .none: return descending(best).prefix(people.limit).map { found[$0] }
        case .oks:
            return kept(best, over: people.overlap, limit: people.limit) {
                oksOverlap(found[$0], found[$1])
            }.map { found[$0.best] }
        case .box, .blend:
            let groups = kept(best, over: people.overlap, limit: people.limit) {
                boxOverlap(found[$0].box, found[$1].box)
            }
            if people.suppression == .box { return groups.map { found[$0.best] } }
            return groups.map { blended($0.same.map { found[$0] }) }
        }
    }

    private func scores(_ outputs: [String: Tensor], _ table: Rows) throws -> [Double] {
        let raw: [Float]
        if let name = people.outputs.first {
            raw = try single.named(name, in: outputs).values
            guard raw.count == table.count else {
                throw Refusal(
                    "output \"\(name)\": \(raw.count) scores for \(table.count) rows. "
                        + "Use the decode spec of this network.")
            }
        } else {
            let places = table.places["score"] ?? []
            raw = (0..<table.count).map { row in
                places.reduce(Float.nan) { best, place in
                    let value = table[place, row]
                    return best.isNaN || value > best ? value : best
                }
            }
        }
        guard spec.activation == .logit else { return raw.map(Double.init) }
        return raw.map {
            $0.isNaN ? .nan : sigmoid(min(max(Double($0), -Self.cut), Self.cut))
        }
    }

    private func person(
        _ table: Rows, _ row: Int, _ score: Double, _ anchors: [[Double]]
    ) -> Person {
        let each = spec.numbers.count
        let first = table.places["keypoints"]?.first ?? 0
        let joints = (0..<spec.joints).map { joint in
            single.numbers { table[first + joint * each + $0, row] }
        }
        let position = joints.map(\.0)
        let own = joints.map(\.1)
        let unit = spec.offsetUnit == .image ? [Double(spec.size[1]), Double(spec.size[0])] : [1, 1]
        func read(_ word: String, _ axis: Int) -> Double? {
            table.places[word]?.first.map { Double(table[$0, row]) * unit[axis] }
        }
        var box = boxAround(position)
        if let x = read("cx", 0), let y = read("cy", 1), let w = read("w", 0), let h = read("h", 1) {
            box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
        } else if let left = read("x1", 0), let top = read("y1", 1), let right = read("x2", 0),
            let bottom = read("y2", 1)
        {
            box = [left, top, right, bottom]
        }
        guard !anchors.isEmpty else {
            return Person(position: position, score: own, person: score, box: box)
        }
        let anchor = anchors[row]
        return Person(
            position: position.map { [$0[0] + anchor[0], $0[1] + anchor[1]] }, score: own,
            person: score, box: zip(box, anchor + anchor).map { $0 + $1 })
    }

    /// Middle of each anchor's cell in pixels: grids in turn, row by row.
    private func anchorMiddles() -> [[Double]] {
        let (height, width) = (spec.size[0], spec.size[1])
        return people.anchors.flatMap { entry -> [[Double]] in
            let (rows, columns) = ((height - 1) / entry[0] + 1, (width - 1) / entry[0] + 1)
            return (0..<rows * columns).flatMap { cell -> [[Double]] in
                let x = (Double(cell % columns) + 0.5) / Double(columns) * Double(width)
                let y = (Double(cell / columns) + 0.5) / Double(rows) * Double(height)
                return [[Double]](repeating: [x, y], count: entry[1])
            }
        }
    }

    /// The mean of some people, weighted by score.
    private func blended(_ same: [Person]) -> Person {
        let total = same.reduce(0) { $0 + $1.person }
        func mean(_ value: (Person) -> Double) -> Double {
            same.reduce(0) { $0 + value($1) * $1.person } / total
        }
        return Person(
            position: (0..<spec.joints).map { joint in
                [0, 1].map { axis in mean { $0.position[joint][axis] } }
            },
            score: (0..<spec.joints).map { joint in mean { $0.score[joint] } },
            person: total / Double(same.count), box: (0..<4).map { side in mean { $0.box[side] } })
    }
}

/// Rows of numbers, whichever way round the tensor is.
struct Rows {
    /// Where each word of a row stands.
    let places: [String: [Int]]
    let count: Int
    private let values: [Float]
    private let steps: (number: Int, row: Int)

    init(_ tensor: Tensor, spec: DecodeSpec, row: [String]) throws {
        var places: [String: [Int]] = [:]
        var width = 0
        for word in row {
            let step = word == "keypoints" ? spec.joints * spec.numbers.count : 1
            places[word, default: []] += Array(width..<width + step)
            width += step
        }
        let batched = tensor.shape.count == 3 && tensor.shape[0] == 1
        let shape = batched ? Array(tensor.shape[1...]) : tensor.shape
        guard shape.count == 2, shape.contains(width) else {
            throw Refusal(
                "output \"\(spec.offset ?? "")\": shape \(tensor.shape) holds no rows of \(width) "
                    + "numbers. Use the decode spec of this network.")
        }
        let upright = shape[0] == width
        (self.places, values) = (places, tensor.values)
        count = upright ? shape[1] : shape[0]
        steps = upright ? (shape[1], 1) : (1, shape[1])
    }

    subscript(number: Int, row: Int) -> Float { values[number * steps.number + row * steps.row] }
}
