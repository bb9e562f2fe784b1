import Foundation

extension PeopleDecoder {
    /// Peaks in order of score, each the root of a person unless one has it already.
    func posenet(_ outputs: [String: Tensor]) throws -> [Person] {
        let reading = try Displacements(self, outputs)
        let square = people.radius * people.radius
        var found: [(position: [[Double]], score: [Double], person: Double)] = []
        func far(_ one: [Double], _ other: [Double]) -> Bool {
            let (x, y) = (one[0] - other[0], one[1] - other[1])
            return !(x * x + y * y <= square)
        }
        for root in reading.roots {
            let place = reading.place(root.channel, root.y, root.x)
            guard found.allSatisfy({ far($0.position[root.channel], place) }) else { continue }
            let (position, score) = reading.person(root.channel, root.y, root.x)
            let free = (0..<spec.joints).filter { joint in
                found.allSatisfy { far($0.position[joint], position[joint]) }
            }
            let person = free.reduce(0) { $0 + score[$1] } / Double(spec.joints)
            if person > people.score { found.append((position, score, person)) }
            if found.count == people.limit { break }
        }
        return found.map { Person(around: $0.position, score: $0.score, person: $0.person) }
    }
}

/// The maps of one picture, read at cells.
private struct Displacements {
    let decoder: PeopleDecoder
    let maps, offset, forward, backward: Planes

    init(_ decoder: PeopleDecoder, _ outputs: [String: Tensor]) throws {
        let (spec, people) = (decoder.spec, decoder.people)
        self.decoder = decoder
        maps = try decoder.planes(
            spec.heatmap, channels: spec.joints + spec.background, in: outputs)
        offset = try decoder.planes(spec.offset, channels: 2 * spec.joints, in: outputs)
        let edges = 2 * people.limbs.count
        forward = try decoder.planes(people.outputs[0], channels: edges, in: outputs)
        backward = try decoder.planes(people.outputs[1], channels: edges, in: outputs)
    }

    var roots: [(channel: Int, y: Int, x: Int)] {
        let least = decoder.people.jointScore
        let logit = decoder.spec.activation == .logit && least < 1
        let bound = Float(logit ? log(least) - log1p(-least) : least)
        return maps.peaks(channels: decoder.spec.joints) { $0 >= bound }
    }

    /// A joint's cell with its offset, in pixels.
    func place(_ joint: Int, _ y: Int, _ x: Int) -> [Double] {
        let geometry = decoder.geometry
        let read = two(offset, joint, of: decoder.spec.joints, y, x)
        let cell = [Double(x), Double(y)]
        return [0, 1].map { axis in
            let corner: Double = geometry.origin[axis] + geometry.step[axis] * cell[axis]
            return corner + read[axis]
        }
    }

    private func two(_ maps: Planes, _ index: Int, of count: Int, _ y: Int, _ x: Int) -> [Double] {
        let read = [Double(maps[index, y, x]), Double(maps[count + index, y, x])]
        return decoder.spec.offsetOrder == "yx" ? read.reversed() : read
    }

    private func score(_ joint: Int, _ y: Int, _ x: Int) -> Double {
        let value = Double(maps[joint, y, x])
        let found = decoder.spec.activation == .logit ? decoder.sigmoid(value) : value
        return found > 0 ? found : 0
    }

    /// Follows the displacements from a root.
    func person(_ root: Int, _ y: Int, _ x: Int) -> ([[Double]], [Double]) {
        let joints = decoder.spec.joints
        var position = [[Double]](repeating: [.nan, .nan], count: joints)
        var found = [Double](repeating: 0, count: joints)
        position[root] = place(root, y, x)
        found[root] = score(root, y, x)
        let limbs = decoder.people.limbs
        func follow(_ field: Planes, _ edge: Int, from source: Int, to target: Int) {
            guard found[source] > 0, found[target] == 0 else { return }
            let at = cell(position[source])
            let way = two(field, edge, of: limbs.count, at.y, at.x)
            let there = cell([position[source][0] + way[0], position[source][1] + way[1]])
            position[target] = place(target, there.y, there.x)
            found[target] = score(target, there.y, there.x)
        }
        for edge in limbs.indices.reversed() {
            follow(backward, edge, from: limbs[edge][1], to: limbs[edge][0])
        }
        for edge in limbs.indices { follow(forward, edge, from: limbs[edge][0], to: limbs[edge][1]) }
        return (position, found)
    }

    /// The nearest cell, halves to even; that of no number is the first.
    private func cell(_ position: [Double]) -> (x: Int, y: Int) {
        let sides = [maps.width, maps.height]
        let index = [0, 1].map { axis -> Int in
            let at = (position[axis] - decoder.geometry.origin[axis]) / decoder.geometry.step[axis]
            guard !at.isNaN else { return 0 }
            let whole = at.rounded(.toNearestOrEven)
            return Int(min(max(whole, 0), Double(sides[axis] - 1)))
        }
        return (index[0], index[1])
    }
}
