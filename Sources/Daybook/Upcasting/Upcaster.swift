/// An event as it is stored, on its way from an old schema to the present one.
public struct StoredForm: Sendable, Hashable {
    /// The stored type, the case's coding key: `email-changed`.
    public var type: String
    public var schemaVersion: Int
    public var data: [String: JSONData]

    public init(type: String, schemaVersion: Int, data: [String: JSONData]) {
        self.type = type
        self.schemaVersion = schemaVersion
        self.data = data
    }
}

/// Turns stored events of one type and schema version into what they are in the next, whenever they are read. What is
/// stored never changes.
///
/// Upcasters form a chain: what one makes is given to the next, until there is none for its type and version. An event
/// may become several, in a fixed order, or none. Versions of streams, checkpoints and snapshots move by stored events.
public struct Upcaster: Sendable {
    /// The stored type that it takes on.
    public let type: String
    /// The schema version that it takes on.
    public let schemaVersion: Int
    /// The types of what it makes; `nil` when it does not say.
    let becomes: Set<String>?
    let upcast: @Sendable (StoredForm) throws -> [StoredForm]

    /// An upcaster for events of this type and version. What it returns must be of another type or a later version.
    ///
    /// - Parameter types: The types of what it returns, if it is known: a query for other types need not look at it.
    public init(
        _ type: String, from schemaVersion: Int, to types: Set<String>? = nil,
        _ upcast: @escaping @Sendable (StoredForm) throws -> [StoredForm]
    ) {
        self.type = type
        self.schemaVersion = schemaVersion
        becomes = types
        self.upcast = upcast
    }

    /// A member has another name.
    public static func renamed(member old: String, to new: String, of type: String, from version: Int) -> Upcaster {
        changed(type, from: version) { data in
            if let value = data.removeValue(forKey: old) { data[new] = value }
        }
    }

    /// A member is new; older events have this value.
    public static func added(
        member: String, with value: JSONData, to type: String, from version: Int
    ) -> Upcaster {
        changed(type, from: version) { data in data[member] = data[member] ?? value }
    }

    /// Events of this version are good as they are: what is new in the next one may be absent.
    public static func unchanged(_ type: String, from version: Int) -> Upcaster {
        changed(type, from: version) { _ in }
    }

    /// The type has another name, under which its versions begin anew.
    public static func renamed(type old: String, to new: String, version: Int = 1, from oldVersion: Int) -> Upcaster {
        Upcaster(old, from: oldVersion, to: [new]) { event in
            [StoredForm(type: new, schemaVersion: version, data: event.data)]
        }
    }

    /// The event says nothing any more.
    public static func dropped(_ type: String, from version: Int) -> Upcaster {
        Upcaster(type, from: version, to: []) { _ in [] }
    }

    /// Its members are changed in place.
    public static func changed(
        _ type: String, from version: Int, _ change: @escaping @Sendable (inout [String: JSONData]) throws -> Void
    ) -> Upcaster {
        Upcaster(type, from: version, to: [type]) { event in
            var event = event
            try change(&event.data)
            event.schemaVersion += 1
            return [event]
        }
    }
}
