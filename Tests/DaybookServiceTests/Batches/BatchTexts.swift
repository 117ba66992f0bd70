import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import DaybookWriter

/// The line of a command to a parcel.
func batchLine(
    _ command: String, _ id: String = "1", _ body: String = #"{"to":{"street":"s"}}"#, _ more: String = ""
) -> String {
    #"{"category":"parcel","id":"\#(id)","command":"\#(command)","body":\#(body)\#(more)}"#
}

/// The lines of a response.
func batchResponses(in text: String) throws -> [BatchResponse] {
    try text.split(separator: "\n").map { try JSON.decode(BatchResponse.self, from: Array($0.utf8)) }
}

extension BatchResponse {
    var status: Int {
        switch self {
        case .result(let result): result.status
        case .problem(let problem): problem.status
        }
    }

    var ref: String? {
        switch self {
        case .result(let result): result.ref
        case .problem(let problem): problem.ref
        }
    }

    var code: String? {
        guard case .problem(let problem) = self else { return nil }
        return problem.problem.code
    }

    var version: StreamVersion? {
        guard case .result(let result) = self else { return nil }
        return result.response.version
    }
}

extension TestClientProtocol {
    /// Sends a batch.
    func sendBatch(
        _ text: String, type: String? = "application/x-ndjson", headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = type
        return try await execute(
            uri: "/v1/commands", method: .post, headers: headers, body: ByteBuffer(string: text))
    }

    /// Sends the lines of a batch, and gives the responses in the order of the lines.
    func batch(_ lines: [String], headers: HTTPFields = [:]) async throws -> [BatchResponse] {
        let response = try await sendBatch(lines.joined(separator: "\n"), headers: headers)
        #expect(response.status == .ok && response.headers[.contentType] == "application/x-ndjson", "\(response.text)")
        return try batchResponses(in: response.text).sorted { $0.line ?? .max < $1.line ?? .max }
    }
}
