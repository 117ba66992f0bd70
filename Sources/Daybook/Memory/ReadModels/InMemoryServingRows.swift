/// The rows of the generation in memory that serves.
struct InMemoryServingRows: ServingRows {
    let generations: InMemoryGenerations

    private func serving() throws -> (number: Int, state: GenerationState) {
        guard let serving = generations.servingGeneration() else { throw NothingServes() }
        return serving
    }

    func generation() throws -> Int { try serving().number }

    func version() throws -> Int { try serving().state.version }

    func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int
    ) async throws -> [UInt8]? {
        try InMemoryQuery(describedBy: query).body(parameters, serving(of: version).tables)
    }

    func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int, after token: WriteToken
    ) async throws -> [UInt8]? {
        let state = try serving(of: version)
        try Self.check(token, in: state)
        return try InMemoryQuery(describedBy: query).body(parameters, state.tables)
    }

    private func serving(of version: Int) throws -> GenerationState {
        let state = try serving().state
        guard state.version == version else { throw OtherVersionServes(serving: state.version, wanted: version) }
        return state
    }

    private static func check(_ token: WriteToken, in state: GenerationState) throws {
        let checkpoint = state.checkpoints[token.lane]
        if let checkpoint, checkpoint.epoch != token.epoch { throw NotShown.otherLog }
        let lag = token.place.offset - (checkpoint?.offset ?? .zero)
        if lag > 0 { throw NotShown.behind(lag: lag) }
        if let stream = state.parked.stream(at: token) { throw NotShown.parked(stream: stream) }
    }
}

/// The rows of a generation in memory, as it was when this was made.
struct InMemoryTableRows: TableRows {
    let state: GenerationState

    /// Rows that are handed over together.
    private static let page = 100

    func tables() async throws -> [TableDescription] { state.tables.descriptions }

    func withPages(of table: TableDescription, _ body: (_ rows: [[UInt8]]) async throws -> Void) async throws {
        var rest = state.tables.lines(of: table)[...]
        while !rest.isEmpty {
            try await body(Array(rest.prefix(Self.page)))
            rest = rest.dropFirst(Self.page)
        }
    }

    func events() async throws -> (posted: Int64, parked: Int) {
        (state.checkpoints.values.map(\.offset.rawValue).cappedSum, state.parked.count)
    }
}

/// The messages of a generation in memory that could not be read.
struct InMemoryUnreadableMessages: UnreadableMessageStore {
    let generations: InMemoryGenerations
    let number: Int

    func list() async throws -> (messages: [KeptMessage], dropped: Int) {
        let list = try generations.existing(number).unreadable
        return (list.messages, list.dropped)
    }

    func message(_ id: Int64) async throws -> KeptMessage? { try generations.existing(number).unreadable.message(id) }

    func drop(_ id: Int64?) async throws -> Int { try generations.change(number) { $0.unreadable.drop(id) } }
}
