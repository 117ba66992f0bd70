public import Hummingbird
import NIOCore

extension Request {
    /// The whole body.
    ///
    /// - Parameter limit: the most it may hold, in bytes.
    /// - Throws: `Problem` 413 with code `body-too-large`, or 400 with code `unreadable-body` if the client
    ///   breaks off or sends what is not HTTP; `CancellationError`.
    public func bodyBytes(upTo limit: Int) async throws -> [UInt8] {
        let tooLarge = Problem(
            .contentTooLarge, code: "body-too-large", detail: "the body may have at most \(limit) bytes",
            members: ["limit": .integer(limit)])
        // A body that says how large it is need not be read to be refused.
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Problem(.badRequest, code: "unreadable-body", detail: "the body could not be read to its end")
        }
    }
}
