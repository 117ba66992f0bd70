import AsyncHTTPClient
import Daybook
import DaybookAPI
import NIOCore
import NIOHTTP1

/// A daemon and the session over which it is asked. Every failure is a ``DaybookClientError``, or a `CancellationError`
/// when the task is cancelled.
struct DaemonConnection: Sendable {
    let endpoint: DaemonEndpoint
    let session: DaemonSession

    /// Bytes of a body that is held as a whole, or of a line of one: more than any daemon sends.
    private static let limit = 64 << 20

    /// The document in a successful response.
    ///
    /// - Parameter status: Another status under which the daemon answers with such a document, and not with a problem.
    func document<Document: Decodable & Sendable>(
        _ request: DaemonRequest, alsoWith status: ProblemStatus? = nil
    ) async throws -> Received<Document> {
        let response = try await response(to: request, alsoWith: status)
        return try Received(try await bytes(of: response), from: endpoint)
    }

    /// The text in a successful response.
    func text(_ request: DaemonRequest) async throws -> String {
        let response = try await response(to: request)
        return String(decoding: try await bytes(of: response), as: UTF8.self)
    }

    /// The headers of a successful response that have a meaning in the interface.
    func headers(_ request: DaemonRequest) async throws -> [APIHeader: String] {
        let response = try await response(to: request)
        _ = try await bytes(of: response)
        return Self.headers(of: response)
    }

    /// The lines of a successful response, to be read one by one.
    func lines(_ request: DaemonRequest) async throws -> ResponseLines {
        let response = try await response(to: request)
        return ResponseLines(
            of: response.body, headers: Self.headers(of: response), from: endpoint, limit: Self.limit)
    }

    private static func headers(of response: HTTPClientResponse) -> [APIHeader: String] {
        var headers: [APIHeader: String] = [:]
        for header in APIHeader.allCases { headers[header] = response.headers.first(name: header.rawValue) }
        return headers
    }

    private func response(
        to request: DaemonRequest, alsoWith status: ProblemStatus? = nil
    ) async throws -> HTTPClientResponse {
        let prepared = try request.prepared(for: endpoint)
        let response: HTTPClientResponse
        do {
            response = try await session.client.execute(prepared, deadline: .distantFuture)
        } catch {
            throw endpoint.clientError(for: error)
        }
        if let status, response.status.code == status.rawValue, Self.isDocument(response) { return response }
        guard (200..<300).contains(response.status.code) else {
            let date = response.headers.first(name: "Date")
            let delay = response.headers.first(name: "Retry-After").flatMap { header in
                RetryDelay.read(header, date: date, now: .now())
            }
            throw DaybookClientError(
                refusedWith: Int(response.status.code), body: try await bytes(of: response), retryAfter: delay,
                by: endpoint.description)
        }
        return response
    }

    /// `true` for a body that is a document, and `false` for a problem.
    private static func isDocument(_ response: HTTPClientResponse) -> Bool {
        let type = response.headers.first(name: "Content-Type")?.prefix { $0 != ";" }.lowercased()
        return type == APIMediaType.json.rawValue
    }

    private func bytes(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: Self.limit).readableBytesView)
        } catch {
            throw endpoint.clientError(for: error)
        }
    }
}
