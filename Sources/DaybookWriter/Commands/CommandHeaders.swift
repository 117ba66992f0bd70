import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The headers of a command: `If-Match`, `If-None-Match`, `Idempotency-Key`, `Daybook-Actor`, `Daybook-Correlation-Id`,
/// `Daybook-Causation-Id`, `Daybook-Metadata`, `traceparent`, `Prefer`.
struct CommandHeaders {
    private let headers: HTTPFields

    init(_ headers: HTTPFields) { self.headers = headers }

    private static let actor = HTTPField.Name(of: .actor)
    private static let correlation = HTTPField.Name(of: .correlationID)
    /// The name that others give it.
    private static let usualCorrelation = HTTPField.Name(of: .usualCorrelationID)
    private static let causation = HTTPField.Name(of: .causationID)
    private static let custom = HTTPField.Name(of: .metadata)
    private static let idempotencyKey = HTTPField.Name(of: .idempotencyKey)
    private static let traceparent = HTTPField.Name(of: .traceparent)
    private static let prefer = HTTPField.Name(of: .prefer)

    /// `true` with the preference `handling=lenient` (RFC 7240). Other preferences mean nothing here.
    var isLenient: Bool {
        guard let name = Self.prefer else { return false }
        let preferences = headers[values: name].flatMap { $0.split(separator: ",") }
        return preferences.contains { preference in
            let named = preference.prefix { $0 != ";" }.lowercased().filter { !" \t\"".contains($0) }
            return named == "handling=lenient"
        }
    }

    func expectedVersion() throws -> ExpectedVersion {
        if let none = headers[.ifNoneMatch] {
            guard headers[.ifMatch] == nil else { throw invalid("If-Match", "goes not together with If-None-Match") }
            guard none == "*" else { throw invalid("If-None-Match", "must be *: only a stream that does not exist") }
            return .noStream
        }
        guard let match = headers[.ifMatch] else { return .any }
        if match == "*" { return .streamExists }
        guard let tags = EntityTag.list(match) else {
            throw invalid("If-Match", "must be a version in quotes, such as \"3\", or *")
        }
        let versions = Set(tags.compactMap(\.version))
        guard versions.count <= 1 else { throw invalid("If-Match", "must have one version, not several") }
        // A tag that matches nothing is no mistake: there was such an answer elsewhere, or none. No stream is at −1.
        return .exactly(StreamVersion(rawValue: versions.first ?? -1))
    }

    func metadata() throws -> EventMetadata {
        let (own, usual) = (try text(Self.correlation), try text(Self.usualCorrelation))
        guard own == nil || usual == nil else {
            throw invalid("Daybook-Correlation-Id", "goes not together with X-Correlation-ID")
        }
        let causation = try text(Self.causation) ?? text(Self.idempotencyKey)
        return EventMetadata(
            correlationID: own ?? usual ?? UniqueID.new().description, causationID: causation,
            actor: try text(Self.actor), traceparent: traceparent, custom: try customMetadata())
    }

    /// The place of the request in a trace. Whoever sends one that is none still has a command to give.
    var traceparent: String? { Self.traceparent.flatMap { headers[$0] }.flatMap { TraceParent.read($0) } }

    private func customMetadata() throws -> [String: String] {
        guard let json = try text(Self.custom, upTo: CallerText.metadataLimit) else { return [:] }
        do { return try JSON.decodeAll([String: String].self, from: Array(json.utf8)) } catch {
            throw invalid("Daybook-Metadata", "must be a JSON object of texts, each name once")
        }
    }

    func idempotency(route: String, id: String, body: [UInt8], isNew: Bool) throws -> IdempotencyRecord? {
        guard let key = try text(Self.idempotencyKey) else { return nil }
        return IdempotencyRecord(
            key: key, actor: try text(Self.actor), route: route, id: isNew ? nil : id, body: body)
    }

    private func text(_ name: HTTPField.Name?, upTo limit: Int = CallerText.usualLimit) throws -> String? {
        guard let name, case let values = headers[values: name], let value = values.first else { return nil }
        guard values.count == 1 else { throw invalid(name.rawName, "is given \(values.count) times") }
        if let rule = CallerText.brokenRule(of: value, upTo: limit) { throw invalid(name.rawName, rule) }
        return value
    }

    private func invalid(_ header: String, _ rule: String) -> Problem {
        Problem(code: .invalidHeader, detail: "\(header) \(rule)")
    }
}

/// The errors of commands, as problems.
enum CommandProblem {
    static func translate(_ error: any Error) -> any Error {
        switch error {
        case AppendError.conflict(let stream, let expected, let actual):
            switch expected {
            case .any:
                Problem(
                    code: .conflict, detail: "\(stream) is changed by too many at once: try again")
            default:
                Problem(
                    code: .versionMismatch, detail: "\(stream) is at version \(actual)",
                    members: ["version": .number(actual.description)])
            }
        case AppendError.keyReused:
            Problem(
                code: .idempotencyKeyReused,
                detail: "the Idempotency-Key was used for another request")
        case AppendError.forgotten(let stream):
            Problem(
                code: .forgotten, detail: "the personal data of \(stream) were destroyed: it takes no others")
        case AppendError.conditionFailed:
            Problem(code: .conflict, detail: "too many change what this depends on: try again")
        case AppendError.unsendable: Problem(code: .eventTooLarge, detail: "\(error)")
        case AppendError.contended(let stream):
            Problem(
                code: .tooManyChanges,
                detail: "\(stream) is changed by too many at once: nothing was stored, try again",
                headers: [.retryAfter: "1"])
        case AppendError.unavailable:
            // The cause is the database's own text, and in the log.
            Problem(
                code: .storeUnavailable,
                detail: "the store cannot take anything now: nothing was stored")
        case let quarantined as Quarantined: Problem(quarantined)
        case let unknown as UnknownCommand:
            Problem(
                code: .unknownCommand, detail: "\(unknown.category) has no command \(unknown.command)")
        case let malformed as MalformedBody: Problem(malformedBody: malformed.cause)
        case let text as TextWithNull: Problem(code: .invalidText, detail: "\(text)")
        case let name as NameError: Problem(code: .invalidID, detail: "\(name)")
        default: error
        }
    }
}
