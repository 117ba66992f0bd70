/// A document of the HTTP interface, or a part of one: its members are those of the JSON on the wire.
///
/// A member that may be absent is optional. One that is not known is passed over when a document is decoded. Documents
/// are encoded by `JSON.encode` and decoded by `JSON.decode`; other coders do not know how values of a domain are
/// written.
public protocol APIDocument: Codable, Sendable {
    /// A document in which every member has a value, an optional one too, and no list is empty.
    static var example: Self { get }
}
