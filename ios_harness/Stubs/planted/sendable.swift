// capture of 'image' with non-sendable type 'CGImage' in a `@Sendable` closure
import CoreImage
import Foundation

func planted(_ image: CGImage) {
    DispatchQueue.global().async { print(image) }
}
