import CoreML
import PoseBenchCore

/// Where Core ML would run each op; it can be asked from iOS 17.4 on.
@available(iOS 17.4, *)
enum ComputePlanProbe {
    /// - Parameter compiled: A compiled model.
    /// - Returns: Number of ops by the unit Core ML prefers for them; constants have none.
    static func count(_ compiled: URL, units: ComputeUnits) async throws -> [String: Int] {
        let plan = try await MLComputePlan.load(
            contentsOf: compiled, configuration: units.configuration)
        guard case .program(let program) = plan.modelStructure,
            let main = program.functions["main"]
        else { throw Refusal("compute plan: the package holds no program with a main function.") }
        var counts: [String: Int] = [:]
        for operation in main.block.operations {
            guard let usage = plan.deviceUsage(for: operation) else { continue }
            counts[name(usage.preferred), default: 0] += 1
        }
        return counts
    }

    private static func name(_ device: MLComputeDevice) -> String {
        switch device {
        case .cpu: "cpu"
        case .gpu: "gpu"
        case .neuralEngine: "neuralEngine"
        @unknown default: "other"
        }
    }
}
