import Daybook
import DaybookAPI
import Testing

@testable import DaybookCLI

@Suite struct `The OpenAPI document` {
    private func members(_ value: JSONData?) throws -> [String: JSONData] {
        guard case .object(let members)? = value else { throw DocumentError.noObject }
        return members
    }

    private enum DocumentError: Error { case noObject }

    /// All that a value refers to.
    private func references(in value: JSONData) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { name, value -> [String] in
                if name == "$ref", case .text(let reference) = value { return [reference] }
                return references(in: value)
            }
        case .array(let elements): elements.flatMap { references(in: $0) }
        default: []
        }
    }

    @Test func `knows the types of a query's parameters`() throws {
        let parameters = [
            QueryParameter("from", .date, purpose: "the first day"),
            QueryParameter("count", .number(1...7), purpose: "how many"),
            QueryParameter("after", .number(0...Int.max), purpose: "which come after"),
            QueryParameter("order", .oneOf(["up", "down"]), purpose: "which way"),
            QueryParameter("tag", maximumCount: 10, purpose: "all of these"),
        ]
        let schemas = try parameters.map { try members(JSONData.query($0))["schema"] }
        #expect(
            schemas == [
                ["type": "string", "format": "date"],
                ["type": "integer", "minimum": .number("1"), "maximum": .number("7")],
                ["type": "integer", "minimum": .number("0")],
                ["type": "string", "enum": ["up", "down"]],
                ["type": "array", "items": ["type": "string"], "maxItems": .number("10")],
            ])
    }

    @Test func `lets a query be asked with the token of a command`() {
        let query = WorkerAPI.query(path: "days", summary: "", parameters: [])
        #expect(query.headers.map(\.header) == [.token])
    }

    @Test func `lists parked events by pages, and names what a stream without any is refused with`() throws {
        func operation(_ method: Operation.Method, _ path: String) throws -> Operation {
            let root = "/v1/projections/{name}/parked"
            return try #require(WorkerAPI.operations.first { $0.method == method && $0.path == root + path })
        }
        #expect(try operation(.get, "").parameters.map(\.name) == ["after", "limit", "stream", "waiting"])
        #expect(try operation(.get, "/{source}/{stream}").parameters.map(\.name) == ["after", "limit"])
        for name in ["retry", "skip"] {
            #expect(try operation(.post, "/{source}/{stream}/\(name)").refusals.contains(404))
        }
    }

    @Test func `has all that it refers to`() throws {
        let document = try OpenAPIDocument([], []).json
        let components = try members(members(document)["components"])
        var known: Set<String> = []
        for kind in ["schemas", "responses"] {
            for name in try members(components[kind]).keys { known.insert("#/components/\(kind)/\(name)") }
        }
        let references = references(in: document)
        #expect(references.count > 100 && known.isSuperset(of: references))
    }

    @Test func `has a schema for each part of a document, found out from its example`() throws {
        let components = try members(members(OpenAPIDocument([], []).json)["components"])
        let schemas = try members(components["schemas"])
        let report = try members(schemas["ProjectionReport"])
        let properties = try members(report["properties"])
        let lanes: JSONData = ["type": "array", "items": ["$ref": "#/components/schemas/LaneReport"]]
        let integer: JSONData = ["type": "integer"]
        #expect(properties["lanes"] == lanes && properties["version"] == integer)
        guard case .array(let required)? = report["required"] else {
            Issue.record("nothing is required")
            return
        }
        #expect(required.contains("lanes") && !required.contains("version"))
        // What a domain has stored may be anything.
        let event = try members(members(schemas["EventResponse"])["properties"])
        let object: JSONData = ["type": "object"]
        #expect(event["data"] == object && event["state"] == object)
        let readiness = try members(members(schemas["ReadinessResponse"])["properties"])
        let checks: JSONData = [
            "type": "object", "additionalProperties": ["$ref": "#/components/schemas/ReadinessCheck"],
        ]
        #expect(readiness["checks"] == checks)
    }
}

@Suite struct `The AsyncAPI document` {
    @Test func `tells consumers to take the next offset only`() {
        guard case .object(let members) = AsyncAPIDocument([]).json, case .object(let info) = members["info"],
            case .text(let text) = info["description"]
        else {
            Issue.record("it says nothing")
            return
        }
        #expect(text.contains("only the offset that follows the last one") && text.contains("came too early"))
    }
}
