import Daybook
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import DaybookWriter

private struct Diary: Aggregate {
    enum Event: DomainEvent { case noted(text: String) }
    enum Command: Codable, Sendable { case note(text: String) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "diary"
    var notes: [String] = []

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .note(let text): [.noted(text: text)]
        }
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .noted(let text): notes.append(text)
        }
    }
}

@Suite struct `A text in a command` {
    /// - Returns: The answer, and what the diary then says.
    private func note(_ text: String) async throws -> (status: HTTPResponse.Status, body: String, notes: [String]) {
        let store = InMemoryStore()
        let handler = CommandHandler(Diary.self)
        let router = Router()
        CommandRoutes(source: "w", epoch: store.epoch).add(handler, handler.served(store, 0, nil), to: router)
        let answer = try await Application(router: router).test(.router) { client in
            try await client.execute(
                uri: "/v1/diary/1/note", method: .post, body: ByteBuffer(string: #"{"text":"\#(text)"}"#))
        }
        return (answer.status, answer.text, try await Repository<Diary>(store: store).load("1").aggregate.notes)
    }

    /// Databases and programs in C would end it there.
    @Test func `is refused where it has the character U+0000`() async throws {
        for text in [#"a\u0000b"#, #"\u0000"#, #"\n\\\u0000"#] {
            let (status, body, notes) = try await note(text)
            #expect(status == .badRequest && body.contains(#""code":"invalid-text""#), "\(text): \(body)")
            #expect(notes.isEmpty)
        }
    }

    @Test func `may speak of it`() async throws {
        #expect(try await note(#"\\u0000"#).notes == [#"\u0000"#])
        #expect(try await note(#"\u0001\\"#).notes == ["\u{1}\\"])
    }
}
