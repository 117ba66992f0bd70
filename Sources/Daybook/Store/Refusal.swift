/// A domain's no.
public struct Refusal: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public var code: String
    public var message: String
    /// The values of the failure as a JSON object; `nil` when it has none.
    public var values: String?

    public var description: String { "\(code): \(message)" }

    public init(code: String, message: String, values: String? = nil) {
        self.code = code
        self.message = message
        self.values = values
    }
}
