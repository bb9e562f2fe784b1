/// An expected error. Its text is one line: where, what, and what to do.
public struct Refusal: Error, Equatable, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
