extension LaneState {
    /// The reason why a lane no longer posts.
    public enum Stop: Sendable, Hashable, CustomStringConvertible {
        /// The source has another log now: it was restored or imported.
        case epochChanged(now: Epoch)
        /// The checkpoint is beyond the log's end: the source was restored from an older copy.
        case aheadOfLog(head: Offset)
        /// The log has another event at the checkpoint: it was restored and has grown since.
        case logDiffers(at: Offset)
        /// The worker and the writer are set up for different numbers of partitions.
        case partitionCountDiffers(log: Int, here: Int)

        /// `true` when the source's log is the right one but for the event that was asked about.
        var isAboutOneEvent: Bool {
            switch self {
            case .aheadOfLog, .logDiffers: true
            case .epochChanged, .partitionCountDiffers: false
            }
        }

        public var description: String {
            let wayOut =
                "build a read model of the present log (daybook projections rebuild), or let a reaction go on in it "
                + "(daybook projections reset); or restore the store that it was made from and start the worker again"
            let cause = "the store was restored from an older copy, or a message or an answer was forged"
            return switch self {
            case .epochChanged(let epoch): "the source's log is another one now (epoch \(epoch)): \(wayOut)"
            case .aheadOfLog(let head):
                "the checkpoint is beyond the end of the source's log (head \(head)), as \(cause): \(wayOut)"
            case .logDiffers(let offset):
                "the source's log has another event at offset \(offset) than the one that was posted, as \(cause): "
                    + wayOut
            case .partitionCountDiffers(let log, let here):
                "the source's log has \(log) partitions and this worker is set to \(here): set both to the same number"
            }
        }
    }
}
