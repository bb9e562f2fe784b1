/// One frame's way from picture to joints, in the three parts that are timed.
public protocol PosePipeline: AnyObject {
    /// Bring the picture of a frame into the model's input.
    func prepare(frame: Int) throws
    /// The model alone.
    func predict() throws
    /// Read the joints from the model's outputs.
    func decode() throws
}
