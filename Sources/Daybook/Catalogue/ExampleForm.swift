/// The form that an example of an enum shows: a case stands for each kind of event or command.
struct ExampleForm<Value: Codable> {
    /// The case's coding key.
    let tag: String
    let form: CatalogueForm

    /// - Throws: ``CatalogueError`` when it cannot be stored and read again.
    init(_ example: Value) throws {
        let tag: String
        let payload: JSONData
        do {
            let (type, bytes) = try TaggedJSON.encode(example)
            tag = type
            payload = try bytes.withUnsafeBytes { try JSONData($0) }
        } catch {
            throw CatalogueError("the example \(example) cannot be stored: \(error)")
        }
        let form = FieldFinder.form(of: payload) { Self.reread($0, tag: tag) }
        guard let form else {
            throw CatalogueError("the example \(example) is not the same when it was stored and read again")
        }
        self.tag = tag
        self.form = form
    }

    private static func reread(_ payload: JSONData, tag: String) -> JSONData? {
        do {
            let value = try TaggedJSON.decode(Value.self, tag: tag, payload: payload.bytes[...])
            return try TaggedJSON.encode(value).payload.withUnsafeBytes { try JSONData($0) }
        } catch {
            return nil
        }
    }
}

extension CatalogueForm {
    /// The form of a document of which there is an example. Nothing is said of what is in a member that could be any
    /// JSON.
    ///
    /// - Throws: ``CatalogueError`` when the example is no JSON object, or not the same when it was encoded and decoded.
    package init<Document: Codable>(ofDocument example: Document) throws {
        func json(_ document: Document) throws -> JSONData {
            try JSON.encode(document).withUnsafeBytes { try JSONData($0) }
        }
        let encoded: JSONData
        do { encoded = try json(example) } catch {
            throw CatalogueError("the example of \(Document.self) cannot be encoded: \(error)")
        }
        let form = FieldFinder.form(of: encoded, isAnythingOpaque: true) { document in
            (try? JSON.decode(Document.self, from: document.bytes)).flatMap { try? json($0) }
        }
        guard let form else {
            throw CatalogueError("the example of \(Document.self) is not the same when it was encoded and decoded")
        }
        self = form
    }
}
