import ArgumentParser
import Daybook

/// The place where the catalogues are committed.
struct CatalogueOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder with the committed catalogues.", valueName: "folder"), completion: .directory)
    var against = "config/schemas"

    var folder: CatalogueFolder { CatalogueFolder(path: against) }
}

/// `daybook schema check`
struct SchemaCheckCommand: DomainCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compares the code with the committed catalogues.",
        discussion: """
            Exits with 76 when something breaks: what is stored could not be read any more, or those who read what \
            is published, or send commands, could not live with it. For a field that goes, changes its type or is \
            required from now on, raise the schema version and write an upcaster. `\(Tool.name) schema accept` takes \
            the code as it is for the truth.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var catalogue: CatalogueOptions

    func run(_ domain: Domain) throws {
        let changes = try changes(domain)
        let breaking = changes.filter(\.change.isBreaking)
        if global.json {
            let report: JSONData = ["isBreaking": .boolean(!breaking.isEmpty), "changes": .array(changes.map(\.json))]
            try Terminal.print(report.line)
        } else if changes.isEmpty {
            try Terminal.print("the code says what \(printable(catalogue.against)) says")
        } else {
            for change in changes { try Terminal.print(printable(change.description)) }
        }
        guard breaking.isEmpty else {
            Terminal.complain("breaking changes: \(breaking.count) of \(changes.count)")
            throw ExitCode(ExitStatus.incompatible.rawValue)
        }
    }

    private func changes(_ domain: Domain) throws -> [CategoryChange] {
        let committed = try catalogue.folder.catalogues()
        let categories = domain.aggregates.map { $0.category.description }
        let gone = committed.map(\.category).filter { !categories.contains($0) }.map { category in
            CategoryChange(
                category: category, change: SchemaChange("category", isBreaking: true, "nothing in the code is of it"))
        }
        let changed = try domain.aggregates.flatMap { aggregate -> [CategoryChange] in
            let category = aggregate.category.description
            guard let catalogue = committed.first(where: { $0.category == category }) else {
                return [CategoryChange(category: category, change: SchemaChange("category", "it is not committed yet"))]
            }
            let comparison = try SchemaComparison(from: catalogue, to: aggregate)
            return comparison.changes.map { CategoryChange(category: category, change: $0) }
        }
        return gone + changed
    }
}

/// A change, and where it is.
private struct CategoryChange: CustomStringConvertible {
    let category: String
    let change: SchemaChange

    var description: String { "\(change.isBreaking ? "breaking" : "compatible")  \(category): \(change)" }

    var json: JSONData {
        [
            "category": .text(category), "subject": .text(change.subject),
            "field": change.field.map { JSONData.text($0) } ?? .null, "isBreaking": .boolean(change.isBreaking),
            "change": .text(change.change),
        ]
    }
}

/// `daybook schema accept`
struct SchemaAcceptCommand: DomainCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Writes the catalogues that are to be committed, as the code is now.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var catalogue: CatalogueOptions

    func run(_ domain: Domain) throws {
        for present in try domain.catalogues() { try Terminal.print(try catalogue.folder.write(present)) }
    }
}
