/// Commands as lines, gathered to pieces that are worth sending by themselves.
struct GatheredCommands<Commands: Sequence<CommandMessage> & Sendable>: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let commands: Commands

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(commands: commands.makeIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        /// Bytes after which a piece ends.
        private static var size: Int { 16 << 10 }

        var commands: Commands.Iterator

        /// - Throws: `EncodingError`.
        mutating func next() async throws -> [UInt8]? {
            var piece: [UInt8] = []
            while piece.count < Self.size, let command = commands.next() { piece += try command.batchLine }
            return piece.isEmpty ? nil : piece
        }
    }
}
