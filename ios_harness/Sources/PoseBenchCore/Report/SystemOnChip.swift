/// The phones this harness is made for, by Apple's identifier.
private let chips: [String: String] = [
    "iPhone10,1": "A11", "iPhone10,2": "A11", "iPhone10,3": "A11",
    "iPhone10,4": "A11", "iPhone10,5": "A11", "iPhone10,6": "A11",
    "iPhone11,2": "A12", "iPhone11,4": "A12", "iPhone11,6": "A12", "iPhone11,8": "A12",
]

/// - Returns: "unknown" for a phone that is not in the table.
public func systemOnChip(of machine: String) -> String {
    chips[machine] ?? "unknown"
}

/// Core ML cannot use the A11's Neural Engine; A12 is the first whose it can.
func usable(_ units: ComputeUnits, soc: String) -> ComputeUnits {
    guard soc == "A11" else { return units }
    switch units {
    case .all: return .cpuAndGPU
    case .cpuAndNeuralEngine: return .cpuOnly
    case .cpuAndGPU, .cpuOnly: return units
    }
}
