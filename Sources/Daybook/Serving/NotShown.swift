/// The reason why a read model does not show what was written.
public enum NotShown: Error, Sendable, Equatable {
    /// It is not there yet: so many events of its partition are still to be posted before it is.
    case behind(lag: Int64)
    /// The event could not be posted, or waits behind one of its stream that could not.
    case parked(stream: String)
    /// The read model was made from another log of that source, or that log does not have the place.
    case otherLog
    /// The source's log is not the one any more that the read model was made from. What stands at the place may be
    /// something else.
    case stopped(reason: String)
}
