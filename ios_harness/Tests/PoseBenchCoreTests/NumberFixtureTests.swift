import XCTest

@testable import PoseBenchCore

final class NumberFixtureTests: XCTestCase {
    func testPercentilesAreNumpys() throws {
        struct Question: Decodable {
            let samples: Packed
            let shares: [Double]
        }
        struct Answer: Decodable { let values: Packed }
        for (index, fixture) in try Fixture<Question, Answer>.all("percentile").enumerated() {
            let found = fixture.ask.shares.map { percentile($0, of: fixture.ask.samples.doubles) }
            assertNear(found.map { $0 ?? .nan }, fixture.expect.values.doubles, "case \(index)")
        }
    }

    func testTensorDriftIsPythons() throws {
        struct Question: Decodable { let reference, candidate: Packed }
        struct Answer: Decodable {
            let elements: Int
            let non_finite: Int
            let worst: Int
            let numbers: Packed
        }
        for (index, fixture) in try Fixture<Question, Answer>.all("drift").enumerated() {
            let found = TensorDrift(
                reference: fixture.ask.reference.floats, candidate: fixture.ask.candidate.floats)
            XCTAssertEqual(found.elements, fixture.expect.elements, "case \(index)")
            XCTAssertEqual(found.nonFinite, fixture.expect.non_finite, "case \(index)")
            XCTAssertEqual(found.worst, fixture.expect.worst, "case \(index)")
            assertNear(
                [found.maxAbs, found.meanAbs, found.relative, found.psnr],
                fixture.expect.numbers.doubles, "case \(index)")
        }
    }

    func testStridedCopiesAreNumpys() throws {
        struct Question: Decodable {
            let shape: [Int]
            let strides: [Int]
            let stored: Packed
        }
        struct Answer: Decodable { let values: Packed }
        var padded = 0
        for (index, fixture) in try Fixture<Question, Answer>.all("strided").enumerated() {
            let ask = fixture.ask
            let type = try XCTUnwrap(ElementType(rawValue: ask.stored.dtype))
            let found = try ask.stored.bytes.withUnsafeBytes {
                try denseTensor(from: $0, type: type, shape: ask.shape, strides: ask.strides)
            }
            XCTAssertEqual(found.shape, fixture.expect.values.shape)
            let pairs = zip(found.values, fixture.expect.values.floats)
            XCTAssertTrue(
                pairs.allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "case \(index)")
            padded += ask.stored.shape[0] > found.values.count ? 1 : 0
        }
        XCTAssertGreaterThan(padded, 10)
    }

    func testSmoothingIsTheFormulas() throws {
        struct Question: Decodable {
            let path: Packed
            let motion, measurement, past: Double
            let filters: Int
        }
        struct Answer: Decodable { let path: Packed }
        for (index, fixture) in try Fixture<Question, Answer>.all("smoothing").enumerated() {
            var settings = JointFilter.Settings()
            settings.motion = fixture.ask.motion
            settings.measurement = fixture.ask.measurement
            settings.past = fixture.ask.past
            settings.filters = fixture.ask.filters
            var filter = JointFilter(settings)
            let found = fixture.ask.path.rows.map { filter.smooth($0) }
            assertNear(
                found.flatMap { $0 }, fixture.expect.path.doubles, "case \(index)")
        }
    }
}
