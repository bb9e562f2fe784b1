/// `position = origin + step * index + scale * offset` in pixels, per axis x, y(, z).
struct Geometry {
    let origin: [Double]
    let step: [Double]
    let scale: [Double]
    /// Each axis's block of offset channels.
    let block: [Int]
    /// Grid with the fastest side first: W, H(, D).
    let sides: [Int]

    init(_ spec: DecodeSpec) {
        let height = Double(spec.size[0])
        let width = Double(spec.size[1])
        let upward = spec.frame == .centredYUp
        let sign = upward ? [1.0, -1, 1] : [1, 1, 1]
        let shift = upward ? [-width / 2, height / 2, 0] : [0, 0, 0]
        let stride = Array(spec.stride.reversed())
        let picture = [width, height, width]
        let axes = 0..<spec.dims
        step = axes.map { sign[$0] * stride[$0] }
        origin = axes.map { axis in
            shift[axis] + sign[axis] * stride[axis] * (spec.centre - (axis == 2 ? spec.zZero : 0))
        }
        scale = axes.map { axis in
            switch spec.offsetUnit {
            case .pixel: sign[axis] * spec.offsetScale
            case .cell: sign[axis] * stride[axis] * spec.offsetScale
            case .image: sign[axis] * picture[axis] * spec.offsetScale
            }
        }
        let order = Array(spec.offsetOrder)
        block = "xyz".prefix(spec.dims).map { order.firstIndex(of: $0) ?? 0 }
        sides = spec.grid.reversed()
    }

    /// Index along x, y and z of a flat index in z, y, x order.
    func index(of cell: Int) -> SIMD3<Int> {
        let row = cell / sides[0]
        return SIMD3(cell % sides[0], row % sides[1], row / sides[1])
    }

    /// Where a cell's zero offset points.
    func position(of cell: Int) -> [Double] {
        let index = index(of: cell)
        return position(at: SIMD3(Double(index.x), Double(index.y), Double(index.z)))
    }

    /// The same between cells.
    func position(at index: SIMD3<Double>) -> [Double] {
        origin.indices.map { origin[$0] + step[$0] * index[$0] }
    }
}

extension DecodeSpec {
    /// Positions in pixels from the top left corner, y down, whatever the frame; z is kept.
    public func fromCorner(_ position: [Double]) -> [Double] {
        guard frame == .centredYUp else { return position }
        var moved = position
        moved[0] += Double(size[1]) / 2
        moved[1] = Double(size[0]) / 2 - moved[1]
        return moved
    }
}
