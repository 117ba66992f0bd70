/// Compares the fields of an object that has kept its schema version.
struct FieldComparison {
    /// `true` when others read what is written, and rely on what is always there.
    let isContract: Bool

    func changes(of subject: String, from old: CatalogueForm, to new: CatalogueForm) -> [SchemaChange] {
        let paths = Set(old.fields.keys).union(new.fields.keys).sorted()
        return paths.compactMap { path -> SchemaChange? in
            switch (old.fields[path], new.fields[path]) {
            case (let before?, let now?): change(of: subject, path, from: before, to: now)
            case (_?, nil): isNamed(path, by: old, without: new) ? removed(subject, path) : nil
            case (nil, let now?): isNamed(path, by: new, without: old) ? added(subject, path, now) : nil
            case (nil, nil): nil
            }
        }
    }

    private func change(
        of subject: String, _ path: String, from before: CatalogueField, to now: CatalogueField
    ) -> SchemaChange? {
        if before.kind != now.kind {
            return SchemaChange(
                subject, field: path, isBreaking: true, "was of type \(before.kind.rawValue), is \(now.kind.rawValue)")
        }
        if before.isOptional == now.isOptional { return nil }
        return now.isOptional
            ? SchemaChange(subject, field: path, isBreaking: isContract, "was required, is optional")
            : SchemaChange(subject, field: path, isBreaking: true, "was optional, is required")
    }

    private func removed(_ subject: String, _ path: String) -> SchemaChange {
        SchemaChange(subject, field: path, isBreaking: true, "was removed")
    }

    private func added(_ subject: String, _ path: String, _ field: CatalogueField) -> SchemaChange {
        field.isOptional
            ? SchemaChange(subject, field: path, "is new and optional")
            : SchemaChange(subject, field: path, isBreaking: true, "is new and required")
    }

    /// `true` when a field that only one side has is to be named. One inside a field that only this side has is not:
    /// that one says it all.
    private func isNamed(_ path: String, by side: CatalogueForm, without other: CatalogueForm) -> Bool {
        guard let parent = Self.parent(of: path), side.fields[parent] != nil else { return true }
        return other.fields[parent] != nil
    }

    private static func parent(of path: String) -> String? {
        if path.hasSuffix("[]") { return String(path.dropLast(2)) }
        return path.lastIndex(of: ".").map { String(path[..<$0]) }
    }
}
