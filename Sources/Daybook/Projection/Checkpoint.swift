/// The progress of a projection in one partition of one source: the last event that it posted.
public struct Checkpoint: Sendable, Hashable {
    public var epoch: Epoch
    public var offset: Offset
    public var anchor: LogAnchor

    public init(epoch: Epoch, offset: Offset, anchor: LogAnchor) {
        self.epoch = epoch
        self.offset = offset
        self.anchor = anchor
    }
}
