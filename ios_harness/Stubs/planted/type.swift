// cannot convert value of type 'String' to expected argument type 'CVPixelBuffer'
import CoreML
import CoreVideo

func planted() -> MLFeatureValue {
    MLFeatureValue(pixelBuffer: "picture")
}
