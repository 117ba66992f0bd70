import Daybook
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWriter

@Suite struct `The body of a command` {
    @Test(arguments: [
        (#"{"to":{"street":"s"},"too":1}"#, "unknown-member", "too"),
        (#"{"to":{"street":"s","town":"t"}}"#, "unknown-member", "to.town"),
        (#"{"to":{"street":"s"},"to":{"street":"t"}}"#, "repeated-member", "to"),
    ])
    func `is refused by the name of a member that is not known, or there twice`(
        body: String, code: String, member: String
    ) async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let answer = try await client.send("1/send", body)
            #expect(answer.status == .badRequest && answer.problem == code)
            #expect(answer.document["member"] as? String == member)
        }
        #expect(try await store.head() == .zero)
    }

    @Test func `may have members that the command had once`() async throws {
        try await withParcels { client in
            let body = #"{"to":{"street":"s","zip":"12345"},"express":true}"#
            let (sent, lost) = (
                try await client.send("1/send", body), try await client.send("1/lose", #"{"express":true}"#)
            )
            #expect(sent.status == .ok && lost.problem == "unknown-member")
        }
    }

    @Test(arguments: ["handling=lenient", "wait=10, Handling = \"lenient\"; x=1"])
    func `may have any members where the client prefers that`(preference: String) async throws {
        try await withParcels { client in
            let lenient: HTTPFields = [try #require(.named("Prefer")): preference]
            let answer = try await client.send("1/send", #"{"to":{"street":"s"},"x":1}"#, headers: lenient)
            #expect(answer.status == .ok)
            #expect(answer.headers[try #require(.named("Preference-Applied"))] == "handling=lenient")
            let repeated = try await client.send("1/lose", #"{"x":1,"x":2}"#, headers: lenient)
            #expect(repeated.problem == "repeated-member")
        }
    }

    @Test func `that was taken once under a key is answered so again, whatever is known now`() async throws {
        let store = InMemoryStore()
        let body = #"{"to":{"street":"s"},"gone":1}"#
        let key: HTTPFields = [try #require(.named("Idempotency-Key")): "k"]
        // An earlier version has taken it.
        let record = try #require(
            try CommandHeaders(key).idempotency(
                route: "parcel/send", id: "1", body: Array(body.utf8), isNew: false))
        try await Repository<Parcel>(store: store).execute(
            .send(to: .init(street: "s")), on: "1", idempotency: record)
        try await withParcels(store) { client in
            let again = try await client.send("1/send", body, headers: key)
            #expect(again.status == .ok && again.document["version"] as? Int == 1)
            #expect(try await client.send("1/send", body + " ", headers: key).problem == "idempotency-key-reused")
            #expect(try await client.send("1/send", body).problem == "unknown-member")
        }
    }

    @Test(arguments: ["{", "[]", "1", #"{"to":1}"#, "{}"])
    func `is refused when it is not what the command takes`(body: String) async throws {
        try await withParcels { client in
            let answer = try await client.send("1/send", body)
            #expect(answer.status == .badRequest && answer.problem == "malformed-body", "\(answer.text)")
        }
    }
}
