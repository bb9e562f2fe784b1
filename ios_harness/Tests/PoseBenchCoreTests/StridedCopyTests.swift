import XCTest

@testable import PoseBenchCore

final class StridedCopyTests: XCTestCase {
    /// 2 x 3 rows of 14 columns, padded to 32 a row and 100 a plane.
    private let shape = [2, 3, 14]
    private let strides = [100, 32, 1]

    private func expected(_ plane: Int, _ row: Int, _ column: Int) -> Float {
        Float(plane * 1000 + row * 100 + column) / 8 - 40
    }

    private func copied<Element>(
        _ type: ElementType, _ padding: Element, _ make: (Float) -> Element
    )
        throws -> Tensor
    {
        var stored = [Element](repeating: padding, count: 200)
        for plane in 0..<2 {
            for row in 0..<3 {
                for column in 0..<14 {
                    stored[plane * 100 + row * 32 + column] = make(expected(plane, row, column))
                }
            }
        }
        return try stored.withUnsafeBytes {
            try denseTensor(from: $0, type: type, shape: shape, strides: strides)
        }
    }

    private func check(_ tensor: Tensor) {
        XCTAssertEqual(tensor.shape, shape)
        let all = (0..<2).flatMap { plane in
            (0..<3).flatMap { row in (0..<14).map { expected(plane, row, $0) } }
        }
        XCTAssertEqual(tensor.values, all)
    }

    func testPaddedRowsComeOutWithoutTheirPadding() throws {
        check(try copied(.float16, Float16.nan) { Float16($0) })
        check(try copied(.float32, Float.nan) { $0 })
        check(try copied(.float64, Double.nan) { Double($0) })
    }

    func testAxesMayBeStoredInAnotherOrder() throws {
        let stored: [Float] = [0, 3, 1, 4, 2, 5]  // (2, 3) with the first axis fastest
        let tensor = try stored.withUnsafeBytes {
            try denseTensor(from: $0, type: .float32, shape: [2, 3], strides: [1, 2])
        }
        XCTAssertEqual(tensor.values, [0, 1, 2, 3, 4, 5])
    }

    func testAnAxisOfOneMayHaveAnyStride() throws {
        let stored: [Float] = [7, 8]
        let tensor = try stored.withUnsafeBytes {
            try denseTensor(from: $0, type: .float32, shape: [1, 2, 1], strides: [999, 1, 999])
        }
        XCTAssertEqual(tensor.values, [7, 8])
    }

    func testNaNAndInfinityAreCopiedAsTheyAre() throws {
        let stored: [Float16] = [.nan, .infinity, -.infinity, -0.0]
        let tensor = try stored.withUnsafeBytes {
            try denseTensor(from: $0, type: .float16, shape: [4], strides: [1])
        }
        XCTAssertTrue(tensor.values[0].isNaN)
        XCTAssertEqual(Array(tensor.values[1...]), [.infinity, -.infinity, 0])
        XCTAssertEqual(tensor.values[3].sign, .minus)
    }

    func testNothingIsReadBehindTheEnd() {
        let stored: [Float] = [1, 2, 3, 4]
        let wrong: [([Int], [Int])] = [
            ([5], [1]), ([2, 2], [3, 1]), ([2], [4]), ([2, 2], [-2, 1]), ([2], [1, 1]),
            ([0], [1]), ([-1], [1]), ([2, 2], [Int.max, 1]), ([Int.max, 4], [0, 1]),
        ]
        for (shape, strides) in wrong {
            XCTAssertThrowsError(
                try stored.withUnsafeBytes {
                    try denseTensor(from: $0, type: .float32, shape: shape, strides: strides)
                }, "\(shape) \(strides)")
        }
    }
}
