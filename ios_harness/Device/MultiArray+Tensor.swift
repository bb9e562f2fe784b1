import CoreML
import PoseBenchCore

extension MLMultiArray {
    /// The numbers without the padding that the Neural Engine may leave between rows.
    func tensor() throws -> Tensor {
        let type: ElementType
        switch dataType {
        case .float16: type = .float16
        case .float32: type = .float32
        case .double: type = .float64
        default: throw Refusal("output: Core ML gave \(dataType), a float type is expected.")
        }
        let sides = shape.map(\.intValue)
        return try withUnsafeMutableBytes { bytes, strides in
            try denseTensor(
                from: UnsafeRawBufferPointer(bytes), type: type, shape: sides, strides: strides)
        }
    }
}
