/// How a picture of any size becomes the network's input: `preprocessing` of the manifest.
public struct Preprocessing: Codable, Equatable, Sendable {
    /// `letterbox` keeps all of the picture and pads with black, `crop` fills the input and cuts
    /// the longer side, `stretch` ignores the picture's aspect.
    public enum Fit: String, Codable, CaseIterable, Sendable { case letterbox, crop, stretch }

    /// Of the input, in pixels.
    public let width: Int
    public let height: Int
    public let fit: Fit

    public init(width: Int, height: Int, fit: Fit) {
        self.width = width
        self.height = height
        self.fit = fit
    }
}

/// Where a picture lies in the input: input = picture * scale + shift, for x and y.
public struct Placement: Equatable, Sendable {
    /// Input pixels for each pixel of the picture.
    public let scale: SIMD2<Double>
    /// In input pixels.
    public let shift: SIMD2<Double>

    /// - Parameters:
    ///   - width: Of the upright picture.
    ///   - height: Of the upright picture.
    public init(width: Int, height: Int, in input: Preprocessing) {
        let picture = SIMD2(Double(width), Double(height))
        let target = SIMD2(Double(input.width), Double(input.height))
        let each = target / picture
        switch input.fit {
        case .stretch:
            scale = each
            shift = .zero
        case .letterbox, .crop:
            let one = input.fit == .letterbox ? min(each.x, each.y) : max(each.x, each.y)
            scale = SIMD2(repeating: one)
            shift = (target - picture * one) / 2
        }
    }

    public func toInput(_ point: SIMD2<Double>) -> SIMD2<Double> { point * scale + shift }

    public func toPicture(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - shift) / scale }
}
