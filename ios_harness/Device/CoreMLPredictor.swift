import CoreML
import CoreVideo
import PoseBenchCore

/// A package on one compute unit: picture in, tensors and poses out.
///
/// Unchecked: it is handed from the thread that loaded it to the one that measures, and no two use
/// it at a time.
final class CoreMLPredictor: PosePipeline, @unchecked Sendable {
    let planned: PlannedModel
    private let model: MLModel
    private let decoders: [PoseDecoder]
    private let ring: PixelBufferRing
    private let pictures: [[UInt8]]
    private var input: MLFeatureProvider?
    private var output: MLFeatureProvider?
    private(set) var poses: [Pose] = []

    /// - Parameter pictures: RGB bytes of the model's input size, shown in turn.
    init(_ model: MLModel, planned: PlannedModel, pictures: [[UInt8]]) throws {
        guard !pictures.isEmpty else { throw Refusal("\(planned.name): no pictures to show.") }
        self.model = model
        self.planned = planned
        self.pictures = pictures
        decoders = try planned.decode.map(PoseDecoder.init)
        ring = try PixelBufferRing(width: planned.input.width, height: planned.input.height)
    }

    func prepare(frame: Int) throws { try show(pictures[frame % pictures.count]) }

    /// Take a picture of the model's input size.
    /// - Returns: The buffer that the model will read.
    @discardableResult
    func show(_ pixels: [UInt8]) throws -> CVPixelBuffer {
        let buffer = try ring.take(filledWith: pixels)
        let value = MLFeatureValue(pixelBuffer: buffer)
        input = try MLDictionaryFeatureProvider(dictionary: [planned.input.name: value])
        return buffer
    }

    func predict() throws {
        guard let input else { throw Refusal("\(planned.name): no picture was prepared.") }
        // Without a pool of its own a long run keeps every frame's objects.
        output = try autoreleasepool { try model.prediction(from: input) }
    }

    func decode() throws {
        let tensors = try tensors()
        poses = try decoders.map { try $0.decode(tensors) }
    }

    /// The last prediction's outputs, dense.
    func tensors() throws -> [String: Tensor] {
        guard let output else { throw Refusal("\(planned.name): nothing was predicted.") }
        return try output.tensors(planned.outputs.keys)
    }
}
