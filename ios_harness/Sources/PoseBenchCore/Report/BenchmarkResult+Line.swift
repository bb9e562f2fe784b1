import Foundation

extension BenchmarkResult {
    /// The result in one line, for whoever watches the run.
    public var line: String {
        let place = "\(kind.rawValue) \(model.name) on \(computeUnits.requested.rawValue)"
        let run = [.latency, .sustained].contains(kind) ? ", run \(runIndex + 1)" : ""
        return "\(place)\(run): \(found)\(shortcoming)"
    }

    private var found: String {
        switch kind {
        case .parity:
            guard let parity, parity.inputs > 0, validity.status == .valid else { return "not run" }
            let moved = parity.joints.max.map { String(format: ", at most %.2f px", $0) } ?? ""
            let flips = parity.joints.visibleFlips
            return parity.held
                ? "held\(moved), \(flips) visible flips"
                : "BROKEN, \(parity.reasons.first ?? "")"
        case .load:
            guard let load else { return "not run" }
            return String(
                format: "compile %.2f s, load %.2f s, again %.2f s, first prediction %.2f s",
                load.compile, load.firstLoad, load.secondLoad, load.firstPrediction)
        case .latency:
            guard let latency, let pipeline else { return "not run" }
            return String(format: "%.1f fps, with camera work %.1f", latency.fps, pipeline.fps)
        case .sustained:
            guard let first = sustained?.fpsFirst, let last = sustained?.fpsLast else {
                return "not run to its end"
            }
            return String(format: "%.1f fps at first, %.1f at last", first, last)
        case .plan:
            guard let plan else { return "not run" }
            return plan.sorted { $0.key < $1.key }.map { "\($0.value) ops on \($0.key)" }
                .joined(separator: ", ")
        }
    }

    private var shortcoming: String {
        guard validity.status == .invalid else { return "" }
        let reasons = validity.reasons.map(\.rawValue).joined(separator: ", ")
        return "; does not count: \(reasons)\(validity.detail.map { " (\($0))" } ?? "")"
    }
}
