// 'async' call in a function that does not support concurrency
import CoreML

func planted(_ url: URL) throws -> URL {
    try MLModel.compileModel(at: url)
}
