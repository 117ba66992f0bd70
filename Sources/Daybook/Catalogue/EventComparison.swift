/// Compares events of one kind: those that are stored, or those that are published.
struct EventComparison<Event: Codable & Sendable> {
    let noun: String
    /// The text before the stored type in the catalogue.
    let prefix: String
    let fields: FieldComparison
    private let upcasters: UpcasterChain

    init(noun: String, prefix: String, upcasters: [Upcaster], fields: FieldComparison) {
        self.noun = noun
        self.prefix = prefix
        self.upcasters = UpcasterChain(upcasters)
        self.fields = fields
    }

    func changes(from committed: [CatalogueEntry], to present: [CatalogueEntry]) -> [SchemaChange] {
        SchemaComparison.pairs(committed, present, by: \.type).flatMap { type, old, new in
            changes(of: "\(noun) \(type)", from: old, to: new)
        }
    }

    private func changes(
        of subject: String, from old: CatalogueEntry?, to new: CatalogueEntry?
    ) -> [SchemaChange] {
        guard let old else { return [SchemaChange(subject, "it is new")] }
        guard let new else { return [left(old, subject, "it is gone")] }
        let versions = "from \(old.schemaVersion) to \(new.schemaVersion)"
        if new.schemaVersion < old.schemaVersion {
            return [SchemaChange(subject, isBreaking: true, "its schema version was lowered \(versions)")]
        }
        if new.schemaVersion > old.schemaVersion {
            return [left(old, subject, "its schema version was raised \(versions)")]
        }
        let changes = fields.changes(of: subject, from: old.form, to: new.form)
        if changes.contains(where: \.isBreaking) { return changes }
        do { try read(storedType(of: old), old.form.example) } catch {
            return changes + [SchemaChange(subject, isBreaking: true, "its committed example cannot be read: \(error)")]
        }
        return changes.isEmpty && old != new ? [SchemaChange(subject, "it is described in another way")] : changes
    }

    /// What is stored or published is not made in this form any more: it must be brought to the present one.
    private func left(_ entry: CatalogueEntry, _ subject: String, _ change: String) -> SchemaChange {
        if let obstacle = obstacle(to: entry) {
            return SchemaChange(subject, isBreaking: true, "\(change), and \(obstacle)")
        }
        return SchemaChange(subject, "\(change); upcasters take version \(entry.schemaVersion)")
    }

    /// The reason why the committed example cannot be brought to the present; `nil` when it can.
    private func obstacle(to entry: CatalogueEntry) -> String? {
        let (type, version) = (storedType(of: entry), entry.schemaVersion)
        guard entry.type.hasPrefix(prefix), upcasters.changes(type, version) else {
            return "no upcaster takes version \(version)"
        }
        do {
            let forms = try entry.form.example.bytes.withUnsafeBytes { try upcasters.upcast(type, version, $0) }
            for form in forms { try read(form.type, .object(form.data)) }
            return nil
        } catch {
            return "what upcasters make of version \(version) cannot be read: \(error)"
        }
    }

    private func storedType(of entry: CatalogueEntry) -> String { String(entry.type.dropFirst(prefix.count)) }

    /// - Throws: `DecodingError` when the code cannot read it.
    private func read(_ type: String, _ data: JSONData) throws {
        _ = try TaggedJSON.decode(Event.self, tag: type, payload: data.bytes[...])
    }
}
