import CoreML
import Foundation
import PoseBenchCore

/// What `poseconvert ios-bundle` put into the app.
struct Bundled: Sendable {
    let plan: RunPlan
    private let folder: URL

    init(in bundle: Bundle = .main) throws {
        guard let folder = bundle.resourceURL?.appendingPathComponent("PoseBenchData"),
            let json = try? Data(contentsOf: folder.appendingPathComponent("plan.json"))
        else {
            throw Refusal(
                "the app has no PoseBenchData. Run poseconvert ios-bundle and build again.")
        }
        self.folder = folder
        plan = try RunPlan(json: json)
    }

    func goldens(of model: PlannedModel) throws -> Goldens {
        let goldens = try Goldens(folder: folder(of: model).appendingPathComponent("golden"))
        guard goldens.identity == model.goldenSHA256 else {
            throw Refusal("\(model.name): goldens of another bundle. Run poseconvert ios-bundle.")
        }
        return goldens
    }

    /// Compile the package; the URL is valid until the app ends.
    func compiled(_ model: PlannedModel) async throws -> URL {
        try await MLModel.compileModel(
            at: folder(of: model).appendingPathComponent("model.mlpackage"))
    }

    /// A predictor of its own, on one unit.
    func predictor(_ model: PlannedModel, units: ComputeUnits, pictures: [[UInt8]]) async throws
        -> CoreMLPredictor
    {
        let loaded = try await MLModel.load(
            contentsOf: compiled(model), configuration: units.configuration)
        return try CoreMLPredictor(loaded, planned: model, pictures: pictures)
    }

    private func folder(of model: PlannedModel) -> URL {
        folder.appendingPathComponent(model.folder)
    }
}

extension ComputeUnits {
    var coreML: MLComputeUnits {
        switch self {
        case .all: .all
        case .cpuAndNeuralEngine: .cpuAndNeuralEngine
        case .cpuAndGPU: .cpuAndGPU
        case .cpuOnly: .cpuOnly
        }
    }

    var configuration: MLModelConfiguration {
        let configuration = MLModelConfiguration()
        configuration.computeUnits = coreML
        return configuration
    }
}
