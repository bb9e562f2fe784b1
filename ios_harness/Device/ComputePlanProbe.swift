import CoreML
import PoseBenchCore

/// Where Core ML would run each op; it can be asked from iOS 17.4 on.
@available(iOS 17.4, *)
enum ComputePlanProbe {
    /// - Parameter compiled: A compiled model.
    /// - Returns: Every op that has a place, in the program's order; constants have none.
    static func ops(_ compiled: URL, units: ComputeUnits) async throws -> [PlacedOp] {
        let plan = try await MLComputePlan.load(
            contentsOf: compiled, configuration: units.configuration)
        guard case .program(let program) = plan.modelStructure,
            let main = program.functions["main"]
        else { throw Refusal("compute plan: the package holds no program with a main function.") }
        return main.block.operations.compactMap { operation in
            guard let usage = plan.deviceUsage(for: operation) else { return nil }
            return PlacedOp(
                op: operation.operatorName, output: operation.outputs.first?.name ?? "",
                preferred: device(usage.preferred), supported: usage.supported.map(device),
                cost: plan.estimatedCost(of: operation)?.weight)
        }
    }

    private static func device(_ device: MLComputeDevice) -> PlacedOp.Device {
        switch device {
        case .cpu: .cpu
        case .gpu: .gpu
        case .neuralEngine: .neuralEngine
        @unknown default: .other
        }
    }
}
