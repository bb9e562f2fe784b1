/// Numbers in row-major order with their shape.
public struct Tensor: Equatable, Sendable {
    public let shape: [Int]
    public let values: [Float]

    /// - Throws: ``Refusal`` where the values do not fill the shape.
    public init(shape: [Int], values: [Float]) throws {
        guard elementCount(shape) == values.count else {
            throw Refusal("tensor: \(values.count) values do not fill shape \(shape).")
        }
        self.shape = shape
        self.values = values
    }
}

/// Product of the sides; nil where one is negative or the product is no Int.
func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for side in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: side)
        guard side >= 0, !overflow else { return nil }
        count = product
    }
    return count
}
