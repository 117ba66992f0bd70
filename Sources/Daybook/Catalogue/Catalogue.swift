/// The description of an aggregate for others: the events that it stores and publishes, and the commands that it takes.
/// Plain data, to be kept under version control and compared with what the code says later.
public struct Catalogue: Sendable, Hashable {
    /// Of the aggregate's streams and routes.
    public var category: String
    /// The team that answers for it.
    public var owner: String
    /// The namespace before the types that are published; empty when nothing is.
    public var namespace: String
    /// The stored events, in the order of the types.
    public var events: [CatalogueEntry]
    /// The published events, in the order of the types.
    public var published: [CatalogueEntry]
    /// The commands, in the order of the names.
    public var commands: [CatalogueCommand]
}

/// A type of event in its present schema version.
public struct CatalogueEntry: Sendable, Hashable {
    /// As it is stored, `email-changed`, or published, `user.email-changed`.
    public var type: String
    public var schemaVersion: Int
    /// The fact in a sentence.
    public var text: String
    /// Since when the schema version is this one.
    public var since: String
    public var form: CatalogueForm
}

/// A command.
public struct CatalogueCommand: Sendable, Hashable {
    /// As in its route.
    public var name: String
    /// The request in a sentence.
    public var text: String
    public var form: CatalogueForm
}

/// The JSON object of an event or a command.
public struct CatalogueForm: Sendable, Hashable {
    /// The fields by their way from the object: `address.city`, `lines[]` for the elements of a list, `prices.*` for
    /// the values of a map.
    public var fields: [String: CatalogueField]
    public var example: JSONData
}

/// The description of a field.
public struct CatalogueField: Sendable, Hashable {
    /// The kind of its value in JSON.
    public enum Kind: String, Sendable {
        case string, integer, number, boolean, array, object, null
    }

    public var kind: Kind
    /// `true` when the code can read the object without it.
    public var isOptional: Bool
}

/// A catalogue that cannot be made or read.
public struct CatalogueError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
