import ArgumentParser
import Daybook

/// `daybook schema docs`
struct SchemaDocsCommand: DomainCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Writes JSON Schemas, an AsyncAPI and an OpenAPI document.",
        discussion: """
            schemas/domain and schemas/integration get a JSON Schema (2020-12) for each type of event, asyncapi.json \
            (3.0) says what is published, openapi.json (3.1) what writers and workers answer over HTTP.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder"), completion: .directory)
    var output = "docs"

    func run(_ domain: Domain) throws {
        let catalogues = try domain.catalogues()
        for event in catalogues.flatMap(\.all) {
            let name = "\(event.name).v\(event.entry.schemaVersion).json"
            try write(JSONSchema.document(event), to: "schemas/\(event.kind.rawValue)/\(name)")
        }
        try write(AsyncAPIDocument(catalogues).json, to: "asyncapi.json")
        try write(OpenAPIDocument(catalogues, domain.projections).json, to: "openapi.json")
    }

    private func write(_ document: JSONData, to name: String) throws {
        try DocumentFile.write("\(document.indented)\n", to: "\(output)/\(name)")
        try Terminal.print(printable("\(output)/\(name)"))
    }
}
