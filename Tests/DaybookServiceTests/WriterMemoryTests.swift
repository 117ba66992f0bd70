import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import DaybookWriter

/// Of a domain that has no event for somebody who is forgotten.
private struct Guest: Aggregate {
    enum Event: DomainEvent {
        case arrived(name: String)
        static let personal: [String: Set<String>] = ["arrived": ["name"]]
    }
    enum Command: Codable, Sendable { case arrive(name: String) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "guest"
    var name: String?

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .arrive(let name): [.arrived(name: name)]
        }
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .arrived(let name): self.name = name
        }
    }
}

@Suite struct `What a writer keeps` {
    /// What is in memory was folded while the key was there, and no event comes that would change it.
    @Test func `in memory has nobody who is forgotten`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            let served = CommandHandler(Guest.self).served(store, 100, nil)
            _ = try await served.execute(
                CommandRequest(
                    command: "arrive", id: "ada", body: Array(#"{"name":"Ada"}"#.utf8), expected: .any,
                    metadata: .new()))
            func state() async throws -> String {
                String(decoding: try await served.state("ada", nil).json, as: UTF8.self)
            }
            #expect(try await state() == #"{"name":"Ada"}"#)
            try await store.beginForgetting(StreamName("guest-ada"))
            #expect(try await served.recordForgetting("ada", .new()).version == 1)
            #expect(try await state() == #"{"name":"\#(SealedData.forgotten)"}"#)
        }
    }

    @Test(arguments: [("0", false), ("1", true)])
    func `of answers is kept for ever where no days are set`(days: String, isLimited: Bool) async throws {
        try await withTemporaryFolder { folder in
            let environment = [
                "DAYBOOK_STORE_PATH": folder.appending(path: "s.sqlite").path, "DAYBOOK_IDEMPOTENCY_RETENTION": days,
            ]
            let services = try await WriterDaemon.services(
                name: "parcels", aggregates: [CommandHandler(Parcel.self)], store: .sqlite,
                settings: .load(
                    WriterDaemon.settings(name: "parcels", store: .sqlite), arguments: [], environment: environment,
                    program: "parcels"),
                registry: PrometheusRegistry(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(services.contains(where: { $0 is AnswerRetention }) == isLimited)
        }
    }
}
