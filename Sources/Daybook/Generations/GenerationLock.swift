/// A right that one worker has at a time: to make a generation, to feed one that does not serve, to change which one
/// serves, or to react. It ends with the object, and with the process.
public final class GenerationLock: Sendable {
    private let held: any AnyObject & Sendable

    /// - Parameter held: What keeps others away as long as it is there.
    public init(_ held: any AnyObject & Sendable) { self.held = held }
}
