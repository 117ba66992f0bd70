/// The lanes of a projection, source by source. What is known of each has the same index.
struct RunnerLanes: Sendable {
    let all: [Lane]
    private let sources: [Source]
    let partitionCount: Int

    init(sources: [Source], partitionCount: Int) {
        self.sources = sources
        self.partitionCount = partitionCount
        all = sources.flatMap { source in
            Partition.all(partitionCount).map { Lane(source: source, partition: $0) }
        }
    }

    /// The index of a lane; `nil` when it is none of these.
    func index(of lane: Lane) -> Int? {
        guard let place = sources.firstIndex(of: lane.source), lane.partition.index < partitionCount else { return nil }
        return place * partitionCount + lane.partition.index
    }
}
