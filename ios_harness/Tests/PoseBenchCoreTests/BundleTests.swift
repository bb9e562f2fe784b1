import XCTest

@testable import PoseBenchCore

/// What `poseconvert ios-bundle` wrote into PoseBenchData, read as the phone will read it.
final class BundleTests: XCTestCase {
    func testTheBundleForThePhoneIsAccepted() throws {
        let resources = URL(fileURLWithPath: #filePath)
            .appendingPathComponent("../../../PoseBenchData").standardized
        let path = resources.appendingPathComponent("plan.json")
        guard FileManager.default.fileExists(atPath: path.path) else {
            throw XCTSkip(
                "no bundle in PoseBenchData: poseconvert ios-bundle CONVERSION -o PoseBenchData")
        }
        let plan = try RunPlan(json: Data(contentsOf: path))
        for model in plan.models {
            let golden = resources.appendingPathComponent(model.folder)
                .appendingPathComponent("golden")
            let goldens = try Goldens(folder: golden)
            XCTAssertFalse(goldens.cases.isEmpty, model.name)
            for one in goldens.cases {
                XCTAssertEqual([one.width, one.height], [model.input.width, model.input.height])
                XCTAssertEqual(Set(one.outputs.keys), Set(model.outputs.keys))
            }
        }
    }
}
