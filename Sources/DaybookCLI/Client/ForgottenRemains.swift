import Daybook

/// What a worker's files still have of a stream that was forgotten.
extension ProjectionStatus {
    /// - Parameter token: Where it is in the log that the stream is forgotten.
    /// - Returns: A line for each file in which somebody may still read the stream's data, or of which that cannot be
    ///   said. None when all have posted that it is forgotten, and are rid of what they erased.
    func remains(of token: WriteToken) -> [String] {
        guard let sources else { return ["\(projection): its worker is of an earlier version, which cannot say"] }
        let isPosted = sources.contains(token.source.description)
        // A reaction has one file, and no version.
        guard version != nil else {
            return FileRest(checkpoints, hasRemains, token, isPosted: isPosted).map { ["\(projection) \($0)"] } ?? []
        }
        return (generations ?? []).compactMap { generation in
            FileRest(generation.checkpoints, generation.hasRemains, token, isPosted: isPosted).map { rest in
                "generation \(generation.number) of \(projection) \(rest)" + rest.advice(generation, of: projection)
            }
        }
    }
}

/// Why somebody may still read in a file what was forgotten.
private enum FileRest: CustomStringConvertible {
    case unposted, unerased, ofOtherLog, unreadable

    /// - Parameter isPosted: Whether events of the token's source are posted to the file.
    /// - Returns: `nil` when nobody may.
    init?(_ checkpoints: [FileCheckpoint]?, _ hasRemains: Bool?, _ token: WriteToken, isPosted: Bool) {
        guard let checkpoints, let hasRemains else {
            self = .unreadable
            return
        }
        let lane = checkpoints.first {
            $0.source == token.source.description && $0.partition.index == token.place.partition.index
        }
        guard let lane else {
            // It has nothing of the stream, but its worker may hold events that it has yet to post.
            guard isPosted else { return nil }
            self = .unposted
            return
        }
        if lane.epoch != token.epoch.description {
            self = .ofOtherLog
        } else if lane.offset < token.place.offset.rawValue {
            self = .unposted
        } else if hasRemains {
            self = .unerased
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .unposted: "has not come to it yet"
        case .unerased: "has it in its file still (a reader holds that, it is being built, or the event is parked)"
        case .ofOtherLog: "is of another log of its writer"
        case .unreadable: "cannot be read"
        }
    }

    /// How a generation is got rid of, where waiting may be in vain.
    func advice(_ generation: GenerationStatus, of projection: String) -> String {
        switch self {
        case .unposted, .unerased:
            generation.isFed == false
                ? ", and is frozen unless another worker feeds it: daybook projections drop \(projection)" : ""
        case .ofOtherLog: ": daybook projections rebuild \(projection), then drop \(projection)"
        case .unreadable: ": daybook projections drop \(projection)"
        }
    }
}
