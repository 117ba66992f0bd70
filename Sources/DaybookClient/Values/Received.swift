import Daybook

/// A document as a daemon sent it: decoded, and byte for byte.
public struct Received<Document: Sendable>: Sendable {
    public let document: Document
    /// The JSON that the document was decoded from. A later version of the daemon may have more in it.
    public let bytes: [UInt8]

    /// A document with the bytes that stand for it, such as one for tests.
    public init(document: Document, bytes: [UInt8]) {
        self.document = document
        self.bytes = bytes
    }

    /// The bytes as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Received: Equatable where Document: Equatable {}

extension Received where Document: Decodable {
    /// Decodes what a daemon sent.
    ///
    /// - Throws: ``DaybookClientError/unexpectedResponse(daemon:reason:)`` when it is no document of this type.
    init(_ bytes: [UInt8], from endpoint: DaemonEndpoint) throws {
        let document: Document
        do { document = try JSON.decode(Document.self, from: bytes) } catch {
            let start = String(decoding: bytes.prefix(240), as: UTF8.self)
            let shown = start.count > 60 ? "\(start.prefix(60))…" : start
            throw endpoint.unexpectedResponse("expected JSON for \(Document.self), found \"\(shown)\"")
        }
        self.init(document: document, bytes: bytes)
    }
}

extension DaemonEndpoint {
    /// The error for a response that is none of the HTTP interface.
    func unexpectedResponse(_ reason: String) -> DaybookClientError {
        .unexpectedResponse(daemon: description, reason: reason)
    }
}
