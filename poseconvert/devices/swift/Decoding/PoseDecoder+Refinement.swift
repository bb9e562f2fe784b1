import Foundation

extension PoseDecoder {
    /// Peak cell plus the offset read at it.
    func byOffset(_ offset: [Float], joint: Int, cell: Int) -> [Double] {
        let corner = geometry.position(of: cell)
        return (0..<spec.dims).map { axis in
            let channel =
                spec.interleaved == true
                ? joint * spec.dims + geometry.block[axis]
                : geometry.block[axis] * spec.joints + joint
            let read = Double(offset[channel * spec.cells + cell])
            return read * geometry.scale[axis] + corner[axis]
        }
    }

    /// Peak cell, a quarter cell toward the larger neighbour where `1 < x < W-1` and y alike.
    func byQuarterCell(_ map: UnsafeBufferPointer<Float>, cell: Int) -> [Double] {
        let (width, height) = (geometry.sides[0], geometry.sides[1])
        let (x, y) = (cell % width, cell / width)
        let corner = geometry.position(of: cell)
        guard x > 1, x < width - 1, y > 1, y < height - 1 else { return corner }
        return zip([1, width], 0...).map { step, axis in
            let (after, before) = (map[cell + step], map[cell - step])
            // Two comparisons and not a sign: a NaN neighbour moves nothing.
            let toward = (after > before ? 0.25 : 0) - (before > after ? 0.25 : 0)
            return corner[axis] + toward * geometry.step[axis]
        }
    }

    /// Mean cell position under the softmax of the map, and the largest weight as score.
    func byExpectation(_ map: UnsafeBufferPointer<Float>) -> ([Double], Double) {
        let largest = map.reduce(-Float.infinity) { $1 > $0 ? $1 : $0 }
        var total = 0.0
        var sum = SIMD3<Double>()
        for (cell, value) in map.enumerated() {
            let logit = value.isNaN ? -Double.infinity : Double(value)
            let weight = exp(logit - Double(largest))
            let index = geometry.index(of: cell)
            total += weight
            sum += weight * SIMD3(Double(index.x), Double(index.y), Double(index.z))
        }
        // A map of -inf only, or with inf in it, has no softmax: NaN, so the joint is absent.
        return (geometry.position(at: sum / total), 1 / total)
    }
}
