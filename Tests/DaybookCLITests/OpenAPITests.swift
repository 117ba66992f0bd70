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
}
