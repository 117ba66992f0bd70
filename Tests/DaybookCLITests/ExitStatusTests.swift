import Testing

@testable import DaybookCLI

@Suite struct `The exit status of the tool` {
    /// Scripts depend on these.
    @Test func `follows from the status of the answer`() {
        let known: [Int: Int32] = [
            400: 65, 401: 77, 403: 77, 404: 66, 409: 75, 410: 65, 412: 75, 422: 65, 503: 69,
        ]
        for status in 300..<600 {
            #expect(ExitStatus(httpStatus: status).rawValue == known[status] ?? 1, "\(status)")
        }
    }

    @Test func `has the numbers that the help says`() {
        let numbers: [DaybookCLI.ExitStatus: Int32] = [
            .success: 0, .failure: 1, .usage: 64, .refused: 65, .notFound: 66, .unavailable: 69, .damaged: 74,
            .conflict: 75, .incompatible: 76, .notAllowed: 77, .configuration: 78,
        ]
        #expect(Set(numbers.keys) == Set(DaybookCLI.ExitStatus.allCases))
        for (status, number) in numbers {
            #expect(status.rawValue == number && ExitStatus.help.contains("  \(number)"))
        }
    }
}
