// incorrect argument label in call (have 'fromInput:', expected 'from:')
import CoreML

func planted(_ model: MLModel, _ input: MLFeatureProvider) throws -> MLFeatureProvider {
    try model.prediction(fromInput: input)
}
