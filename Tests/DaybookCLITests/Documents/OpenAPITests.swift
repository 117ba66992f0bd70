import Daybook
import DaybookSQLite
import Testing

@testable import DaybookCLI

@Suite struct `The OpenAPI document` {
    @Test func `knows the types of a query's parameters`() throws {
        let query = ReadModelQuery(
            "days",
            parameters: [
                QueryParameter("from", .date, purpose: "the first day"),
                QueryParameter("count", .number(1...7), purpose: "how many"),
                QueryParameter("order", .oneOf(["up", "down"]), purpose: "which way"),
            ]
        ) { _, _ in [Int]() }
        let schemas = WorkerAPI.operation(query).parameters.prefix(3).map { parameter -> JSONData? in
            guard case .object(let members) = parameter else { return nil }
            return members["schema"]
        }
        #expect(
            schemas == [
                ["type": "string", "format": "date"],
                ["type": "integer", "minimum": .number("1"), "maximum": .number("7")],
                ["type": "string", "enum": ["up", "down"]],
            ])
    }

    @Test func `lets a query be asked with the token of a command`() throws {
        let query = ReadModelQuery("days") { _, _ in [Int]() }
        let headers = WorkerAPI.operation(query).parameters.filter { parameter in
            guard case .object(let members) = parameter else { return false }
            return members["in"] == "header" && members["name"] == "Daybook-Token"
        }
        #expect(headers.count == 1)
    }

    @Test func `lists parked events by pages, and names what a stream without any is refused with`() throws {
        func operation(_ method: String, _ path: String) throws -> APIOperation {
            let root = "/v1/projections/{name}/parked"
            return try #require(WorkerAPI.operations.first { $0.method == method && $0.path == root + path })
        }
        func names(_ operation: APIOperation) -> Set<JSONData> {
            Set(operation.parameters.compactMap { if case .object(let members) = $0 { members["name"] } else { nil } })
        }
        #expect(names(try operation("get", "")) == ["after", "limit", "stream", "waiting"])
        #expect(names(try operation("get", "/{source}/{stream}")) == ["after", "limit"])
        for name in ["retry", "skip"] {
            #expect(try operation("post", "/{source}/{stream}/\(name)").refusals.contains(404))
        }
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
