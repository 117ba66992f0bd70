public import Daybook
import Synchronization

/// Ids that count, in the form of those that a store has (UUIDv7), so that a test can say beforehand which event gets
/// which. Hand its ``next(at:)`` to a `Repository` or an `EventCodec`:
///
/// ```swift
/// let ids = SequentialIDs()
/// let users = Repository<User>(store: store, makeID: ids.next)
/// ```
///
/// The first event is then `00000000-0000-7000-8000-000000000001`, which is ``id(_:)`` of 1.
public final class SequentialIDs: Sendable {
    private let last = Atomic<UInt64>(0)

    public init() {}

    /// The next id, whatever the time.
    public func next(at time: Timestamp) -> EventID {
        Self.id(last.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// The id with a number.
    public static func id(_ number: UInt64) -> EventID {
        EventID(high: 0x7000, low: 0x8000_0000_0000_0000 | number)
    }
}
