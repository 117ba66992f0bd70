import Synchronization

/// Takes the snapshots of one kind of aggregate, one of a stream at a time.
final class SnapshotTaker<Subject: Aggregate>: Sendable {
    private let store: any EventStore
    private let underWay = Mutex<Set<StreamName>>([])

    private let marks: (any CodeMarks)?

    init(store: any EventStore, marks: (any CodeMarks)?) {
        self.store = store
        self.marks = marks
    }

    /// Runs the coding of a state, which may be the domain's own code.
    private func marked<Value>(_ stream: StreamName, _ version: StreamVersion, _ body: () throws -> Value) -> Value? {
        guard let marks else { return try? body() }
        return try? marks.marking(.stored(stream, version), body)
    }

    /// The aggregate as it was last kept; in its initial state when there is nothing of use, or it cannot be read.
    func begin(_ stream: StreamName) async -> Loaded<Subject> {
        guard Subject.snapshots != .never,
            let snapshot = try? await store.snapshot(of: stream, schemaVersion: Subject.snapshotVersion),
            let aggregate = marked(stream, snapshot.version, { try JSON.decode(Subject.self, from: snapshot.state) })
        else { return Loaded() }
        return Loaded(aggregate: aggregate, version: snapshot.version)
    }

    /// Keeps a state, beside whatever goes on. Nobody waits for it: one that the process ends in the midst of is lost,
    /// which costs the next load its time and nothing else.
    func take(_ loaded: Loaded<Subject>, of stream: StreamName) {
        guard underWay.withLock({ $0.insert(stream).inserted }) else { return }
        Task {
            defer { underWay.withLock { _ = $0.remove(stream) } }
            guard let state = marked(stream, loaded.version, { try JSON.encode(loaded.aggregate) }) else { return }
            // What cannot be kept now is kept another time.
            try? await store.keep(
                Snapshot(
                    stream: stream, version: loaded.version, schemaVersion: Subject.snapshotVersion, state: state))
        }
    }
}
