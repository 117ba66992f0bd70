/// The decision about a message: acknowledge it, or keep it as unreadable and acknowledge it then.
///
/// It is acknowledged once everything that was accepted before it is committed.
public struct MessageDecision: Sendable {
    public var receipt: Receipt
    /// The message with the reason, when it is to be kept.
    public var unreadable: UnreadableMessage?

    package init(receipt: Receipt, unreadable: UnreadableMessage? = nil) {
        self.receipt = receipt
        self.unreadable = unreadable
    }
}
