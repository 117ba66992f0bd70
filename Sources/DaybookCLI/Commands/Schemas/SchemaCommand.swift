import ArgumentParser
import Daybook

/// `daybook schema`
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Shows the events of this tool's domain, and guards their schemas.",
        subcommands: [
            SchemaListCommand.self, SchemaShowCommand.self, SchemaCheckCommand.self, SchemaAcceptCommand.self,
            SchemaDocsCommand.self,
        ])
}

/// A command about what the code says of its events. It asks no daemon.
protocol DomainCommand: AsyncParsableCommand {
    /// Does what the command is for.
    func run(_ domain: Domain) throws
}

extension DomainCommand {
    /// Does what the command is for with the tool's own domain, and complains in one line if that fails.
    ///
    /// - Throws: `ExitCode` for the status to leave with.
    func run() async throws {
        do {
            try run(Domain.current)
        } catch let error as OutputError {
            try error.end()
        } catch let error as ExitCode {
            throw error
        } catch let error as CatalogueFileError {
            Terminal.complain(printable(error.description))
            throw ExitCode((error.isMissing ? ExitStatus.notFound : .failure).rawValue)
        } catch {
            Terminal.complain(printable(String(describing: error)))
            throw ExitCode(ExitStatus.failure.rawValue)
        }
    }
}

/// `daybook schema list`
struct SchemaListCommand: DomainCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the types of events that are stored and published.")

    @OptionGroup var global: GlobalOptions

    func run(_ domain: Domain) throws {
        let events = try domain.catalogues().flatMap(\.all)
        if global.json {
            for event in events { try Terminal.print(event.json.line) }
            return
        }
        var table = Table([
            .init(title: "CATEGORY"), .init(title: "KIND"), .init(title: "TYPE"),
            .init(title: "VERSION", isNumber: true), .init(title: "SINCE"), .init(title: "DESCRIPTION"),
        ])
        try table.print(
            events.map { event in
                let (kind, entry) = (event.kind.rawValue, event.entry)
                return [event.category, kind, entry.type, String(entry.schemaVersion), entry.since, entry.text]
            })
    }
}

/// `daybook schema show`
struct SchemaShowCommand: DomainCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a type of event with its fields and an example.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The type, such as created or user.created.")
    var type: String

    func run(_ domain: Domain) throws {
        let events = try domain.catalogues().flatMap(\.all).filter { $0.isMeant(by: type) }
        guard !events.isEmpty else {
            Terminal.complain("there is no type \(printable(type)): see \(Tool.name) schema list")
            throw ExitCode(ExitStatus.notFound.rawValue)
        }
        for (place, event) in events.enumerated() {
            if global.json {
                try Terminal.print(event.json.line)
            } else {
                if place > 0 { try Terminal.print("") }
                try show(event)
            }
        }
    }

    private func show(_ event: CataloguedEvent) throws {
        let entry = event.entry
        let facts = [
            "\(entry.type), \(event.kind.rawValue) event of \(event.category)", "schema version \(entry.schemaVersion)",
            "since \(entry.since)", event.owner.isEmpty ? nil : "owner \(event.owner)",
        ]
        try Terminal.print(printable(facts.compactMap(\.self).joined(separator: ", ")))
        try Terminal.print(printable(entry.text))
        var table = Table(["FIELD", "TYPE", "OPTIONAL"].map { .init(title: $0) })
        let fields = entry.form.fields.sorted { $0.key < $1.key }
        if !fields.isEmpty {
            try table.print(fields.map { [$0.key, $0.value.kind.rawValue, $0.value.isOptional ? "yes" : "no"] })
        }
        try Terminal.print("example: \(printable(entry.form.example.line))")
    }
}
