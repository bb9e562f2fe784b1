/// Element types that Core ML hands out.
public enum ElementType: String, CaseIterable, Sendable {
    case float16, float32, float64

    public var size: Int {
        switch self {
        case .float16: 2
        case .float32: 4
        case .float64: 8
        }
    }
}

/// Copy an array whose rows may be padded into one without gaps.
///
/// The Neural Engine stores rows of 200 with a stride of 224; read as contiguous they are noise.
/// - Parameters:
///   - bytes: From the first element to behind the last one.
///   - shape: Sides, slowest first.
///   - strides: Elements from one index to the next, per axis; an axis of one side may have any.
/// - Throws: ``Refusal`` where shape and strides do not fit each other or lead out of `bytes`.
public func denseTensor(
    from bytes: UnsafeRawBufferPointer, type: ElementType, shape: [Int], strides: [Int]
) throws -> Tensor {
    let count = try checkedCount(bytes, type: type, shape: shape, strides: strides)
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        switch type {
        case .float16: fill(buffer, from: bytes, shape, strides) { Float(Float16(bitPattern: $0)) }
        case .float32: fill(buffer, from: bytes, shape, strides) { Float(bitPattern: $0) }
        case .float64: fill(buffer, from: bytes, shape, strides) { Float(Double(bitPattern: $0)) }
        }
        filled = count
    }
    return try Tensor(shape: shape, values: values)
}

private func checkedCount(
    _ bytes: UnsafeRawBufferPointer, type: ElementType, shape: [Int], strides: [Int]
) throws -> Int {
    func refusal(_ problem: String) -> Refusal {
        Refusal("strided copy: shape \(shape), strides \(strides), \(type.rawValue): \(problem)")
    }
    guard shape.count == strides.count else { throw refusal("not one stride per side.") }
    guard let count = elementCount(shape), count > 0 else { throw refusal("no elements.") }
    var last = 0
    for (side, stride) in zip(shape, strides) where side > 1 {
        let (reach, tooFar) = (side - 1).multipliedReportingOverflow(by: stride)
        let (sum, overflow) = last.addingReportingOverflow(reach)
        guard stride >= 0, !tooFar, !overflow else { throw refusal("a stride is out of range.") }
        last = sum
    }
    guard last < bytes.count / type.size else {
        throw refusal("reaches element \(last) of \(bytes.count / type.size).")
    }
    return count
}

/// Copy row by row: the innermost axis in a plain loop, the others as an odometer.
private func fill<Bits: FixedWidthInteger>(
    _ buffer: UnsafeMutableBufferPointer<Float>, from bytes: UnsafeRawBufferPointer,
    _ shape: [Int], _ strides: [Int], value: (Bits) -> Float
) {
    let size = MemoryLayout<Bits>.size
    let width = shape.last ?? 1
    let stride = strides.last ?? 1
    var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
    var row = 0
    for start in Swift.stride(from: 0, to: buffer.count, by: width) {
        for column in 0..<width {
            let place = (row + (width > 1 ? column * stride : 0)) * size
            buffer[start + column] = value(
                Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Bits.self)))
        }
        for axis in index.indices.reversed() {
            index[axis] += 1
            row += shape[axis] > 1 ? strides[axis] : 0
            if index[axis] < shape[axis] { break }
            row -= shape[axis] > 1 ? shape[axis] * strides[axis] : 0
            index[axis] = 0
        }
    }
}
