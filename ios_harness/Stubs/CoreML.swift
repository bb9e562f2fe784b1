import CoreVideo
@_exported import Foundation

public func autoreleasepool<Result>(invoking body: () throws -> Result) rethrows -> Result {
    try body()
}

public enum MLComputeUnits: Int {
    case cpuOnly, cpuAndGPU, all, cpuAndNeuralEngine
}

public final class MLModelConfiguration: NSObject {
    public override init() {}
    public var computeUnits: MLComputeUnits { get { fatalError() } set {} }
}

public final class MLModel: NSObject {
    public class func compileModel(at modelURL: URL) async throws -> URL { fatalError() }
    public class func load(contentsOf url: URL, configuration: MLModelConfiguration) async throws
        -> MLModel
    { fatalError() }
    public func prediction(from input: MLFeatureProvider) throws -> MLFeatureProvider {
        fatalError()
    }
}

public protocol MLFeatureProvider: AnyObject {
    func featureValue(for featureName: String) -> MLFeatureValue?
}

public final class MLFeatureValue: NSObject {
    public init(pixelBuffer value: CVPixelBuffer) {}
    public var multiArrayValue: MLMultiArray? { fatalError() }
}

public final class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
    public init(dictionary: [String: Any]) throws {}
    public func featureValue(for featureName: String) -> MLFeatureValue? { fatalError() }
}

public enum MLMultiArrayDataType: Int {
    case double, float32, float16, int32
}

public final class MLMultiArray: NSObject {
    public var dataType: MLMultiArrayDataType { fatalError() }
    public var shape: [NSNumber] { fatalError() }
    public func withUnsafeMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R
    ) rethrows -> R { fatalError() }
}

public enum MLComputeDevice {
    case cpu(MLCPUComputeDevice)
    case gpu(MLGPUComputeDevice)
    case neuralEngine(MLNeuralEngineComputeDevice)
}
public final class MLCPUComputeDevice: NSObject {}
public final class MLGPUComputeDevice: NSObject {}
public final class MLNeuralEngineComputeDevice: NSObject {}

public enum MLModelStructure {
    case neuralNetwork
    case program(Program)
    case unsupported

    public struct Program {
        public let functions: [String: Function]
        public struct Function { public let block: Block }
        public struct Block { public let operations: [Operation] }
        public struct NamedValueType { public let name: String }
        public final class Operation {
            public let operatorName: String
            public let outputs: [NamedValueType]
            init() { fatalError() }
        }
    }
}

public final class MLComputePlan {
    public struct DeviceUsage {
        public let preferred: MLComputeDevice
        public let supported: [MLComputeDevice]
    }
    public struct Cost { public let weight: Double }
    public let modelStructure: MLModelStructure
    init() { fatalError() }
    public class func load(contentsOf url: URL, configuration: MLModelConfiguration) async throws
        -> MLComputePlan
    { fatalError() }
    public func deviceUsage(for operation: MLModelStructure.Program.Operation) -> DeviceUsage? {
        fatalError()
    }
    public func estimatedCost(of operation: MLModelStructure.Program.Operation) -> Cost? {
        fatalError()
    }
}
