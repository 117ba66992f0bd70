import Daybook
import DaybookAPI

/// The files of a worker that may still have a stream that was forgotten.
extension ProjectionReport {
    /// Looks for what is left of a forgotten stream.
    ///
    /// - Parameter token: The place in the log that says that the stream is forgotten.
    /// - Returns: A line for each file in which somebody may still read the stream's data, or of which that cannot be
    ///   said. None when all have posted that it is forgotten, and are rid of what they erased.
    func remains(of token: WriteToken) -> [String] {
        guard let sources else { return ["\(projection): its worker is of an earlier version, which cannot say"] }
        let isPosted = sources.contains(token.source)
        // A reaction has one file, and no version.
        guard version != nil else {
            let cause = PendingErasureCause(checkpoints, hasRemains, token, isPosted: isPosted)
            return cause.map { ["\(projection) \($0)" + $0.advice(onReaction: projection)] } ?? []
        }
        return generations.compactMap { generation in
            let cause = PendingErasureCause(generation.checkpoints, generation.hasRemains, token, isPosted: isPosted)
            return cause.map { cause in
                "generation \(generation.number) of \(projection) \(cause)" + cause.advice(on: generation, of: self)
            }
        }
    }

    /// The command that removes a generation.
    fileprivate func removal(of generation: GenerationReport) -> String {
        let command = "\(Tool.name) projections"
        return switch generation.role {
        case .serving: "\(command) rebuild \(projection), then drop \(projection)"
        case .building where generation.version == version: "\(command) cancel \(projection)"
        case .building, .previous, .damaged: "\(command) drop \(projection)"
        }
    }
}

/// The reason why somebody may still read in a file what was forgotten.
private enum PendingErasureCause: CustomStringConvertible {
    case unposted, unerased, ofOtherLog, unreadable

    /// Looks at what a file has.
    ///
    /// - Parameter isPosted: `true` when events of the token's source are posted to the file.
    /// - Returns: `nil` when nobody may.
    init?(_ checkpoints: [FileCheckpoint]?, _ hasRemains: Bool?, _ token: WriteToken, isPosted: Bool) {
        guard let checkpoints, let hasRemains else {
            self = .unreadable
            return
        }
        let lane = checkpoints.first { $0.source == token.source && $0.partition == token.place.partition }
        guard let lane else {
            // It has nothing of the stream, but its worker may hold events that it has yet to post.
            guard isPosted else { return nil }
            self = .unposted
            return
        }
        if lane.epoch != token.epoch {
            self = .ofOtherLog
        } else if lane.offset < token.place.offset {
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
        // It is known of the file, and not of the stream.
        case .unerased: "may have it in its file still (a reader holds that, it is being built, or an event is parked)"
        case .ofOtherLog: "is of another log of its writer"
        case .unreadable: "cannot be read"
        }
    }

    /// The way out for a generation, where waiting may be in vain.
    func advice(on generation: GenerationReport, of projection: ProjectionReport) -> String {
        let removal = projection.removal(of: generation)
        return switch self {
        case .unposted: generation.isFed ? "" : ", and is frozen unless another worker feeds it: \(removal)"
        case .unerased where generation.role == .serving: ": see \(Tool.name) parked list \(projection.projection)"
        case .unerased: ": wait, or \(removal)"
        case .ofOtherLog, .unreadable: ": \(removal)"
        }
    }

    /// The way out for a reaction, where waiting may be in vain.
    func advice(onReaction name: String) -> String {
        switch self {
        case .unposted: ""
        case .unerased: ": see \(Tool.name) parked list \(name)"
        case .ofOtherLog, .unreadable: ": end its worker and remove the file, and the reaction begins anew"
        }
    }
}
