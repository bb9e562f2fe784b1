import XCTest

@testable import PoseBenchCore

final class DecodeFixtureTests: XCTestCase {
    struct Question: Decodable {
        let spec: DecodeSpec
        let outputs: [String: Packed]
    }

    struct Answer: Decodable {
        let position: Packed
        let score: Packed
        let cell: [Int]
        let margin: Packed?
    }

    func testEveryPresetDecodesAsPythonDoes() throws {
        var refinements: Set<String> = []
        for (index, fixture) in try Fixture<Question, Answer>.all("decode").enumerated() {
            let decoder = try PoseDecoder(fixture.ask.spec)
            let outputs = try fixture.ask.outputs.mapValues { try $0.tensor }
            let pose = try decoder.decode(outputs)
            let place = "case \(index), \(fixture.ask.spec.refinement)"
            XCTAssertEqual(pose.cell, fixture.expect.cell, place)
            assertNear(pose.score, fixture.expect.score.doubles, place)
            assertNear(pose.position.flatMap { $0 }, fixture.expect.position.doubles, place)
            if let margin = fixture.expect.margin {
                assertNear(try decoder.margins(outputs, pose: pose), margin.doubles, place)
            }
            refinements.insert(fixture.ask.spec.refinement.rawValue)
        }
        XCTAssertEqual(
            refinements, ["offset", "none", "quarter_cell", "expectation", "regression"])
    }

    func testABatchAxisOfOneChangesNothing() throws {
        for fixture in try Fixture<Question, Answer>.all("decode").prefix(20) {
            let outputs = try fixture.ask.outputs.mapValues {
                try Tensor(shape: [1] + $0.shape, values: $0.floats)
            }
            let pose = try PoseDecoder(fixture.ask.spec).decode(outputs)
            XCTAssertEqual(pose.cell, fixture.expect.cell)
        }
    }

    func testDerivedJointsAreAsPythonHasThem() throws {
        struct Question: Decodable { let position: Packed }
        struct Answer: Decodable { let hip, neck, head, spine: Packed }
        let names = """
            rShldrBend rForearmBend rHand rThumb2 rMid1 lShldrBend lForearmBend lHand lThumb2 lMid1
            lEar lEye rEar rEye Nose rThighBend rShin rFoot rToe lThighBend lShin lFoot lToe
            abdomenUpper
            """.split(whereSeparator: \.isWhitespace).map(String.init)
        let skeleton = try Skeleton(joints: names, bones: [])
        for (index, fixture) in try Fixture<Question, Answer>.all("derived").enumerated() {
            let found = try XCTUnwrap(
                DerivedJoints(fixture.ask.position.rows, skeleton: skeleton))
            assertNear(found.hip, fixture.expect.hip.doubles, "hip, case \(index)")
            assertNear(found.neck, fixture.expect.neck.doubles, "neck, case \(index)")
            assertNear(found.head, fixture.expect.head.doubles, "head, case \(index)")
            assertNear(found.spine, fixture.expect.spine.doubles, "spine, case \(index)")
        }
    }

    func testASkeletonWithoutTheirJointsHasNoDerivedOnes() throws {
        let skeleton = try Skeleton(joints: ["nose"], bones: [])
        XCTAssertNil(DerivedJoints([[0, 0]], skeleton: skeleton))
    }
}
