#if canImport(CoreML)
    import CoreML
    import CoreVideo
    import Foundation

    /// A converted network: pictures in, joints out. Use one from one queue at a time.
    public final class PoseModel {
        public let reader: PoseReader
        private let model: MLModel
        private let ring: PixelBufferRing

        /// - Parameters:
        ///   - reader: Of the model's manifest.
        ///   - model: The compiled package.
        public init(_ reader: PoseReader, model: MLModel) throws {
            self.reader = reader
            self.model = model
            let size = reader.manifest.preprocessing
            ring = try PixelBufferRing(width: size.width, height: size.height)
        }

        /// Compile and load the package in a folder that `poseconvert ios-bundle --swift` filled.
        ///
        /// - Throws: ``Refusal`` where the manifest is missing or malformed; what Core ML says
        ///   where the package cannot be loaded.
        public static func load(
            from folder: URL, computeUnits: MLComputeUnits = .all
        ) async throws -> PoseModel {
            let path = folder.appendingPathComponent("pose.json")
            guard let json = try? Data(contentsOf: path) else {
                throw Refusal("\(path.path): cannot be read. Run poseconvert ios-bundle --swift.")
            }
            let reader = try PoseReader(PoseManifest(json: json))
            let configuration = MLModelConfiguration()
            configuration.computeUnits = computeUnits
            let package = folder.appendingPathComponent("model.mlpackage")
            let compiled = try await MLModel.compileModel(at: package)
            let model = try await MLModel.load(contentsOf: compiled, configuration: configuration)
            return try PoseModel(reader, model: model)
        }

        /// Joints of a picture in memory, one pose for each head.
        public func poses(in picture: PictureView) throws -> [FoundPose] {
            let (pixels, placement) = try reader.input(of: picture)
            let value = MLFeatureValue(pixelBuffer: try ring.take(filledWith: pixels))
            let manifest = reader.manifest
            let input = try MLDictionaryFeatureProvider(dictionary: [manifest.input: value])
            let output = try model.prediction(from: input)
            return try reader.poses(
                in: output.tensors(manifest.outputs.keys), placement: placement)
        }

        /// Joints of a camera frame in 32BGRA, one pose for each head.
        ///
        /// - Parameter orientation: How the frame is turned to be upright, as EXIF numbers it.
        public func poses(in frame: CVPixelBuffer, orientation: Orientation = .up) throws
            -> [FoundPose]
        {
            try frame.withPicture(orientation: orientation) { try poses(in: $0) }
        }
    }
#endif
