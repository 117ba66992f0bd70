import Daybook
import DaybookAPI

/// The place that a reader of events has reached. What does not follow it is refused, as reading on would never end, or
/// go on in another log.
struct EventCursor: Sendable, Equatable {
    /// The reason why an event cannot be the next one.
    enum Disorder: Error, CustomStringConvertible {
        case outOfOrder, otherLog, standstill

        var description: String {
            switch self {
            case .outOfOrder: "its events are not in order"
            case .otherLog: "its events are of another log than before"
            case .standstill: "its pages do not go on"
            }
        }
    }

    /// The identity of the log; `nil` until the first event says it.
    private(set) var epoch: Epoch?
    /// The position or version after which reading can go on.
    private(set) var settled: Int64
    /// The position or version of the last event.
    private(set) var last: Int64

    init(epoch: Epoch? = nil, after number: Int64) {
        self.epoch = epoch
        settled = number
        last = number
    }

    /// Takes an event. It has the same number as the one before it when both are parts of one stored event.
    ///
    /// - Parameter number: Its position or version.
    mutating func take(number: Int64, epoch: Epoch) throws(Disorder) {
        guard epoch == self.epoch ?? epoch else { throw .otherLog }
        guard number > settled, number >= last else { throw .outOfOrder }
        self.epoch = epoch
        last = number
    }

    /// Notes that the last event is whole.
    mutating func settle() { settled = last }

    /// Goes on at the place where the next page begins, which is after the start of the page before it and not before
    /// the end of that.
    mutating func move(to place: EventPlace, from start: Int64) throws(Disorder) {
        guard place.epoch ?? epoch == epoch ?? place.epoch else { throw .otherLog }
        let number = place.position.rawValue
        guard number > start, number >= last else { throw .standstill }
        epoch = place.epoch ?? epoch
        last = number
        settled = number
    }
}
