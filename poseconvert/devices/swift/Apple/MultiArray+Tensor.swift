#if canImport(CoreML)
    import CoreML

    extension MLMultiArray {
        /// The numbers without the padding that the Neural Engine may leave between rows.
        public func tensor() throws -> Tensor {
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
                    from: UnsafeRawBufferPointer(bytes), type: type, shape: sides,
                    strides: strides)
            }
        }
    }

    extension MLFeatureProvider {
        /// Outputs by name, dense.
        /// - Throws: ``Refusal`` where one is missing or is no array.
        public func tensors(_ names: some Sequence<String>) throws -> [String: Tensor] {
            var found: [String: Tensor] = [:]
            for name in names {
                guard let array = featureValue(for: name)?.multiArrayValue else {
                    throw Refusal("output \(name): Core ML gave none. Convert again.")
                }
                found[name] = try array.tensor()
            }
            return found
        }
    }
#endif
