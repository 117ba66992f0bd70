/// An immutable fact about one aggregate, private to its domain: an enum with a case for each type of event.
///
/// The stored type of an event is its case's coding key, so that a case can be renamed without touching what is
/// stored. Label every associated value: unlabelled ones would be stored as `_0`.
public protocol DomainEvent: Codable, Sendable {
    /// The schema versions of the types that have seen more than one, by stored type. 1 for all others.
    static var schemaVersions: [String: Int] { get }

    /// The upcasters that bring stored events of old schemas to the present one.
    static var upcasters: [Upcaster] { get }

    /// The members of the data that are personal, by stored type: texts, or optional ones. A writer that has a key file
    /// stores them encrypted, under a key of their stream, which `forget` destroys; from then on they are read as
    /// ``SealedData/forgotten``.
    static var personal: [String: Set<String>] { get }

    /// Its types, each with an example, for the catalogue and the documents made of it.
    static var catalogue: [EventDescription<Self>] { get }
}

extension DomainEvent {
    public static var schemaVersions: [String: Int] { [:] }
    public static var upcasters: [Upcaster] { [] }
    public static var personal: [String: Set<String>] { [:] }
    public static var catalogue: [EventDescription<Self>] { [] }
}

/// A published fact: the contract with other systems. An enum like ``DomainEvent``; its types are prefixed with
/// ``namespace``: `user.email-changed`.
public protocol IntegrationEvent: Codable, Sendable {
    static var namespace: String { get }
    static var schemaVersions: [String: Int] { get }

    /// The upcasters that bring events of old schemas to the present one where they are received. Their types are those
    /// of the cases, without the namespace.
    static var upcasters: [Upcaster] { get }

    /// The members of the data that are personal, by the types of the cases, see ``DomainEvent/personal``. The writer
    /// stores them encrypted and sends them plain.
    static var personal: [String: Set<String>] { get }

    /// Its types, each with an example, for the catalogue and the documents made of it.
    static var catalogue: [EventDescription<Self>] { get }
}

extension IntegrationEvent {
    public static var schemaVersions: [String: Int] { [:] }
    public static var upcasters: [Upcaster] { [] }
    public static var personal: [String: Set<String>] { [:] }
    public static var catalogue: [EventDescription<Self>] { [] }
}

/// For aggregates that publish nothing.
public enum NoIntegrationEvents: IntegrationEvent {
    public static var namespace: String { "" }

    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "never published"))
    }

    public func encode(to encoder: any Encoder) throws {}
}
