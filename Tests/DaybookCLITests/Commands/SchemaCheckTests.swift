import ArgumentParser
import Daybook
import Foundation
import TestSupport
import Testing

@testable import DaybookCLI

/// The same aggregate over time.
private struct Bucket<Event: DomainEvent>: Aggregate {
    enum Command: Codable, Sendable { case put(book: String) }
    enum Failure: DomainFailure { case full }

    static var category: StreamCategory { "bucket" }

    func handle(_ command: Command) throws(Failure) -> [Event] { throw .full }
    mutating func apply(_ event: Event) {}
}

private enum Committed: DomainEvent {
    case put(book: String, author: String)
    static let catalogue: [EventDescription<Self>] = [
        EventDescription(.put(book: "Emma", author: "Austen"), "A book is there.", since: "1")
    ]
}

private enum WithOptionalField: DomainEvent {
    case put(book: String, author: String, note: String?)
    static let catalogue: [EventDescription<Self>] = [
        EventDescription(.put(book: "Emma", author: "Austen", note: "torn"), "A book is there.", since: "1")
    ]
}

private enum WithoutField: DomainEvent {
    case put(book: String)
    static let catalogue: [EventDescription<Self>] = [
        EventDescription(.put(book: "Emma"), "A book is there.", since: "1")
    ]
}

@Suite struct `A check of schemas` {
    private func domain<Event: DomainEvent>(_ event: Event.Type) -> Domain { Domain(aggregates: [Bucket<Event>.self]) }

    /// The check of a domain whose catalogue was committed when its events were those of `Committed`.
    private func withCheck(_ body: (SchemaCheckCommand) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let options = ["--against", folder.path]
            try SchemaAcceptCommand.parse(options).run(domain(Committed.self))
            try body(try SchemaCheckCommand.parse(options))
        }
    }

    @Test func `passes when nothing has changed, and when an optional field was added`() async throws {
        try await withCheck { check in
            try check.run(domain(Committed.self))
            try check.run(domain(WithOptionalField.self))
        }
    }

    @Test func `fails when a field was removed`() async throws {
        try await withCheck { check in
            #expect(throws: ExitCode(76)) { try check.run(domain(WithoutField.self)) }
        }
    }

    @Test func `fails when nothing is left of a category, and passes when one is new`() async throws {
        try await withCheck { check in
            #expect(throws: ExitCode(76)) { try check.run(Domain()) }
        }
        try await withTemporaryFolder { folder in
            try SchemaCheckCommand.parse(["--against", folder.path]).run(domain(Committed.self))
        }
    }

    @Test func `names the file that is no catalogue`() async throws {
        try await withTemporaryFolder { folder in
            try Data(#"{"category":"bucket"}"#.utf8).write(to: folder.appending(path: "bucket.json"))
            let check = try SchemaCheckCommand.parse(["--against", folder.path])
            let error = #expect(throws: CatalogueFileError.self) { try check.run(domain(Committed.self)) }
            #expect(error?.description.contains("bucket.json: no catalogue: owner is missing") == true)
        }
    }

    @Test func `names the file that cannot be written`() async throws {
        try await withTemporaryFolder { folder in
            let taken = folder.appending(path: "taken").path
            try Data("theirs".utf8).write(to: URL(filePath: taken))
            for write in [
                { try SchemaAcceptCommand.parse(["--against", taken]).run(domain(Committed.self)) },
                { try SchemaDocsCommand.parse(["--output", taken]).run(domain(Committed.self)) },
            ] as [() throws -> Void] {
                let error = #expect(throws: DocumentFileError.self) { try write() }
                #expect(error?.description.hasPrefix("cannot write \(taken)/") == true, "\(String(describing: error))")
            }
            #expect(FileManager.default.contents(atPath: taken) == Data("theirs".utf8))
        }
    }
}
