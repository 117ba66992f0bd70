/// The upcasters of a kind of events, by what they are for.
public struct UpcasterChain: Sendable {
    private struct Key: Hashable {
        let type: String
        let schemaVersion: Int
    }

    private let upcasters: [Key: Upcaster]
    /// Where there are few, to look at each of them takes less time than to hash the type of every event.
    private let few: [Key]?
    private static let fewCount = 16
    /// More steps than any history of a schema has: those that go in a circle are found by it.
    private static let longest = 1000

    public init(_ upcasters: [Upcaster]) {
        self.upcasters = Dictionary(upcasters.map { (Key(type: $0.type, schemaVersion: $0.schemaVersion), $0) }) {
            first, _ in first
        }
        few = self.upcasters.count <= Self.fewCount ? Array(self.upcasters.keys) : nil
    }

    /// `true` when nothing was ever of another schema.
    public var isEmpty: Bool { upcasters.isEmpty }

    /// `true` when an event is of an old schema.
    public func changes(_ type: String, _ schemaVersion: Int) -> Bool {
        if let few { return few.contains { $0.schemaVersion == schemaVersion && $0.type == type } }
        return upcasters[Key(type: type, schemaVersion: schemaVersion)] != nil
    }

    /// The events that a stored event is in the present schema: usually one, possibly several or none.
    ///
    /// - Throws: ``UpcastingError`` naming the event that cannot be brought up.
    public func upcast(
        _ type: String, _ schemaVersion: Int, _ data: UnsafeRawBufferPointer
    ) throws -> [StoredForm] {
        do {
            guard case .object(let members) = data.isEmpty ? .object([:]) : try JSONData(data) else {
                throw UpcastingError("its data is no object")
            }
            var steps = 0
            return try upcast(StoredForm(type: type, schemaVersion: schemaVersion, data: members), &steps)
        } catch {
            throw UpcastingError("\(type) of schema version \(schemaVersion) cannot be brought up: \(error)")
        }
    }

    /// The type's own name, and those of all types that may become it.
    func storedNames(of type: String) -> Set<String> {
        var names: Set<String> = [type]
        while true {
            let more = upcasters.values.filter { $0.becomes.map { !names.isDisjoint(with: $0) } ?? true }.map(\.type)
            let before = names.count
            names.formUnion(more)
            if names.count == before { return names }
        }
    }

    private func upcast(_ event: StoredForm, _ steps: inout Int) throws -> [StoredForm] {
        let key = Key(type: event.type, schemaVersion: event.schemaVersion)
        guard let upcaster = upcasters[key] else { return [event] }
        steps += 1
        guard steps <= Self.longest else { throw UpcastingError("its upcasters go in a circle") }
        return try upcaster.upcast(event).flatMap { try upcast($0, &steps) }
    }
}

/// A stored event that its upcasters cannot bring to the present schema.
public struct UpcastingError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
