import Daybook
import Logging
import Synchronization

extension ProjectionHost {
    /// The generations from which this process erases what is left of forgotten streams: those that it feeds. Where
    /// another one posts all of what serves, it is left to that. A build is erased from when it is finished.
    var erasableFiles: [ErasableFile] {
        members.withLock { members in
            members.compactMap { number, member -> ErasableFile? in
                let isFedHere = member.runner.status.lanes.contains { !$0.isStandby }
                guard isFedHere, member.role != .building || member.isFinished else { return nil }
                return ErasableFile(metadata: ["projection": "\(projection.name)", "generation": "\(number)"]) {
                    [model = member.model] in try await model.erasePending()
                }
            }
        }
    }
}
