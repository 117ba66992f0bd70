import Daybook
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWriter

/// The ids of a trace and of a span in it.
private let trace = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"

/// Headers, and what is kept of each.
private let traces: [(String, String?)] = [
    ("00-\(trace)-01", "00-\(trace)-01"), ("00-\(trace)-00", "00-\(trace)-00"), ("cc-\(trace)-03", "00-\(trace)-01"),
    ("01-\(trace)-02-what-comes", "00-\(trace)-00"), ("", nil), ("00", nil), ("ff-\(trace)-01", nil),
    ("00-\(trace)-01-x", nil), ("01-\(trace)-01x", nil), ("00-\(trace)-0g", nil), ("00_\(trace)-01", nil),
    ("00-\(trace.uppercased())-01", nil), ("0-0\(trace)-01", nil),
    ("00-00000000000000000000000000000000-b7ad6b7169203331-01", nil),
    ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", nil),
]

@Suite struct `The headers of a command` {
    private let send = #"{"to":{"street":"s"}}"#

    private func headers(_ fields: [String: String]) throws -> HTTPFields {
        var headers = HTTPFields()
        for (name, value) in fields { headers[try #require(.named(name))] = value }
        return headers
    }

    /// The metadata of the event that a command with these headers has made.
    private func metadata(_ fields: [String: String]) async throws -> EventMetadata {
        let (store, headers) = (InMemoryStore(), try headers(fields))
        try await withParcels(store) { client in
            let answer = try await client.send("1/send", send, headers: headers)
            #expect(answer.status == .ok, "\(answer.text)")
        }
        let event = try #require(try await store.read(after: .zero, limit: 1).first)
        return try EventMetadata(decoding: event.metadata)
    }

    @Test func `say what the events follow from, what they belong to, and what is to be kept with them`() async throws {
        let metadata = try await metadata([
            "Idempotency-Key": "k", "Daybook-Causation-Id": "cause", "Daybook-Correlation-Id": "story",
            "Daybook-Actor": "ada", "Daybook-Metadata": #"{"tenant":"acme","ticket":"ü \u0000"}"#,
        ])
        let custom = ["tenant": "acme", "ticket": "ü \u{0}"]
        #expect(
            metadata
                == EventMetadata(correlationID: "story", causationID: "cause", actor: "ada", custom: custom))
    }

    @Test func `need not say so`() async throws {
        let metadata = try await metadata(["Idempotency-Key": "k", "X-Correlation-ID": "story"])
        #expect(metadata == EventMetadata(correlationID: "story", causationID: "k"))
        #expect(UniqueID(try await self.metadata([:]).correlationID) != nil)
    }

    @Test(arguments: [
        ["Daybook-Causation-Id": ""], ["Daybook-Correlation-Id": String(repeating: "x", count: 201)],
        ["Daybook-Actor": String(repeating: "é", count: 101)],
        ["Daybook-Correlation-Id": "a", "X-Correlation-ID": "a"], ["Daybook-Metadata": "tenant=acme"],
        ["Daybook-Metadata": #"{"tenant":1}"#], ["Daybook-Metadata": #"{"a":"1","a":"2"}"#],
        ["Daybook-Metadata": #"{"a":{"b":"c"}}"#],
        ["Daybook-Metadata": #"{"a":"\#(String(repeating: "x", count: 2000))"}"#],
    ])
    func `are refused by name when they cannot be used`(fields: [String: String]) async throws {
        let headers = try headers(fields)
        try await withParcels { client in
            let answer = try await client.send("1/send", send, headers: headers)
            #expect(answer.status == .badRequest && answer.problem == "invalid-header")
            let name = try #require(fields.keys.sorted().first)
            #expect((answer.document["detail"] as? String)?.contains(name) == true)
        }
    }

    /// A server gets U+FFFD for bytes that are no UTF-8.
    @Test(arguments: [
        "Idempotency-Key", "Daybook-Actor", "Daybook-Correlation-Id", "Daybook-Causation-Id", "Daybook-Metadata",
    ])
    func `are refused where they are there twice, or are no UTF-8`(name: String) async throws {
        let field = try #require(HTTPField.Name(name))
        let store = InMemoryStore()
        try await withParcels(store) { client in
            for values in [[#"{"a":"1"}"#, #"{"b":"2"}"#], ["a\u{FFFD}"], [#"{"a":"\#u{FFFD}"}"#]] {
                var headers = HTTPFields()
                for value in values { headers.append(HTTPField(name: field, value: value)) }
                let answer = try await client.send("1/send", send, headers: headers)
                #expect(answer.status == .badRequest && answer.problem == "invalid-header", "\(values): \(answer.text)")
            }
        }
        #expect(try await store.head() == .zero)
    }

    @Test func `want a stream to be there, or not to be`() async throws {
        try await withParcels { client in
            let (exists, isNew) = (try headers(["If-Match": "*"]), try headers(["If-None-Match": "*"]))
            #expect(try await client.send("1/send", send, headers: exists).problem == "version-mismatch")
            #expect(try await client.send("1/send", send, headers: isNew).status == .ok)
            let second = try await client.send("1/send", send, headers: isNew)
            #expect(second.status == .preconditionFailed && second.problem == "version-mismatch")
            #expect(second.document["version"] as? Int == 1)
            #expect(try await client.send("1/send", send, headers: exists).status == .ok)
        }
    }

    @Test(arguments: [#""1""#, #""1" , "#, #"W/"1", "1""#, #""x",,"1","#])
    func `match the version that an answer had`(match: String) async throws {
        let headers = try headers(["If-Match": match])
        try await withParcels { client in
            let first = try await client.send("1/send", send)
            #expect(first.headers[.eTag] == #""1""#)
            #expect(try await client.send("1/send", send, headers: headers).status == .ok)
        }
    }

    /// The stream is at version 1, and tags are compared as texts.
    @Test(arguments: [#""0""#, #""2""#, #""+1""#, #""01""#, #"W/"1""#, #""""#, #""1,1""#, #""99999999999999999999""#])
    func `match no other version, and nothing that is none`(match: String) async throws {
        let headers = try headers(["If-Match": match])
        try await withParcels { client in
            #expect(try await client.send("1/send", send).status == .ok)
            let answer = try await client.send("1/send", send, headers: headers)
            #expect(answer.status == .preconditionFailed && answer.problem == "version-mismatch", "\(answer.text)")
            #expect(answer.document["version"] as? Int == 1)
        }
    }

    @Test(arguments: ["", "1", #""1"#, #"1""#, #"w/"1""#, #""1" "1""#, #""1", *"#, #""1 ""#, #""1", "2""#, ","])
    func `are refused when they are no tags, or name several versions`(match: String) async throws {
        let headers = try headers(["If-Match": match])
        try await withParcels { client in
            #expect(try await client.send("1/send", send).status == .ok)
            let answer = try await client.send("1/send", send, headers: headers)
            #expect(answer.status == .badRequest && answer.problem == "invalid-header", "\(answer.text)")
        }
    }

    @Test(arguments: traces)
    func `place a command in a trace, or are ignored`(header: String, kept: String?) async throws {
        #expect(try await metadata(["traceparent": header]).traceparent == kept)
    }

    @Test func `have a key for one request to one aggregate`() async throws {
        try await withParcels { client in
            let key = try headers(["Idempotency-Key": "k"])
            #expect(try await client.send("1/send", send, headers: key).document["id"] as? String == "1")
            #expect(try await client.send("1/send", send, headers: key).document["version"] as? Int == 1)
            let other = try await client.send("2/send", send, headers: key)
            #expect(other.status == .unprocessableContent && other.problem == "idempotency-key-reused")
            #expect(try await client.execute(uri: "/v1/parcel/2", method: .get).status == .notFound)
        }
    }

    @Test func `have a key for each actor, and for each command`() async throws {
        try await withParcels { client in
            func fields(_ actor: String?) throws -> HTTPFields {
                try headers(["Idempotency-Key": "k"].merging(actor.map { ["Daybook-Actor": $0] } ?? [:]) { $1 })
            }
            for (version, actor) in ["ada", "eve", nil].enumerated() {
                for _ in 0..<2 {
                    let answer = try await client.send("1/send", send, headers: fields(actor))
                    #expect(answer.document["version"] as? Int == version + 1, "\(answer.text)")
                }
            }
            let lost = try await client.send("1/lose", headers: fields("ada"))
            #expect(lost.status == .ok && lost.document["version"] as? Int == 4, "\(lost.text)")
        }
    }

    @Test func `give a refusal again with all its values`() async throws {
        try await withParcels { client in
            let key = try headers(["Idempotency-Key": "k"])
            let expected = """
                {"code":"unreachable","detail":"unreachable","kilometres":1.5,"status":422,"street":"nowhere",\
                "title":"Unprocessable Content","towns":["a","b"],"type":"urn:daybook:problem:unreachable"}
                """
            for _ in 0..<2 {
                let refused = try await client.send("1/send", #"{"to":{"street":"nowhere"}}"#, headers: key)
                #expect(refused.status == .unprocessableContent && refused.text == expected)
            }
            #expect(try await client.send("1/lose").problem == "not-sent")
        }
    }

    @Test func `have a key for a new aggregate, too`() async throws {
        try await withParcels { client in
            let key = try headers(["Idempotency-Key": "k"])
            let first = try await client.send("send", send, headers: key)
            #expect(try await client.send("send", send, headers: key).text == first.text)
            #expect(try await client.send("1/send", send, headers: key).problem == "idempotency-key-reused")
        }
    }
}
