import NIOCore

/// The body of a batch, made piece by piece as it is sent.
struct BatchBody<Pieces: AsyncSequence & Sendable>: AsyncSequence, Sendable where Pieces.Element: Sendable {
    typealias Element = ByteBuffer

    let pieces: Pieces
    /// The bytes of a piece.
    let bytes: @Sendable (Pieces.Element) throws -> [UInt8]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: pieces.makeAsyncIterator(), bytes: bytes) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: Pieces.AsyncIterator
        let bytes: @Sendable (Pieces.Element) throws -> [UInt8]

        /// - Throws: ``DaybookClientError``, `CancellationError`.
        mutating func next() async throws -> ByteBuffer? {
            do {
                return try await pieces.next().map { ByteBuffer(bytes: try bytes($0)) }
            } catch let error as CancellationError {
                throw error
            } catch {
                throw DaybookClientError.invalidRequest(reason: "the commands cannot be read: \(error)")
            }
        }
    }
}
