import XCTest

@testable import PoseBenchCore

final class PeopleFixtureTests: XCTestCase {
    struct Question: Decodable {
        let spec: DecodeSpec
        let outputs: [String: Packed]
    }

    struct Answer: Decodable {
        let position, score, person, box: Packed
    }

    func testEverybodyIsFoundAsPythonFindsThem() throws {
        var found: [String: Int] = [:]
        for (index, fixture) in try Fixture<Question, Answer>.all("people").enumerated() {
            let outputs = try fixture.ask.outputs.mapValues { try $0.tensor }
            let people = try PeopleDecoder(fixture.ask.spec).decode(outputs)
            let method = fixture.ask.spec.people?.method.rawValue ?? ""
            let place = "case \(index), \(method)"
            XCTAssertEqual(people.count, fixture.expect.person.shape[0], place)
            assertNear(people.map(\.person), fixture.expect.person.doubles, place)
            assertNear(people.flatMap(\.score), fixture.expect.score.doubles, place)
            assertNear(people.flatMap(\.box), fixture.expect.box.doubles, place)
            assertNear(
                people.flatMap { $0.position.flatMap { $0 } }, fixture.expect.position.doubles,
                place)
            let pose = try PoseDecoder(fixture.ask.spec).decode(outputs)
            XCTAssertEqual(pose.cell.contains(0), !people.isEmpty, place)
            found[method, default: 0] += people.count
        }
        XCTAssertEqual(
            Set(found.keys), ["rows", "movenet", "centernet", "posenet", "openpose"])
        XCTAssertTrue(found.values.allSatisfy { $0 > 0 })
    }

    func testNumbersAreReadAsPythonReadsThem() throws {
        typealias One = DecodeFixtureTests.Answer
        var refinements: Set<String> = []
        for (index, fixture) in try Fixture<Question, One>.all("numbers").enumerated() {
            let outputs = try fixture.ask.outputs.mapValues { try $0.tensor }
            let pose = try PoseDecoder(fixture.ask.spec).decode(outputs)
            let place = "case \(index), \(fixture.ask.spec.refinement)"
            XCTAssertEqual(pose.cell, fixture.expect.cell, place)
            assertNear(pose.score, fixture.expect.score.doubles, place)
            assertNear(pose.position.flatMap { $0 }, fixture.expect.position.doubles, place)
            refinements.insert(fixture.ask.spec.refinement.rawValue)
        }
        XCTAssertEqual(refinements, ["simcc", "dark", "none", "offset", "coordinates"])
    }

    func testAnchorsOfAnotherSizeAreRefused() throws {
        let fixture = try XCTUnwrap(
            Fixture<Question, Answer>.all("people").first {
                !($0.ask.spec.people?.anchors.isEmpty ?? true)
            })
        var outputs = try fixture.ask.outputs.mapValues { try $0.tensor }
        let boxes = try XCTUnwrap(fixture.ask.spec.offset)
        outputs[boxes] = try Tensor(shape: [2, 16], values: [Float](repeating: 0, count: 32))
        XCTAssertThrowsError(try PeopleDecoder(fixture.ask.spec).decode(outputs)) {
            XCTAssertTrue("\($0)".contains("2 rows, the anchors of input"), "\($0)")
        }
    }
}
