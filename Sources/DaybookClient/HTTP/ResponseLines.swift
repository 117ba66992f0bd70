import AsyncHTTPClient
import Daybook
import DaybookAPI
import NIOCore

/// The lines of a response as they arrive. The request ends with them at the latest.
struct ResponseLines {
    /// The headers of the response that have a meaning in the interface.
    let headers: [APIHeader: String]
    private let endpoint: DaemonEndpoint
    private let limit: Int
    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var splitter: LineSplitter

    /// - Parameter limit: The bytes that a line may have.
    init(
        of body: HTTPClientResponse.Body, headers: [APIHeader: String], from endpoint: DaemonEndpoint, limit: Int
    ) {
        self.headers = headers
        self.endpoint = endpoint
        self.limit = limit
        chunks = body.makeAsyncIterator()
        splitter = LineSplitter(limit: limit)
    }

    /// - Returns: The next line without its end; `nil` after the last one, and after an error.
    /// - Throws: ``DaybookClientError``, `CancellationError`.
    mutating func next() async throws -> [UInt8]? {
        while true {
            if let line = splitter.next() { return line }
            guard !splitter.isTooLong else { throw endpoint.unexpectedResponse("a line has no end") }
            guard let chunk = try await nextChunk() else { return splitter.finish() }
            splitter.append(chunk.readableBytesView)
        }
    }

    private mutating func nextChunk() async throws -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch {
            // The beginning of a line is none.
            splitter = LineSplitter(limit: limit)
            throw endpoint.clientError(for: error)
        }
    }
}
