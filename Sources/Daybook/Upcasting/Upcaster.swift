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
    let type: String
    let schemaVersion: Int
    let upcast: @Sendable (StoredForm) throws -> [StoredForm]

    /// An upcaster for events of this type and version. What it returns must be of another type or a later version.
    public init(
        _ type: String, from schemaVersion: Int,
        _ upcast: @escaping @Sendable (StoredForm) throws -> [StoredForm]
    ) {
        self.type = type
        self.schemaVersion = schemaVersion
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

    /// The type has another name, under which its versions begin anew.
    public static func renamed(type old: String, to new: String, version: Int = 1, from oldVersion: Int) -> Upcaster {
        Upcaster(old, from: oldVersion) { event in
            [StoredForm(type: new, schemaVersion: version, data: event.data)]
        }
    }

    /// The event says nothing any more.
    public static func dropped(_ type: String, from version: Int) -> Upcaster {
        Upcaster(type, from: version) { _ in [] }
    }

    /// Its members are changed in place.
    public static func changed(
        _ type: String, from version: Int, _ change: @escaping @Sendable (inout [String: JSONData]) throws -> Void
    ) -> Upcaster {
        Upcaster(type, from: version) { event in
            var event = event
            try change(&event.data)
            event.schemaVersion += 1
            return [event]
        }
    }
}
