/// What must not have happened since a decision was prepared: the append is refused if an event after ``position``
/// is one of ``events``.
///
/// Where an expected version guards one stream, this guards whatever the decision has looked at: the events with a tag,
/// or of some types, in all streams.
public struct AppendCondition: Sendable, Hashable {
    public var events: EventQuery
    public var position: Position

    public init(no events: EventQuery, after position: Position) {
        self.events = events
        self.position = position
    }
}

/// Says which events are meant: those that fit one criterion or more.
public struct EventQuery: Sendable, Hashable {
    /// Fits an event of its category, of one of its types, that has all its tags. What is empty or `nil` asks nothing.
    public struct Criterion: Sendable, Hashable {
        public var category: StreamCategory?
        /// Stored types. Where a type has had other names, ``EventCodec/storedNames(of:)`` knows them.
        public var types: Set<String>
        public var tags: [Tag]

        public init(category: StreamCategory? = nil, types: Set<String> = [], tags: [Tag] = []) {
            self.category = category
            self.types = types
            self.tags = tags
        }
    }

    public var criteria: [Criterion]

    public init(_ criteria: Criterion...) { self.criteria = criteria }

    /// The events of a category that have this tag.
    public static func tagged(_ tag: Tag, in category: StreamCategory) -> EventQuery {
        EventQuery(Criterion(category: category, tags: [tag]))
    }
}

extension EventQuery {
    /// `true` when an event is meant.
    func means(stream: StreamName, type: String, tags: some Collection<Tag>) -> Bool {
        criteria.contains { criterion in
            criterion.category.map { stream.isOf($0) } ?? true
                && (criterion.types.isEmpty || criterion.types.contains(type))
                && criterion.tags.allSatisfy { tags.contains($0) }
        }
    }
}

extension [AppendRequest] {
    /// Refuses appends that belong together where one has what another one's condition forbids.
    ///
    /// - Throws: ``AppendError/inconsistent(_:)``.
    public func refuseContradictions() throws {
        for (index, request) in enumerated() {
            for condition in request.conditions {
                for other in self[..<index]
                where other.events.contains(where: {
                    condition.events.means(stream: other.stream, type: $0.type, tags: $0.tags)
                }) {
                    throw AppendError.inconsistent(request.stream)
                }
            }
        }
    }
}
