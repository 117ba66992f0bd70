import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The place at which a client begins to read a log, as its request names it. It reads on after the place of the header
/// `Last-Event-ID`, else of the parameter `after`, or back before that of the parameter `before`.
///
/// Nothing of another log is served as if it were this one's: a client that begins at an event which this log does not
/// have is refused.
struct ReadingStart {
    /// The numbers by which events are counted.
    enum Unit: String {
        case position, offset

        /// The name of one of them in a sentence.
        fileprivate var phrase: String { self == .offset ? "an offset" : "a position" }
    }

    let unit: Unit
    /// The identity of the store's log.
    let epoch: Epoch
    /// The number of the last event.
    let head: Int64

    private static let lastEvent = HTTPField.Name(of: .lastEventID)

    /// The id of the last event that a client has seen; `nil` where its request names none.
    static func lastEventID(in request: Request) -> String? { lastEvent.flatMap { request.headers[$0] } }

    /// The number after which events are asked for; 0 where the request names none.
    ///
    /// - Throws: `Problem` 409 when this log has no such place: it is of another log, or of what was in this one before
    ///   an older copy was restored. `QueryError`, or `Problem` 400, when it is no place.
    func number(in request: Request, parameters: QueryParameters) throws -> Int64 {
        guard let id = Self.lastEventID(in: request) else {
            return try number(named: "after", in: parameters, through: head) ?? 0
        }
        guard let place = EventPlace(id), place.epoch != nil else {
            throw Problem(
                code: .invalidHeader,
                detail: "Last-Event-ID must be the id of an event, epoch/\(unit.rawValue); \(unit.phrase) alone goes "
                    + "into after")
        }
        return try number(of: place, through: head)
    }

    /// The number before which events are asked for; `nil` where the request names none.
    ///
    /// - Throws: As ``number(in:parameters:)`` does.
    func end(in parameters: QueryParameters) throws -> Int64? {
        // What is before the next event is everything.
        try number(named: "before", in: parameters, through: head + 1)
    }

    private func number(named name: String, in parameters: QueryParameters, through last: Int64) throws -> Int64? {
        guard let text = parameters[name] else { return nil }
        // Offsets are written as positions are.
        guard let place = EventPlace(text) else {
            throw QueryError("\(name) must be \(unit.phrase), or epoch/\(unit.rawValue)")
        }
        return try number(of: place, through: last)
    }

    /// - Parameter last: The last number that the place may have.
    private func number(of place: EventPlace, through last: Int64) throws -> Int64 {
        let number = place.position.rawValue
        let members: [String: JSONData] = ["epoch": .text("\(epoch)"), "head": .number(String(head))]
        if let other = place.epoch, other != epoch {
            throw Problem(
                code: .otherLog,
                detail: "the events of this store are of epoch \(epoch), not of \(other): begin again at "
                    + "\(unit.rawValue) 0", members: members)
        }
        guard number <= last else {
            throw Problem(
                code: .beyondHead,
                detail: "the last event has \(unit.rawValue) \(head), which is before \(number): if the store was "
                    + "restored from an older copy, begin again at \(unit.rawValue) 0", members: members)
        }
        return number
    }
}
