/// The changes between a catalogue that was committed and the code, and what of it breaks something.
///
/// Events that are stored stay as they are, and so do those that were published. As long as the schema version of a
/// type is the same, fields may only be added, and only as optional ones; what others read may not become optional
/// either. For anything else the schema version is raised, and an upcaster takes the old one. Commands have no versions.
public struct SchemaComparison: Sendable {
    /// In the order of kinds and names.
    public let changes: [SchemaChange]

    /// `true` when any of the changes is a breaking one.
    public var isBreaking: Bool { changes.contains(where: \.isBreaking) }

    /// Compares with what the code of `subject` says now. What was committed in an old schema version is brought to the
    /// present one by the upcasters, and must then be read by the code.
    ///
    /// - Throws: ``CatalogueError`` when the code's own catalogue cannot be made.
    public init<Subject: Aggregate>(from committed: Catalogue, to subject: Subject.Type) throws {
        let present = try Catalogue(subject)
        let stored = EventComparison<Subject.Event>(
            noun: "event", prefix: "", upcasters: Subject.Event.upcasters, fields: FieldComparison(isContract: false))
        let published = EventComparison<Subject.Published>(
            noun: "published event", prefix: "\(Subject.Published.namespace).", upcasters: Subject.Published.upcasters,
            fields: FieldComparison(isContract: true))
        changes =
            Self.owner(from: committed, to: present)
            + stored.changes(from: committed.events, to: present.events)
            + published.changes(from: committed.published, to: present.published)
            + Self.commands(from: committed.commands, to: present.commands)
    }

    private static func owner(from committed: Catalogue, to present: Catalogue) -> [SchemaChange] {
        guard committed.owner != present.owner else { return [] }
        return [SchemaChange("category", "its owner was \(committed.owner), is \(present.owner)")]
    }

    private static func commands(from committed: [CatalogueCommand], to present: [CatalogueCommand]) -> [SchemaChange] {
        pairs(committed, present, by: \.name).flatMap { name, old, new -> [SchemaChange] in
            let subject = "command \(name)"
            guard let old else { return [SchemaChange(subject, "it is new")] }
            guard let new else { return [SchemaChange(subject, isBreaking: true, "it is gone")] }
            let changes = FieldComparison(isContract: false).changes(of: subject, from: old.form, to: new.form)
            return changes.isEmpty && old != new ? [SchemaChange(subject, "it is described in another way")] : changes
        }
    }

    /// What has the same name on both sides, in the order of the names.
    static func pairs<Element>(
        _ before: [Element], _ now: [Element], by name: (Element) -> String
    ) -> [(name: String, before: Element?, now: Element?)] {
        let (old, new) = (before.map { (name($0), $0) }, now.map { (name($0), $0) })
        let (olds, news) = (Dictionary(old) { $1 }, Dictionary(new) { $1 })
        return Set(olds.keys).union(news.keys).sorted().map { (name: $0, before: olds[$0], now: news[$0]) }
    }
}
