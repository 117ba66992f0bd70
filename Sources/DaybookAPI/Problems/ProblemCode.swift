/// The codes of the problems of the interface. A domain refuses commands with codes of its own, under status 422.
///
/// Clients depend on them: a code is never changed, and has one status.
public enum ProblemCode: String, Sendable, CaseIterable {
    // MARK: The request cannot be understood

    case malformedBody = "malformed-body"
    case unknownMember = "unknown-member"
    case repeatedMember = "repeated-member"
    case malformedLine = "malformed-line"
    case invalidMember = "invalid-member"
    case malformedTarget = "malformed-target"
    case unreadableBody = "unreadable-body"
    case invalidText = "invalid-text"
    case invalidHeader = "invalid-header"
    case invalidParameter = "invalid-parameter"
    case unknownParameter = "unknown-parameter"
    case invalidID = "invalid-id"
    case invalidStream = "invalid-stream"

    // MARK: The client is not known

    case unauthorized

    // MARK: The request comes from elsewhere

    case foreignHost = "foreign-host"
    case foreignOrigin = "foreign-origin"

    // MARK: There is no such thing

    case noSuchRoute = "no-such-route"
    case unknownCategory = "unknown-category"
    case unknownCommand = "unknown-command"
    case notFound = "not-found"
    case notParked = "not-parked"
    case notKept = "not-kept"
    case notCompared = "not-compared"
    case noSuchTable = "no-such-table"
    case noSuchPartition = "no-such-partition"

    // MARK: The path has other methods

    case methodNotAllowed = "method-not-allowed"

    // MARK: Things are not as the request takes them to be

    case conflict
    case otherLog = "other-log"
    case beyondHead = "beyond-head"
    case elsewhere
    case isAReaction = "is-a-reaction"
    case notStopped = "not-stopped"
    case stopped
    case forgettingNotSkipped = "forgetting-not-skipped"
    case alreadyBuilding = "already-building"
    case nothingBuilt = "nothing-built"
    case firstBuild = "first-build"
    case noPrevious = "no-previous"
    case notPrevious = "not-previous"
    case otherVersion = "other-version"
    case promotionRefused = "promotion-refused"
    case promotionUnderWay = "promotion-under-way"
    case serves
    case fedElsewhere = "fed-elsewhere"

    // MARK: The personal data are destroyed

    case forgotten

    // MARK: The stream is not as the request demands

    case versionMismatch = "version-mismatch"

    // MARK: Something is too large

    case bodyTooLarge = "body-too-large"
    case eventTooLarge = "event-too-large"

    // MARK: The body is of another media type

    case unsupportedMediaType = "unsupported-media-type"

    // MARK: The writer refuses a command

    case commandQuarantined = "command-quarantined"
    case noKeyFile = "no-key-file"
    case idempotencyKeyReused = "idempotency-key-reused"

    // MARK: An error that nobody expected

    case internalError = "internal-error"

    // MARK: It cannot be done now

    case storeUnavailable = "store-unavailable"
    case streamQuarantined = "stream-quarantined"
    case tooManyChanges = "too-many-changes"
    case notYet = "not-yet"
    case parked
    case noHistory = "no-history"
    case beingBuilt = "being-built"
    case otherVersionServes = "other-version-serves"
    case shuttingDown = "shutting-down"
}

extension ProblemCode {
    /// The status of the response that tells the problem.
    public var status: ProblemStatus {
        switch self {
        case .malformedBody, .unknownMember, .repeatedMember, .malformedLine, .invalidMember, .malformedTarget,
            .unreadableBody, .invalidText, .invalidHeader, .invalidParameter, .unknownParameter, .invalidID,
            .invalidStream:
            .badRequest
        case .unauthorized: .unauthorized
        case .foreignHost, .foreignOrigin: .forbidden
        case .noSuchRoute, .unknownCategory, .unknownCommand, .notFound, .notParked, .notKept, .notCompared,
            .noSuchTable, .noSuchPartition:
            .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict, .otherLog, .beyondHead, .elsewhere, .isAReaction, .notStopped, .stopped,
            .forgettingNotSkipped, .alreadyBuilding, .nothingBuilt, .firstBuild, .noPrevious, .notPrevious,
            .otherVersion, .promotionRefused, .promotionUnderWay, .serves, .fedElsewhere:
            .conflict
        case .forgotten: .gone
        case .versionMismatch: .preconditionFailed
        case .bodyTooLarge, .eventTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .commandQuarantined, .noKeyFile, .idempotencyKeyReused: .unprocessableContent
        case .internalError: .internalServerError
        case .storeUnavailable, .streamQuarantined, .tooManyChanges, .notYet, .parked, .noHistory, .beingBuilt,
            .otherVersionServes, .shuttingDown:
            .serviceUnavailable
        }
    }
}
