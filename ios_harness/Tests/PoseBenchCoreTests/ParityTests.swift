import XCTest

@testable import PoseBenchCore

final class ParityTests: XCTestCase {
    struct Question: Decodable {
        let spec: DecodeSpec
        let inputs: [String]
        let reference, candidate: [String: Packed]
        let tolerance: Limits
        let floor: [String: Double]
    }

    struct Limits: Decodable {
        let relative, psnr_db: Double?
        let joint_px: Double
    }

    struct Answer: Decodable {
        let held: Bool
        let reasons, compared, flips, visible_flips, at_risk: Int
        let mean_px, max_px: Double?
    }

    private func frames(_ tensors: [String: Packed], count: Int) throws -> [[String: Tensor]] {
        try (0..<count).map { frame in
            try tensors.mapValues { packed in
                let size = packed.floats.count / count
                let values = Array(packed.floats[frame * size..<(frame + 1) * size])
                return try Tensor(shape: Array(packed.shape.dropFirst()), values: values)
            }
        }
    }

    private func check(_ ask: Question) throws -> (ParityCheck, [[String: Tensor]]) {
        let references = try frames(ask.reference, count: ask.inputs.count)
        let cases = zip(ask.inputs, references).map {
            GoldenCase(name: $0, pixels: [], width: 0, height: 0, outputs: $1)
        }
        let limits = ask.tolerance
        let tolerance = Tolerance(
            relative: limits.relative, psnr: limits.psnr_db, jointPixels: limits.joint_px,
            floorFactor: 8, floorLimit: 1e-3)
        let check = try ParityCheck(
            goldens: Goldens(runner: "", identity: "id", floor: ask.floor, cases: cases),
            specs: [ask.spec],
            skeletons: ["numbered_2": Skeleton(joints: ["a", "b"], bones: [])],
            tolerance: tolerance)
        return (check, try frames(ask.candidate, count: ask.inputs.count))
    }

    func testVerdictsAreAConversions() throws {
        var verdicts: Set<Bool> = []
        for (index, fixture) in try Fixture<Question, Answer>.all("parity").enumerated() {
            let (check, candidates) = try check(fixture.ask)
            let found = try check.judge(candidates)
            let expect = fixture.expect
            XCTAssertEqual(found.held, expect.held, "case \(index): \(found.reasons)")
            XCTAssertEqual(found.reasons.count, expect.reasons, "case \(index): \(found.reasons)")
            XCTAssertEqual(found.joints.compared, expect.compared, "case \(index)")
            XCTAssertEqual(found.joints.flips, expect.flips, "case \(index)")
            XCTAssertEqual(found.joints.visibleFlips, expect.visible_flips, "case \(index)")
            XCTAssertEqual(found.joints.atRisk, expect.at_risk, "case \(index)")
            assertNear(
                [found.joints.mean ?? .nan, found.joints.max ?? .nan],
                [expect.mean_px ?? .nan, expect.max_px ?? .nan], "case \(index)")
            XCTAssertNoThrow(try JSONEncoder().encode(found))
            verdicts.insert(found.held)
        }
        XCTAssertEqual(verdicts, [true, false])
    }

    private func first() throws -> (ParityCheck, [[String: Tensor]]) {
        let fixture = try XCTUnwrap(Fixture<Question, Answer>.all("parity").first)
        let (check, _) = try check(fixture.ask)
        return (check, check.goldens.cases.map(\.outputs))
    }

    func testTheGoldensThemselvesAreHeldAndABatchAxisIsAllowed() throws {
        let (check, same) = try first()
        XCTAssertTrue(try check.judge(same).held)
        let batched = try same.map {
            try $0.mapValues { try Tensor(shape: [1] + $0.shape, values: $0.values) }
        }
        XCTAssertTrue(try check.judge(batched).held)
    }

    func testWhatIsMissingIsNeverHeld() throws {
        let (check, same) = try first()
        var missing = same
        missing[1]["offset"] = nil
        var misshapen = same
        misshapen[0]["heatmap"] = try Tensor(shape: [24], values: [Float](repeating: 0, count: 24))
        for wrong in [[], [same[0]], missing, misshapen] {
            let parity = try check.judge(wrong)
            XCTAssertFalse(parity.held)
            XCTAssertEqual(parity.reasons.count, 1)
            XCTAssertEqual(parity.inputs, 0)
        }
    }

    func testNoiseFromRowsReadWithoutTheirPaddingIsBroken() throws {
        let (check, same) = try first()
        let shifted = try same.map { outputs in
            try outputs.mapValues {
                try Tensor(shape: $0.shape, values: Array($0.values.dropFirst(3)) + [9, 9, 9])
            }
        }
        XCTAssertFalse(try check.judge(shifted).held)
    }

    func testASpecWhoseSkeletonDidNotComeIsRefused() throws {
        let fixture = try XCTUnwrap(Fixture<Question, Answer>.all("parity").first)
        let (check, _) = try check(fixture.ask)
        XCTAssertThrowsError(
            try ParityCheck(
                goldens: check.goldens, specs: [fixture.ask.spec], skeletons: [:],
                tolerance: check.tolerance))
    }
}
