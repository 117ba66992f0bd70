import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The place after which a client reads on in a log, as its request names it: by the header `Last-Event-ID`, else by
/// the parameter `after`.
///
/// Nothing of another log is served as if it were this one's: a client that goes on after an event which this log does
/// not have is refused.
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

    /// The number after which events are asked for; 0 where the request names none.
    ///
    /// - Throws: `Problem` 409 when this log has no such place: it is of another log, or of what was in this one before
    ///   an older copy was restored. `QueryError`, or `Problem` 400, when it is no place.
    func number(in request: Request, parameters: QueryParameters) throws -> Int64 {
        let id = Self.lastEvent.flatMap { request.headers[$0] }
        guard let text = id ?? parameters["after"] else { return 0 }
        // Offsets are written as positions are.
        guard let place = EventPlace(text), place.epoch != nil || id == nil else {
            if id == nil { throw QueryError("after must be \(unit.phrase), or epoch/\(unit.rawValue)") }
            throw Problem(
                code: .invalidHeader,
                detail: "Last-Event-ID must be the id of an event, epoch/\(unit.rawValue); \(unit.phrase) alone goes "
                    + "into after")
        }
        let number = place.position.rawValue
        let members: [String: JSONData] = ["epoch": .text("\(epoch)"), "head": .number(String(head))]
        if let other = place.epoch, other != epoch {
            throw Problem(
                code: .otherLog,
                detail: "the events of this store are of epoch \(epoch), not of \(other): begin again at "
                    + "\(unit.rawValue) 0", members: members)
        }
        guard number <= head else {
            throw Problem(
                code: .beyondHead,
                detail: "the last event has \(unit.rawValue) \(head), which is before \(number): if the store was "
                    + "restored from an older copy, begin again at \(unit.rawValue) 0", members: members)
        }
        return number
    }
}
