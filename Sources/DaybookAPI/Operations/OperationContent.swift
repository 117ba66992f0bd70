public import Daybook

/// The body of a request or a response.
public enum OperationContent: Sendable {
    /// A document.
    case document(APISchema)
    /// Lines, each of which is a document of one of these types.
    case lines([APISchema])
    /// Server-sent events, each of which has a document of this type as its data.
    case serverSentEvents(APISchema)
    /// The payload of a command, by the name of its schema.
    case command(name: String, form: CatalogueForm)
    /// JSON that a domain defines.
    case domain
    /// Plain text.
    case text

    public var mediaType: APIMediaType {
        switch self {
        case .document, .command, .domain: .json
        case .lines: .lines
        case .serverSentEvents: .serverSentEvents
        case .text: .text
        }
    }

    /// The types of the documents in it; none where they are not of the interface.
    public var schemas: [APISchema] {
        switch self {
        case .document(let schema), .serverSentEvents(let schema): [schema]
        case .lines(let schemas): schemas
        case .command, .domain, .text: []
        }
    }

    /// A body of this type, as JSON; `nil` where the interface does not say what is in it.
    ///
    /// - Throws: `CatalogueError` when the example of a document cannot be encoded and decoded.
    public func example() throws -> JSONData? {
        if case .command(_, let form) = self { return form.example }
        return try schemas.first?.form().example
    }
}
