/// The response to a line of a batch whose command the domain has taken.
public struct BatchResult: APIDocument, Equatable {
    /// The number of the line in the request: 1, 2, 3…
    public var line: Int
    /// The `ref` of the line, if it has one.
    public var ref: String?
    /// The status that the command would have by itself: 200.
    public var status: Int
    /// The response that the command would have by itself.
    public var response: CommandResponse

    public init(line: Int, ref: String? = nil, status: Int = 200, response: CommandResponse) {
        self.line = line
        self.ref = ref
        self.status = status
        self.response = response
    }

    public static let example = BatchResult(line: 1, ref: "row-7", response: .example)
}
