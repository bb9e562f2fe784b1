import Foundation

/// One person of a picture.
public struct Person: Equatable, Sendable {
    /// x, y in input pixels from the top left corner, one per joint; NaN where it is absent.
    public var position: [[Double]]
    /// Of each joint, 0 where it is absent.
    public var score: [Double]
    /// Of the person.
    public var person: Double
    /// x1, y1, x2, y2 in input pixels; NaN around nobody.
    public var box: [Double]

    /// Joints without a score or a place are absent; the box goes around the others.
    init(around position: [[Double]], score: [Double], person: Double) {
        let present = zip(position, score).map { $1 > 0 && $0.allSatisfy(\.isFinite) }
        self.position = zip(position, present).map { $1 ? $0 : [.nan, .nan] }
        self.score = zip(score, present).map { $1 ? $0 : 0 }
        self.person = person
        box = boxAround(self.position)
    }

    init(position: [[Double]], score: [Double], person: Double, box: [Double]) {
        (self.position, self.score, self.person, self.box) = (position, score, person, box)
    }
}

func boxAround(_ position: [[Double]]) -> [Double] {
    let known = position.filter { !$0[0].isNaN && !$0[1].isNaN }
    guard let first = known.first else { return [.nan, .nan, .nan, .nan] }
    return known.reduce(first + first) {
        [min($0[0], $1[0]), min($0[1], $1[1]), max($0[2], $1[0]), max($0[3], $1[1])]
    }
}

/// Everybody in a picture, as `poseconvert.decoding.decode_people` finds them.
public struct PeopleDecoder: Sendable {
    public let spec: DecodeSpec
    let people: PeopleSpec
    let geometry: Geometry
    let single: PoseDecoder

    /// - Throws: ``Refusal`` where the spec is impossible, or of one person.
    public init(_ spec: DecodeSpec) throws {
        single = try PoseDecoder(spec)
        guard let people = spec.people else {
            throw Refusal("decode spec: it is of one person. Use PoseDecoder.")
        }
        (self.spec, self.people, geometry) = (spec, people, single.geometry)
    }

    /// - Parameter outputs: By name, of one picture, with or without a batch axis of 1.
    /// - Returns: People, best first; nobody is no error.
    /// - Throws: ``Refusal`` where an output is missing or of another shape.
    public func decode(_ outputs: [String: Tensor]) throws -> [Person] {
        switch people.method {
        case .rows: return try rows(outputs)
        case .movenet: return try movenet(outputs)
        case .centernet: return try centernet(outputs)
        case .posenet: return try posenet(outputs)
        case .openpose: return try openpose(outputs)
        }
    }

    /// The best person as a pose: cell 0 where a joint is present.
    func best(_ outputs: [String: Tensor]) throws -> Pose {
        let absent = [Double](repeating: .nan, count: 2)
        guard let first = try decode(outputs).first else {
            return Pose(
                position: [[Double]](repeating: absent, count: spec.joints),
                score: [Double](repeating: 0, count: spec.joints),
                cell: [Int](repeating: -1, count: spec.joints))
        }
        let cell = first.score.map { $0 > 0 ? 0 : -1 }
        return Pose(position: first.position, score: first.score, cell: cell)
    }

    func planes(_ name: String?, channels: Int, in outputs: [String: Tensor]) throws -> Planes {
        let tensor = try single.named(name, in: outputs)
        try single.require(tensor, [[channels] + spec.grid], name: name)
        return Planes(values: tensor.values, height: spec.grid[0], width: spec.grid[1])
    }

    func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}

/// Maps of one picture, channels first.
struct Planes {
    let values: [Float]
    let height: Int
    let width: Int

    subscript(channel: Int, y: Int, x: Int) -> Float {
        values[(channel * height + y) * width + x]
    }

    /// Cells as high as the eight around them and above `least`, best first, then in their order.
    func peaks(channels: Int, where high: (Float) -> Bool) -> [(channel: Int, y: Int, x: Int)] {
        var found: [(channel: Int, y: Int, x: Int)] = []
        for channel in 0..<channels {
            for y in 0..<height {
                for x in 0..<width where high(self[channel, y, x]) && isPeak(channel, y, x) {
                    found.append((channel, y, x))
                }
            }
        }
        return found.enumerated().sorted { one, two in
            let (a, b) = (one.element, two.element)
            let (first, second) = (self[a.channel, a.y, a.x], self[b.channel, b.y, b.x])
            return first != second ? first > second : one.offset < two.offset
        }.map(\.element)
    }

    private func isPeak(_ channel: Int, _ y: Int, _ x: Int) -> Bool {
        let height = self[channel, y, x]
        for row in max(y - 1, 0)...min(y + 1, self.height - 1) {
            for column in max(x - 1, 0)...min(x + 1, width - 1)
            where self[channel, row, column] > height {
                return false
            }
        }
        return true
    }
}
