import Foundation

/// A pose seen from the side: turned around the vertical axis through the middle of the picture.
public struct Turntable: Sendable {
    /// Width and height of the network's input in pixels.
    public let size: (width: Double, height: Double)
    /// Radians; 0 is the camera's own view.
    public var angle = 0.0

    public init(width: Double, height: Double) {
        size = (width, height)
    }

    /// - Parameter position: x, y(, z) in input pixels from the top left corner; z is 0 in 2D.
    /// - Returns: x, y in input pixels from the top left corner, without perspective.
    public func seen(_ position: [Double]) -> (x: Double, y: Double) {
        let x = position[0] - size.width / 2
        let z = position.count > 2 ? position[2] : 0
        return (size.width / 2 + x * cos(angle) + z * sin(angle), position[1])
    }
}
