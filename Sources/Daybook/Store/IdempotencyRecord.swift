/// A command that is answered once, however often it is sent.
public struct IdempotencyRecord: Sendable, Hashable {
    /// The actor that asked, for what, with which key.
    public var key: String
    /// Tells whether it is the same command again.
    public var requestHash: [UInt8]

    public init(actor: String, route: String, key: String, requestHash: [UInt8]) {
        // Length-prefixed, so that no two scopes share a text.
        self.key = [actor, route, key].map { "\($0.utf8.count):\($0)" }.joined()
        self.requestHash = requestHash
    }
}
