import AsyncHTTPClient

/// Commands in one request. The writer carries out those to one stream in order, and others at the same time. It
/// refuses each by itself, and reads on only while the responses are taken. Nothing is tried again.
extension WriterClient {
    /// The responses to commands. Each has the number of its command, 1, 2, 3…, as its line.
    public func responses(to commands: some Sequence<CommandMessage> & Sendable) -> BatchResponses {
        responses(toLines: GatheredCommands(commands: commands))
    }

    /// The responses to commands that are sent as they come, each with the number of its command as its line.
    public func responses<Commands: AsyncSequence & Sendable>(
        toStream commands: Commands
    ) -> BatchResponses where Commands.Element == CommandMessage {
        batch(BatchBody(pieces: commands) { try $0.batchLine })
    }

    /// The responses to lines of JSON, each a `BatchCommand`, that are sent as they are.
    ///
    /// - Parameter pieces: The bytes of the lines, cut anywhere.
    public func responses<Pieces: AsyncSequence & Sendable>(
        toLines pieces: Pieces
    ) -> BatchResponses where Pieces.Element == [UInt8] {
        batch(BatchBody(pieces: pieces) { $0 })
    }

    private func batch<Pieces>(_ body: BatchBody<Pieces>) -> BatchResponses {
        BatchResponses(connection: connection, body: .stream(body, length: .unknown))
    }
}
