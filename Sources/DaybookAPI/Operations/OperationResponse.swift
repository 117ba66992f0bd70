/// A response that an operation has under one status.
public struct OperationResponse: Sendable {
    /// The meaning, in a sentence.
    public var summary: String
    /// The bodies that it may have, by what the request accepts; the first one where it does not say.
    public var contents: [OperationContent]
    public var headers: [HeaderParameter]

    public init(_ summary: String, contents: [OperationContent], headers: [HeaderParameter] = []) {
        self.summary = summary
        self.contents = contents
        self.headers = headers
    }

    /// A response with a document.
    public init<Document: APIDocument>(
        _ summary: String, with document: Document.Type, headers: [HeaderParameter] = []
    ) {
        self.init(summary, contents: [.document(APISchema(document))], headers: headers)
    }
}
