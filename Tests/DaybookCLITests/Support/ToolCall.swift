/// A call of the tool, with the answers that it gets from daemons.
struct ToolCall: Codable, Sendable {
    /// The end of a call.
    struct Outcome: Codable, Sendable {
        /// All that the tool has printed, to standard output and to standard error.
        let output: String
        let status: Int32
        /// The requests to daemons, in order.
        let requests: [String]
    }

    let arguments: [String]
    /// The answers that are no examples, by the requests that get them.
    var answers: [String: String] = [:]
    /// The request that is refused; `nil` for none.
    var refused: String?
    /// The status that it is refused with.
    var refusal = 409
    /// The URL of the daemons; `nil` for that of the daemon of examples.
    var url: String?
}
