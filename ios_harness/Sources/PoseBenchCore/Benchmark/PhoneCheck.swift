/// What is wrong with a phone before anything is measured: asked in the first second of a run.
public struct PhoneCheck: Equatable, Sendable {
    public let machine: String
    public let os: String
    public let lowPowerMode: Bool

    public init(machine: String, os: String, lowPowerMode: Bool) {
        self.machine = machine
        self.os = os
        self.lowPowerMode = lowPowerMode
    }

    /// The phone in words.
    public var title: String {
        let chip = systemOnChip(of: machine)
        return "\(machine) (\(chip == "unknown" ? "chip unknown" : chip), iOS \(os))"
    }

    /// - Throws: ``Refusal`` where no result of this phone could count.
    public func refuse(unfitFor plan: RunPlan) throws {
        guard machine.hasPrefix("iPhone") || machine.hasPrefix("iPad") else {
            throw Refusal("\(machine): is neither an iPhone nor an iPad. A simulator measures the Mac.")
        }
        for model in plan.models {
            let oldest = Self.oldestSystem(for: model.specVersion)
            guard let oldest, major >= oldest else {
                let wanted = oldest.map { "iOS \($0)" } ?? "an iOS that this harness does not know"
                throw Refusal(
                    "\(model.name): specification version \(model.specVersion) needs \(wanted), "
                        + "this phone has iOS \(os). Convert with --target iOS16.")
            }
        }
        guard !lowPowerMode else {
            throw Refusal("Low Power Mode is on. Switch it off in Settings, Battery.")
        }
    }

    private var major: Int { os.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

    /// The oldest iOS that loads a package. Source: coremltools 9.0, `coremltools/__init__.py`,
    /// `_SPECIFICATION_VERSION_IOS_*`.
    private static func oldestSystem(for specVersion: Int) -> Int? {
        switch specVersion {
        case ...6: 15
        case 7: 16
        case 8: 17
        case 9: 18
        case 10: 26
        default: nil
        }
    }
}
