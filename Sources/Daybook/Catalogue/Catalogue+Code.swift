extension Catalogue {
    /// The catalogue that the code gives of `subject`: its descriptions, and what their examples show.
    ///
    /// - Throws: ``CatalogueError`` naming the example that cannot be stored and read again, a type that is described
    ///   twice, or an upcaster that would never be asked or would take on what is written now.
    public init<Subject: Aggregate>(_ subject: Subject.Type) throws {
        category = Subject.category.description
        owner = Subject.owner
        namespace = Subject.Published.namespace
        events = try Self.entries(
            Subject.Event.catalogue, versions: Subject.Event.schemaVersions, upcasters: Subject.Event.upcasters,
            prefix: "")
        published = try Self.entries(
            Subject.Published.catalogue, versions: Subject.Published.schemaVersions,
            upcasters: Subject.Published.upcasters, prefix: "\(Subject.Published.namespace).")
        commands = try Subject.commands.map { described in
            let example = try ExampleForm(described.example)
            return CatalogueCommand(name: example.tag, text: described.text, form: example.form)
        }
        commands.sort { $0.name < $1.name }
        try Self.refuseRepeats(in: commands.map(\.name), category)
    }

    private static func entries<Event>(
        _ descriptions: [EventDescription<Event>], versions: [String: Int], upcasters: [Upcaster], prefix: String
    ) throws -> [CatalogueEntry] {
        var written: [String: Int] = [:]
        let entries = try descriptions.map { described in
            let example = try ExampleForm(described.example)
            let version = versions[example.tag] ?? 1
            written[example.tag] = version
            return CatalogueEntry(
                type: prefix + example.tag, schemaVersion: version, text: described.text, since: described.since,
                form: example.form)
        }
        try refuseRepeats(in: entries.map(\.type), "\(Event.self)")
        try refuse(upcasters, writing: written, "\(Event.self)")
        return entries.sorted { $0.type < $1.type }
    }

    /// Of two upcasters at one place only the first is asked; and what is written now must need none.
    private static func refuse(_ upcasters: [Upcaster], writing versions: [String: Int], _ place: String) throws {
        var names: Set<String> = []
        for upcaster in upcasters {
            let name = "schema version \(upcaster.schemaVersion) of \(upcaster.type)"
            guard names.insert(name).inserted else { throw CatalogueError("\(place) has two upcasters for \(name)") }
            guard let version = versions[upcaster.type], version <= upcaster.schemaVersion else { continue }
            throw CatalogueError(
                "\(place) has an upcaster for \(name), and writes it in version \(version): raise that")
        }
    }

    private static func refuseRepeats(in names: [String], _ place: String) throws {
        for (name, times) in Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +) where times > 1 {
            throw CatalogueError("\(place) describes \(name) more than once")
        }
    }
}
