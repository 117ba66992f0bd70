/// Rules that span the streams of a category: what one aggregate holds, such as its email, no other one may.
///
/// Where nobody ever had it, the append itself finds that out, by a condition on the tag. Only where somebody had it
/// are the aggregates looked at that did; and what was looked at is again the condition of the next append.
extension Repository {
    /// The knowledge of tags during one command.
    struct Lookup {
        /// Up to where nobody holds what the tag names.
        var free: [Tag: Position] = [:]
        var taken: Set<Tag> = []
    }

    private static var page: Int { 200 }

    /// The aggregates that hold what a tag names, as they stand now.
    ///
    /// - Throws: ``NameError``, ``CodecError``.
    public func holders(of tag: Tag) async throws -> [String] { try await look(at: tag).holders.map(\.id) }

    /// The tags that nobody else may hold once these events are appended.
    func claims(of events: [NewEvent]) -> [Tag] {
        events.flatMap(\.tags).filter { Subject.taken($0) != nil }
    }

    func conditions(on claims: [Tag], _ lookup: Lookup) -> [AppendCondition] {
        claims.map { AppendCondition(no: .tagged($0, in: Subject.category), after: lookup.free[$0] ?? .zero) }
    }

    /// Somebody had one of these: sees who has it now.
    func look(at claims: [Tag], for stream: StreamName, _ lookup: inout Lookup) async throws {
        for tag in claims {
            let (holders, position) = try await look(at: tag)
            lookup.free[tag] = position
            if holders.contains(where: { $0 != stream }) { lookup.taken.insert(tag) } else { lookup.taken.remove(tag) }
        }
    }

    private func look(at tag: Tag) async throws -> (holders: [StreamName], upTo: Position) {
        let query = EventQuery.tagged(tag, in: Subject.category)
        var (streams, position): (Set<StreamName>, Position) = ([], .zero)
        while case let page = try await store.read(query, after: position, limit: Self.page), let last = page.last {
            streams.formUnion(page.map(\.stream))
            position = last.position
        }
        var holders: [StreamName] = []
        for stream in streams {
            let loaded = try await load(stream.id)
            if try marked(.stored(stream, loaded.version), { loaded.aggregate.holds(tag) }) { holders.append(stream) }
        }
        return (holders, position)
    }
}
