import Daybook
import DaybookAPI
public import Hummingbird
import NIOCore

extension Request {
    /// The whole body.
    ///
    /// - Parameter limit: the most it may hold, in bytes.
    /// - Throws: `Problem` 413 with code `body-too-large`, or 400 with code `unreadable-body` if the client
    ///   breaks off or sends what is not HTTP; `CancellationError`.
    public func bodyBytes(upTo limit: Int) async throws -> [UInt8] {
        var tooLarge: Problem {
            Problem(
                code: .bodyTooLarge, detail: "the body may have at most \(limit) bytes",
                members: ["limit": .number(String(limit))])
        }
        // A body that says how large it is need not be read to be refused.
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Problem(code: .unreadableBody, detail: "the body could not be read to its end")
        }
    }

    /// The body as JSON, of which nothing is dropped. An empty one stands for an empty object.
    ///
    /// - Throws: What `bodyBytes(upTo:)` throws; `Problem` 400 for a body that is not of the type, or has more.
    public func bodyJSON<Value: Decodable>(_ type: Value.Type, upTo limit: Int = 1 << 16) async throws -> Value {
        let bytes = try await bodyBytes(upTo: limit)
        do {
            return try JSON.decodeAll(type, from: bytes.isEmpty ? Array("{}".utf8) : bytes)
        } catch {
            throw Problem(malformedBody: error)
        }
    }

    /// Refuses a body that says something, where none has a meaning: there may be none, or an empty object.
    ///
    /// - Throws: What `bodyJSON(_:upTo:)` throws.
    public func requireEmptyBody() async throws { _ = try await bodyJSON(NoMembers.self) }
}
