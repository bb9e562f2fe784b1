import XCTest

@testable import PoseBenchCore

/// Questions that Python drew, with its answers: `ios_harness/scripts/draw_fixtures.py`.
struct Fixture<Ask: Decodable, Expect: Decodable>: Decodable {
    let ask: Ask
    let expect: Expect

    static func all(_ name: String) throws -> [Fixture<Ask, Expect>] {
        let path = fixtureFolder().appendingPathComponent("\(name).json")
        let cases = try JSONDecoder().decode(
            [Fixture<Ask, Expect>].self, from: Data(contentsOf: path))
        XCTAssertGreaterThanOrEqual(cases.count, 20, "\(name): hardly any cases")
        return cases
    }
}

func fixtureFolder() -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures")
}

/// An array as Python packed it: base64 of little-endian numbers.
struct Packed: Decodable {
    let dtype: String
    let shape: [Int]
    let data: Data

    var bytes: [UInt8] { [UInt8](data) }

    var floats: [Float] {
        precondition(dtype == "float32")
        return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    var doubles: [Double] {
        precondition(dtype == "float64")
        return data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    }

    /// Rows of the last axis.
    var rows: [[Double]] {
        let width = shape.last ?? 1
        let all = doubles
        return stride(from: 0, to: all.count, by: width).map { Array(all[$0..<$0 + width]) }
    }

    var tensor: Tensor {
        get throws { try Tensor(shape: shape, values: floats) }
    }
}

/// Within 1e-6, relative where the numbers are above 1; NaN and infinities must be the same.
func assertNear(
    _ found: [Double], _ expected: [Double], _ message: @autoclosure () -> String,
    line: UInt = #line
) {
    XCTAssertEqual(found.count, expected.count, message(), line: line)
    for (one, other) in zip(found, expected) {
        let isSame = one == other || one.isNaN && other.isNaN
        let isNear = abs(one - other) <= 1e-6 * max(1, abs(other)) && other.isFinite
        XCTAssertTrue(isSame || isNear, "\(message()): \(found), expected \(expected)", line: line)
    }
}
