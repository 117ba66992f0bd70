import Daybook
import DaybookAPI

/// The table of commands. Each command of the tool has a row at least.
enum ToolRows {
    /// The epoch and the times of the examples.
    static let epoch = "01a21541-9950-7000-afd6-37a190a716d8"
    static let occurredAt = "2026-11-23T22:26:54.113358Z"
    static let recordedAt = "2026-11-23T22:26:54.113517Z"

    /// The commands that ask daemons, which answer with the examples of the interface.
    static func examples(in folder: ToolFolder) throws -> [ToolRow] {
        let writer = try aggregates(in: folder) + events() + heads()
        let projections = try projections() + queries() + generations()
        return try writer + projections + parkedEvents() + parkedRetries() + unreadableMessages()
    }

    /// All rows.
    static func all(in folder: ToolFolder) throws -> [ToolRow] {
        let files = try stores(in: folder) + signedHeads(in: folder) + schemas(in: folder)
        return try examples(in: folder) + otherAnswers(in: folder) + files
    }

    // MARK: Documents

    /// The example of a document, as a line.
    static func example<Document: APIDocument>(_ type: Document.Type) throws -> String {
        try APISchema(type).form().example.line + "\n"
    }

    /// A document as JSON.
    static func json(_ document: some APIDocument) throws -> String {
        String(decoding: try JSON.encode(document), as: UTF8.self)
    }

    /// The lines that show the rows of a table.
    static func rows(endingWith end: RowsEnd) throws -> String {
        try example(TableHead.self) + example(TableRow.self) + json(end)
    }

    /// A page of parked events after which there is no other.
    static func lastParkedPage() throws -> String { try json(ParkedResponse(parked: [.example])) }
}
